import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { PATIENCE, Refused } from './calls.ts'
import { dispo } from './dispo.ts'
import { greenhouse } from './greenhouse.ts'
import { memoryIn } from './memory.ts'
import { findGone, pullCandidates, writeNotes } from './passes.ts'

/** Keeps Dispo and Greenhouse together: `npm run connector -- --config connector.json`. See docs/connector.md. */

const USAGE = 'npm run connector -- --config FILE [--every SECONDS] [--gone]'
const https = z.url({ protocol: /^https?$/ })
const settings = z.strictObject({
  greenhouse: z.strictObject({
    clientId: z.string().min(1), clientSecret: z.string().min(1), userId: z.string().optional(),
    apiUrl: https.default('https://harvest.greenhouse.io/v3'), tokenUrl: https.default('https://auth.greenhouse.io/token'),
  }),
  dispo: z.strictObject({ url: https, key: z.string().min(1) }),
  consent: z.strictObject({ tag: z.string().min(1), source: z.string().min(1).max(200) }).optional(),
  memory: z.string().optional(),
})

const tell = (line: Record<string, unknown>) => console.log(JSON.stringify({ time: new Date().toISOString(), ...line }))

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, every: { type: 'string' }, gone: { type: 'boolean', default: false } } })
  const every = values.every === undefined ? undefined : Number(values.every)
  if (!values.config || (every !== undefined && !(every >= 10))) throw new Refused(0, USAGE)
  const read = settings.safeParse(JSON.parse(readFileSync(values.config, 'utf8')))
  if (!read.success) throw new Refused(0, `${values.config}: ${z.prettifyError(read.error)}`)
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const memory = memoryIn(read.data.memory ?? path.join(path.dirname(values.config), 'connector-memory.json'))
  const parts = { greenhouse: greenhouse(read.data.greenhouse, PATIENCE, stop.signal), dispo: dispo(read.data.dispo, PATIENCE, stop.signal), memory, tell, consent: read.data.consent }
  for (;;) {
    await pullCandidates(parts)
    if (values.gone) await findGone(parts)
    await writeNotes(parts)
    if (every === undefined) return
    await PATIENCE.pause(every * 1000, stop.signal)
  }
}

try {
  await main()
} catch (error) {
  const isStop = (error as Error).name === 'AbortError'
  if (!isStop) console.error(error instanceof Refused ? error.message : error)
  process.exitCode = isStop ? 0 : 1
}
