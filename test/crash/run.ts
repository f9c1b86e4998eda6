import { parseArgs } from 'node:util'
import { runCrash } from './harness.ts'
import type { Size } from './plan.ts'

/**
 * `npm run test:crash`: a whole campaign while workers are killed and frozen, the database is stopped and the provider
 * misbehaves. Prints one line; ends with 1 when anybody was texted twice, lost, or shown something that is not so.
 * `npm run test:crash -- --seed 7 --recipients 500 --kills 10` repeats a plan of faults; `--verbose` tells each as it comes.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' }, recipients: { type: 'string', default: '5000' }, batches: { type: 'string', default: '5' }, webs: { type: 'string', default: '3' }, workers: { type: 'string', default: '3' },
    kills: { type: 'string', default: '50' }, freezes: { type: 'string', default: '4' }, 'web-kills': { type: 'string', default: '5' },
    'immediate-halts': { type: 'string', default: '5' }, 'fast-halts': { type: 'string', default: '2' }, pauses: { type: 'string', default: '2' }, verbose: { type: 'boolean', default: false },
  },
})
const size: Size = {
  seed: number('seed', values.seed ?? String(Date.now() % 1_000_000), 0, 2 ** 31), recipients: number('recipients', values.recipients, 50, 10_000), batches: number('batches', values.batches, 1, 20),
  webs: number('webs', values.webs, 1, 8), workers: number('workers', values.workers, 1, 8), kills: number('kills', values.kills, 0, 1_000), freezes: number('freezes', values.freezes, 0, 100),
  webKills: number('web-kills', values['web-kills'], 0, 100), immediateHalts: number('immediate-halts', values['immediate-halts'], 0, 100), fastHalts: number('fast-halts', values['fast-halts'], 0, 100),
  pauses: number('pauses', values.pauses, 0, 20),
}
// What was started goes with us; only an exit by our own hand runs the handlers that see to it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

console.error(`seed ${size.seed}`)
const { faults, ...line } = await runCrash(size, values.verbose ? (what) => console.error(what) : undefined)
console.log(JSON.stringify(line))
for (const fault of faults) console.error(`✗ ${fault}`)
process.exit(faults.length === 0 ? 0 : 1)

function number(name: string, text: string, low: number, high: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= low && value <= high) return value
  console.error(`--${name} must be a whole number between ${low} and ${high}.`)
  process.exit(2)
}
