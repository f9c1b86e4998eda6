import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Known } from './erasure.queries.ts'

/** Beside the database and not in it, so that a restored backup does not undo it. Ids and moments, nothing about a person. */
const FILE = 'erasures.jsonl'

const entry = z.object({ companyId: z.int().positive(), candidateId: z.int().positive(), recordCreatedAt: z.string().min(10).max(40), at: z.string().max(40) })

/** On disk when this returns. */
export function appendErasure(dataDir: string, erasures: readonly Known[]): void {
  if (erasures.length === 0) return
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = openSync(path.join(dataDir, FILE), 'a', 0o600)
  try {
    writeSync(file, erasures.map((one) => `${JSON.stringify(one)}\n`).join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A line that was cut off, as by a full disk, is passed over. */
export function readErasures(dataDir: string): Known[] {
  let text: string
  try {
    text = readFileSync(path.join(dataDir, FILE), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return text.split('\n').flatMap((line) => {
    const parsed = entry.safeParse(parseLine(line))
    return parsed.success && !Number.isNaN(Date.parse(parsed.data.recordCreatedAt)) ? [parsed.data] : []
  })
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined // passed over
  }
}
