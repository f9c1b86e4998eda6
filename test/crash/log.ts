import { openSync, readFileSync, writeSync } from 'node:fs'
import type { Conduct } from './plan.ts'

/** What the provider saw and did, in its own words and on disk before anybody hears of it. Numbers are digits without +. */
export type LogLine =
  | { what: 'call'; ref: string; to: string; mode: Conduct['mode'] | 'unauthorized' | 'unreadable'; at: number }
  | { what: 'accepted'; ref: string; to: string; uuid: string; at: number }
  /** Taken by the product: it answered 200. */
  | { what: 'receipt'; ref: string; to: string; status: string; at: number }
  /** The product answered so that a provider never tries again. */
  | { what: 'lost-receipt'; ref: string; to: string; status: string; answer: number; at: number }

/** Appends whole lines, each with one write, so that a reader never sees half of one. */
export function openLog(file: string): (line: LogLine) => void {
  const log = openSync(file, 'a')
  return (line) => void writeSync(log, `${JSON.stringify(line)}\n`)
}

export function readLog(file: string): LogLine[] {
  return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine)
}
