/**
 * `npm run bench`: every path beside its limit, one after the other; at the end all ratios in one table, and as JSON in the file
 * that it names. Compare the ratios of one run: absolute figures belong to the machine and the minute. `npm run bench -- landing
 * answers` runs the ones named, `--json <file>` says where the results go.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { compare, isMet, type Compared } from './tools/measure.ts'

type Result = Compared & { bench: string }

const BENCHES = ['landing', 'answers', 'launch', 'dispatch', 'receipts', 'running', 'search', 'pages', 'board', 'import', 'images'] as const
const root = path.resolve(import.meta.dirname, '../..')

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
const unknown = positionals.filter((name) => !(BENCHES as readonly string[]).includes(name))
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There are: ${BENCHES.join(', ')}.`)
  process.exit(1)
}
const file = path.resolve(values.json ?? path.join(root, 'node_modules/.cache/dispo/bench.json'))
const scratch = mkdtempSync(path.join(os.tmpdir(), 'dispo-bench-'))
const told = path.join(scratch, 'results')
writeFileSync(told, '')
const results: Result[] = []
const started = new Date()
for (const name of BENCHES.filter((bench) => positionals.length === 0 || positionals.includes(bench))) {
  console.log(`\n# ${name}`)
  const { code, lines } = await run(name)
  if (code !== 0) process.exitCode = 1
  results.push(...readTold(), ...(name === 'launch' || name === 'dispatch' ? resultsOf(name, lines) : []))
}
rmSync(scratch, { recursive: true })

console.log('\nOurs beside the limit, from one run:')
console.table(results.map(({ bench, what, ratio, limit, atLeast, atMost, ...rest }) => ({ bench, what, ratio, target: atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '', met: atLeast === undefined && atMost === undefined ? '' : isMet({ what, ratio, limit, ...rest, ...(atLeast !== undefined && { atLeast }), ...(atMost !== undefined && { atMost }) }) ? 'yes' : 'NO', limit })))
mkdirSync(path.dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify({ started, ended: new Date(), node: process.version, cores: os.availableParallelism(), processor: os.cpus()[0]?.model, memory: os.totalmem(), load: os.loadavg(), results }, null, 2)}\n`)
console.log(`Written to ${file}`)

/** Shows what it says as it says it, and keeps its lines. */
function run(name: string): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, ['--expose-gc', path.join(import.meta.dirname, `${name}.ts`)], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, BENCH_RESULTS: told } })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    process.stdout.write(chunk)
  })
  return new Promise((resolve) => { child.once('close', (code) => resolve({ code, lines: text.split('\n') })) })
}

function readTold(): Result[] {
  const lines = readFileSync(told, 'utf8').split('\n').filter(Boolean)
  writeFileSync(told, '')
  return lines.map((line) => JSON.parse(line) as Result)
}

type Launched = { people: number; copySeconds: number; launchSeconds: number; growth?: number; times?: number }
type Sent = { speeds?: { delayMs: number; inFlight: number; 'bare SDK/s': number; 'whole loop/s': number }[] }

/** Of those that say their figures as lines of JSON. */
function resultsOf(bench: 'launch' | 'dispatch', lines: readonly string[]): Result[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Launched & Sent).flatMap((found): Result[] => {
    if (found.speeds) return found.speeds.map((one) => ({ bench, ...compare(`sending, provider of ${one.delayMs} ms, ${one.inFlight} in flight`, 'per second', one['whole loop/s'], 'the bare SDK', one['bare SDK/s'], { atLeast: 0.8 }) }))
    if (found.growth !== undefined && found.times !== undefined) return [{ bench, ...compare(`launch of ${found.times} times as many`, 's', found.growth, 'in proportion', found.times, { atMost: 4.5 / 4 }) }]
    return found.people === undefined ? [] : [{ bench, ...compare(`launch of ${found.people.toLocaleString('en')}`, 's', found.launchSeconds, 'COPY of the same rows', found.copySeconds, { atMost: 3 }) }]
  })
}
