import { expect, test } from 'vitest'
import { stripModel } from '../../src/candidates/strip.views.ts'
import { translator } from '../../src/words/index.ts'

const reader = { t: translator('fr'), language: 'fr' as const, zone: 'Europe/Paris', country: 'FR', today: '2026-11-25' }
const strip = (availability: 'available' | 'unavailable' | 'unknown', from: string | null = null, until: string | null = null) => stripModel(reader, { availability, available_from: from, available_until: until }, '')
const daysOf = (model: ReturnType<typeof strip>) => model!.weeks.flatMap(({ days }) => days)
const told = (model: ReturnType<typeof strip>) => daysOf(model).map(({ state }) => ({ available: 'o', unavailable: 'x', unknown: '.' })[state]).join('')

test('six weeks begin on the Monday of this one, with today and the weekends marked', () => {
  const model = strip('available')
  const days = daysOf(model)
  expect(days).toHaveLength(42)
  expect(days.flatMap(({ isToday }, index) => (isToday ? [index] : []))).toEqual([2])
  expect(days.flatMap(({ isWeekend }, index) => (isWeekend ? [index % 7] : []))).toEqual([5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6])
  expect(model!.weeks.map(({ text }) => text.replaceAll('\u00a0', ' '))).toEqual(['lun. 23 nov.', 'lun. 30 nov.', 'lun. 7 déc.', 'lun. 14 déc.', 'lun. 21 déc.', 'lun. 28 déc.'])
})

test.each([
  ['available', null, null, 'o'.repeat(42)],
  ['available', '2026-11-30', '2026-12-02', `${'.'.repeat(7)}ooo${'.'.repeat(32)}`],
  ['available', '2026-12-28', null, `${'.'.repeat(35)}ooooooo`],
  ['available', null, '2026-11-25', `ooo${'.'.repeat(39)}`],
  ['unavailable', null, null, 'x'.repeat(42)],
  // An older answer's dates stay on the record and say nothing any more (S94).
  ['unavailable', '2026-11-30', '2026-12-02', 'x'.repeat(42)],
] as const)('%s from %s until %s', (state, from, until, days) => {
  expect(told(strip(state, from, until))).toBe(days)
})

test.each([strip('unknown'), strip('unknown', '2026-01-01', '2026-01-02'), strip('available', '2099-01-01', null)])('there are no boxes where they would say nothing', (model) => {
  expect(model).toBeUndefined()
})
