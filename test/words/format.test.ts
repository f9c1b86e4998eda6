import { expect, test } from 'vitest'
import { dayAndMonth, longDate, longMoment } from '../../src/words/format.ts'

test('in French a month begins on its « 1er », and only there', () => {
  expect(longDate('fr', '2027-01-01')).toBe('vendredi 1er janvier 2027')
  expect(dayAndMonth('fr', '2026-12-01')).toBe('mardi 1er décembre')
  expect(longMoment('fr', new Date('2026-12-01T00:05:00Z'), 'Europe/Paris')).toBe('1er décembre 2026 à 01:05')
  expect([longDate('fr', '2027-01-11'), longDate('fr', '2027-01-21')]).toEqual(['lundi 11 janvier 2027', 'jeudi 21 janvier 2027'])
  expect(longDate('en', '2027-01-01')).toContain('1 January')
})
