import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { startProgram, type Program } from '../../support/program.ts'

export type Sample = { seconds: number; rss: number; heapUsed: number; live: number; external: number; arrayBuffers: number }
export type Probed = { program: Program; samples(): Sample[] }

/** A program of ours, as it is, that also writes down its memory once a second. */
export function startProbed(entry: Parameters<typeof startProgram>[0], env: Record<string, string>, file: string): Probed {
  const probe = path.join(import.meta.dirname, 'probe.ts')
  const program = startProgram(entry, { ...env, MEMORY_PROBE: file, NODE_OPTIONS: `--expose-gc --import=${probe}` })
  return { program, samples: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Sample) : []) }
}

const BARS = '▁▂▃▄▅▆▇█'

/** What is alive on the heap after each collection, from the first sample to the last; and the process as a whole. */
export function curve(samples: readonly Sample[]): string {
  const parts = 60
  const groups = Array.from({ length: Math.min(parts, samples.length) }, (_group, n) => samples.slice(Math.floor((n * samples.length) / Math.min(parts, samples.length)), Math.floor(((n + 1) * samples.length) / Math.min(parts, samples.length))))
  const highest = (pick: (one: Sample) => number) => groups.map((group) => Math.max(...group.map(pick)))
  const line = (name: string, values: readonly number[]) => {
    const most = Math.max(...values)
    return `${name.padEnd(10)} ${values.map((value) => BARS[Math.min(7, Math.floor((value / most) * 7.999))]).join('')}  ${megabytes(values[0]!)} … ${megabytes(values.at(-1)!)} MB, at most ${megabytes(most)} MB`
  }
  return [line('live heap', highest((one) => one.live)), line('process', highest((one) => one.rss))].join('\n')
}

export function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
