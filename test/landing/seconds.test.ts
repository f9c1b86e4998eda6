import { expect, test } from 'vitest'
import { secondsOnSlow3G } from '../../src/landing/weight.ts'

test('a page that fits the first flight takes about two seconds on slow 3G, as measured', () => {
  expect(secondsOnSlow3G(8_200)).toBeCloseTo(2.11, 1)
})

test('a byte more than the first flight costs a round trip, twice as many the same', () => {
  const step = secondsOnSlow3G(14_601) - secondsOnSlow3G(14_600)
  expect(step).toBeCloseTo(0.4, 3)
  expect(secondsOnSlow3G(43_800) - secondsOnSlow3G(14_601)).toBeCloseTo(29_199 / 50_000, 3)
})
