import { expect, test } from 'vitest'
import { completeTexts, contrastWithWhite, readableBrandColor } from '../../src/companies/branding.domain.ts'

test('contrast is measured as WCAG defines it', () => {
  expect(contrastWithWhite('#000000')).toBeCloseTo(21, 5)
  expect(contrastWithWhite('#ffffff')).toBeCloseTo(1, 5)
  // The two greys on either side of 4.5 that every contrast checker shows.
  expect(contrastWithWhite('#767676')).toBeGreaterThanOrEqual(4.5)
  expect(contrastWithWhite('#777777')).toBeLessThan(4.5)
})

test.each(['#ffffff', '#ffff00', '#ff8800', '#00ffff', '#777777', '#1d4ed8', '#000000'])('white can be read on what becomes of %s', (color) => {
  const readable = readableBrandColor(color)
  expect(contrastWithWhite(readable)).toBeGreaterThanOrEqual(4.5)
  if (contrastWithWhite(color) >= 4.5) expect(readable).toBe(color)
})

test('every kind and language has a text, the saved one first', () => {
  const own = { kind: 'simple' as const, language: 'en' as const, heading: 'Mine', body: '', question: 'Yes?', yesLabel: 'Y', noLabel: 'N', commentHint: '' }
  const texts = completeTexts([own])
  expect(texts.map(({ kind, language }) => `${kind} ${language}`)).toEqual(['simple fr', 'simple en', 'availability fr', 'availability en'])
  expect(texts[1]).toEqual(own)
  expect(texts[2]?.question).toBe('Êtes-vous disponible pour une mission\u00a0?')
})
