import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const remembered = z.object({
  /** People changed from here on are new. */
  since: z.string().optional(),
  /** A pass that was cut off: its next page, and when it began. */
  pull: z.object({ next: z.string(), startedAt: z.string() }).optional(),
  answersSince: z.string().optional(),
  /** Recipient → newest version that stands in a note. */
  noted: z.record(z.string(), z.int()).default({}),
  /** The note that was being written. */
  writing: z.string().optional(),
})
type Remembered = z.output<typeof remembered>
type Change = { [Name in keyof Remembered]?: Remembered[Name] | undefined }

/** Where the connector stopped, in a file that is whole or the one before. Holds ids and moments only. */
export function memoryIn(file: string) {
  let now: Remembered = existsSync(file) ? remembered.parse(JSON.parse(readFileSync(file, 'utf8'))) : { noted: {} }
  return {
    read: (): Remembered => now,
    write(change: Change): void {
      now = remembered.parse(JSON.parse(JSON.stringify({ ...now, ...change })))
      writeFileSync(`${file}.new`, JSON.stringify(now), { mode: 0o600, flush: true })
      renameSync(`${file}.new`, file)
    },
  }
}

export type Memory = ReturnType<typeof memoryIn>
