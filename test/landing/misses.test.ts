import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMissCounter } from '../../src/landing/misses.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let test: TestDatabase
beforeAll(async () => { test = await createTestDatabase() })
afterAll(() => test.close())

const refusal = expect.objectContaining({ kind: 'too-many' })
function countMisses(counter: ReturnType<typeof createMissCounter>, address: string, times: number): number {
  let refused = 0
  for (let n = 0; n < times; n++) {
    try { counter.count(address) } catch (error) {
      expect(error).toEqual(refusal)
      refused += 1
    }
  }
  return refused
}

it('processes share what they count, so that asking another one gains a guesser nothing', async () => {
  const [one, other] = [createMissCounter(test.db, pino({ level: 'silent' })), createMissCounter(test.db, pino({ level: 'silent' }))]
  expect(countMisses(one, '203.0.113.1', 70)).toBe(60)
  expect(() => one.check('203.0.113.1')).toThrow(refusal)
  expect(() => one.check('203.0.113.2')).not.toThrow()
  await one.close()
  expect(() => other.check('203.0.113.1')).not.toThrow()
  expect(countMisses(other, '203.0.113.1', 1)).toBe(0)
  await other.close()
  expect(() => other.check('203.0.113.1')).toThrow(refusal)
})

it('a subscriber is the /64 of an IPv6 address', async () => {
  const counter = createMissCounter(test.db, pino({ level: 'silent' }))
  let refused = 0
  for (let n = 0; n < 12; n++) refused += countMisses(counter, `2001:db8:1:2::${n}`, 1)
  expect([refused, countMisses(counter, '2001:db8:1:3::1', 1)]).toEqual([2, 0])
  await counter.close()
})

it('many misses over all addresses are told in the log, once', async () => {
  const lines: string[] = []
  const counter = createMissCounter(test.db, pino({ level: 'warn' }, { write: (line) => void lines.push(line) }))
  for (let n = 0; n < 400; n++) countMisses(counter, `198.51.100.${n % 250}`, 1)
  await counter.close()
  expect(lines.filter((line) => line.includes('somebody may be guessing'))).toHaveLength(1)
})
