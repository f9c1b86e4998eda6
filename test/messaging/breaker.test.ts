import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BREAKER, pauseOf, roomFor, weighAnswers, type Breaker } from '../../src/messaging/domain.ts'

const CLOSED: Breaker = { recent: '', streak: 0, isOpen: false, failedProbes: 0 }
const after = (answers: string, before: Breaker = CLOSED) => weighAnswers(before, answers)

describe('the breaker', () => {
  it.each([
    ['nothing', '', false],
    ['four doubts in a row', 'dddd', false],
    ['five doubts in a row', 'ddddd', true],
    ['five doubts with an answer between', 'ddddad', false],
    ['nine doubts among fifty', `${'da'.repeat(9)}${'a'.repeat(32)}`, false],
    ['ten doubts among fifty', `${'daaaa'.repeat(10)}`, true],
    ['ten doubts among sixty', `${'d'.repeat(1)}${'a'.repeat(15)}${'daaaa'.repeat(9)}`, false],
  ])('%s: %s stops sending: %s', (_what, answers, isOpen) => {
    expect(after(answers).isOpen).toBe(isOpen)
  })

  it('counts a row of doubts over groups of answers, however they are cut', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'd'), { maxLength: 80 }), fc.array(fc.nat(7), { maxLength: 80 }), (answers, cuts) => {
      const whole = answers.join('')
      let breaker = CLOSED
      let rest = whole
      for (const cut of cuts) {
        breaker = after(rest.slice(0, cut), breaker)
        rest = rest.slice(cut)
      }
      breaker = after(rest, breaker)
      expect(breaker.recent).toBe(whole.slice(-BREAKER.window))
      expect(breaker.streak).toBe(/d*$/.exec(whole)![0].length)
    }))
  })

  it('once open takes no notice of late answers; only the one that tried closes it', () => {
    const open = after('ddddd')
    expect(after('aaaaaaaaaa', open).isOpen).toBe(true)
    expect(weighAnswers(open, 'aaa', 'd')).toMatchObject({ isOpen: true, failedProbes: 1 })
    expect(weighAnswers(weighAnswers(open, '', 'd'), 'ddd', 'a')).toEqual(CLOSED)
  })

  it('tries after 60 s, then less and less often: an outage of five minutes ends before it has tried for the last time', () => {
    expect([0, 1, 2].map((failedProbes) => pauseOf({ failedProbes }))).toEqual([60, 120, 240])
    const triedAt = [60, 60 + 120, 60 + 120 + 240]
    expect(triedAt.filter((seconds) => seconds < 300).length).toBeLessThan(BREAKER.failedProbes)
  })
})

it('while answers are unclear, lets no more calls begin than would trip the breaker', () => {
  expect([0, 1, 2, 3, 4].map((streak) => roomFor(10, streak))).toEqual([10, 4, 3, 2, 1])
  expect(roomFor(2, 1)).toBe(2)
  // Whatever order the outage is heard in: what was in flight when it began bounds the doubts.
  fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 60, maxLength: 60 }), (concurrency, groups) => {
    let [busy, doubts, breaker] = [concurrency, 0, CLOSED]
    for (const size of groups) {
      const heard = Math.min(busy, size)
      busy -= heard
      doubts += heard
      breaker = after('d'.repeat(heard), breaker)
      if (!breaker.isOpen) busy = Math.max(busy, roomFor(concurrency, breaker.streak))
    }
    expect(doubts).toBeLessThanOrEqual(Math.max(concurrency, BREAKER.streak))
  }))
})
