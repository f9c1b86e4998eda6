import { createRequire } from 'node:module'
import fc from 'fast-check'
import { SegmentedMessage } from 'sms-segments-calculator'
import { describe, expect, it } from 'vitest'
import { isGsm7, measureSms, toGsm7 } from '../../src/sms/segments.ts'

const splitSms = createRequire(import.meta.url)('split-sms') as { split(text: string): { characterSet: string; parts: unknown[] } }

/** Texts near the limits, rich in what makes counting hard: escapes, accents, emoji, line ends. */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abc éèà@_€[]{}~^|\\\n\r\f£ÇÉñ') },
  { weight: 1, arbitrary: fc.constantFrom(...'êçœ’«…', '😀', '👨‍👩‍👧', '\u00a0', 'e\u0301') },
)
const gsmCharacter = fc.constantFrom(...'abc éèà@_€[]{}~^|\\\n\f£ÇÉñ')
const nearTheLimits = fc.oneof(
  fc.array(character, { maxLength: 400 }),
  fc.integer({ min: 60, max: 480 }).chain((length) => fc.array(gsmCharacter, { minLength: length, maxLength: length })),
  fc.integer({ min: 60, max: 330 }).chain((length) => fc.array(fc.constantFrom('ê', '😀', 'a'), { minLength: length, maxLength: length })),
).map((characters) => characters.join(''))

describe('measureSms', () => {
  it.each([
    ['an empty text is no message', '', 'gsm7', 0, 0, 160],
    ['160 septets are one part', 'a'.repeat(160), 'gsm7', 160, 1, 160],
    ['161 septets are two', 'a'.repeat(161), 'gsm7', 161, 2, 153],
    ['306 septets are still two', 'a'.repeat(306), 'gsm7', 306, 2, 153],
    ['307 septets are three', 'a'.repeat(307), 'gsm7', 307, 3, 153],
    ['the euro sign counts two', '€'.repeat(80), 'gsm7', 160, 1, 160],
    ['an escape pair does not straddle two parts', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7', 306, 3, 153],
    ['70 units of UCS-2 are one part', 'ê'.repeat(70), 'ucs2', 70, 1, 70],
    ['71 are two', 'ê'.repeat(71), 'ucs2', 71, 2, 67],
    ['a surrogate pair does not straddle two parts', `${'ê'.repeat(66)}😀${'ê'.repeat(66)}`, 'ucs2', 134, 3, 67],
    ['capital É and Ç are in GSM-7', 'ÉÇ', 'gsm7', 2, 1, 160],
  ])('%s', (_name, text, encoding, units, segments, perSegment) => {
    expect(measureSms(text)).toMatchObject({ encoding, units, segments, perSegment })
  })

  it('names each costly character once, as a person would', () => {
    expect(measureSms('Forêt, ça, forêt… e\u0301 👨‍👩‍👧 👍🏽').costly).toEqual(['ê', 'ç', '…', 'e\u0301', '👨‍👩‍👧', '👍🏽'])
    expect(measureSms('Déjà 20 € à la clé').costly).toEqual([])
  })

  it('counts the same parts as split-sms and sms-segments-calculator', () => {
    fc.assert(fc.property(nearTheLimits, (text) => {
      if (text === '') return
      const ours = measureSms(text)
      const split = splitSms.split(text)
      expect([ours.encoding === 'gsm7' ? 'GSM' : 'Unicode', ours.segments]).toEqual([split.characterSet, split.parts.length])
      const twilio = new SegmentedMessage(text)
      expect([ours.encoding === 'gsm7' ? 'GSM-7' : 'UCS-2', ours.segments]).toEqual([twilio.encodingName, twilio.segmentsCount])
    }), { numRuns: 1500 })
  })

  it('measures 25,000 messages in less than a second', () => {
    const texts = Array.from({ length: 25_000 }, (_, i) => `Bonjour n°${i}, êtes-vous disponible du 23 au 27 novembre à Forêt-sur-Marque ? https://exemple.fr/r/abcdefghjkmn Agence Nord STOP au 36179`)
    const start = performance.now()
    for (const text of texts) measureSms(text)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe('toGsm7', () => {
  it.each([
    ['Forêt, ça, œuvre, À bientôt', 'Foret, ca, oeuvre, A bientot'],
    ['Déjà payé 20 €', 'Déjà payé 20 €'],
    ['« Bonjour » l’agence… – n°5', '" Bonjour " l\'agence... - no5'],
    ['Merci 😀 Paul 👍🏽', 'Merci Paul'],
    ['😀 Bonjour', 'Bonjour'],
    ['10\u00a0h\u202f30', '10 h 30'],
    ['e\u0301te\u0301', 'été'],
    ['Ivan Ильич', 'Ivan Il\'ich'],
  ])('%s becomes %s', (text, expected) => {
    expect(toGsm7(text)).toBe(expected)
  })

  it('always fits, leaves GSM-7 text alone, and changes nothing the second time', () => {
    fc.assert(fc.property(fc.string({ unit: fc.oneof(fc.constantFrom(...'aé€êç’\ud800😀\u200d'), fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))) }), (text) => {
      const fitted = toGsm7(text)
      expect(isGsm7(fitted)).toBe(true)
      expect(toGsm7(fitted)).toBe(fitted)
      if (isGsm7(text)) expect(fitted).toBe(text)
    }), { numRuns: 2000 })
  })
})
