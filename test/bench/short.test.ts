import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { cloneTemplate } from '../support/database.ts'
import { measureAnswers } from './answers.ts'
import { measureLanding } from './landing.ts'
import { measureReceipts } from './receipts.ts'
import type { Compared } from './tools/measure.ts'

// The ratios of the hottest paths, measured for a moment beside their limits. A machine with other things to do moves them, so only
// what has become twice as bad as the kept figures is red, and that three times in a row: `npm run bench` is what measures.

const BASELINE = JSON.parse(readFileSync(path.join(import.meta.dirname, 'baseline.json'), 'utf8')) as Record<string, number>
const WORST = 2

const PATHS: readonly [name: string, measure: (url: string) => Promise<Compared[]>][] = [
  ['GET of a personal page', (url) => measureLanding(url, { seconds: 0.3, rounds: 3, isShort: true })],
  ['POST of an answer', (url) => measureAnswers(url, { answers: 200, rounds: 3, isShort: true })],
  ['receipts', (url) => measureReceipts(url, { receipts: 400, rounds: 3, isShort: true })],
]

test.each(PATHS)('%s is no slower beside its limit than half of what it was', { retry: 2 }, async (name, measure) => {
  const [compared] = await measure(await cloneTemplate())
  expect(compared?.what).toBe(name)
  expect(compared!.ratio).toBeGreaterThanOrEqual(BASELINE[name]! / WORST)
})
