import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksAutomatic } from '../../src/sms/automatic.ts'
import { isConfirmationAsked } from '../../src/sms/confirmations.ts'
import { detectKeyword } from '../../src/sms/keywords.ts'
import { shownStart, shownText } from '../../src/sms/shown.ts'

describe('detectKeyword', () => {
  it.each(['STOP', 'stop', ' Stop. ', 'Stop. Merci', 'STOP!!!', 'S.T.O.P', 'ＳＴＯＰ', '🛑 stop 🛑', 'STOP 36179', 'STOP36179', 'stop please', 'STOP SMS', 'Arrêt', 'ARRÊTE', 'arretez', 'Opt-out', 'opt out', 'UNSUBSCRIBE',
    'cancel', 'Se désabonner'.slice(3), 'STPO', 'basta', 'Baja', 'Abmelden', 'afmelden', 'إيقاف', 'STOP\u200b', 'Arrêt svp', 's\u0336t\u0336o\u0336p\u0336', '𝐒𝐓𝐎𝐏'])('%j is STOP (S95)', (text) => {
    expect(detectKeyword(text)).toEqual({ kind: 'stop' })
  })

  it.each(['START', 'start', 'Join', 'UNSTOP'])('%j is START', (text) => expect(detectKeyword(text)).toEqual({ kind: 'start' }))
  it.each(['HELP', 'Aide', 'info ?'])('%j is HELP', (text) => expect(detectKeyword(text)).toEqual({ kind: 'help' }))

  it.each(['OUI', 'non', 'Yes', "je ne veux pas m'arrêter", 'Disponible dès lundi', 'End of the month', 'Info sur le poste ?', '', '👍', 'Quitte à choisir, lundi', 'start on Monday', 'Dispo 0502', '50 km max', 'Je suis au top'])('%j is plain text', (text) => {
    expect(detectKeyword(text)).toEqual({ kind: 'text', mayBeStop: false })
  })

  it.each(['Merci de stop les messages', "arrêtez de m'écrire", 'Je ne souhaite plus recevoir de SMS', 'Plus de SMS svp', 'please remove me', 'no mas', 'pls unsubscribe me', 'Annuler', 'Arrêt maladie jusqu’au 3', 'ST0P', 'STOР', '🛑',
    'Ne m’envoyez plus rien', 'Merci de ne plus m’écrire', 'Cessez vos messages', 'Je n’en veux plus, lâchez-moi', 'Supprimez mon numéro', 'Je vais saisir la CNIL', "don't text me"])('%j waits for a person', (text) => {
    expect(detectKeyword(text)).toEqual({ kind: 'text', mayBeStop: true })
  })

  const decoration = fc.string({ unit: fc.constantFrom(...' .!?,;:-_*"\'«»()\n\t…', '😀', '🛑', '\u00a0', '\u200b', '\u202e', '\ufeff'), maxLength: 40 })
  const dressed = (word: string) => fc.tuple(decoration, fc.mixedCase(fc.constant(word)), decoration).map((parts) => parts.join(''))
  const wide = (word: string) => [...word].map((letter) => String.fromCodePoint(letter.codePointAt(0)! + (/[a-z]/i.test(letter) ? 0xfee0 : 0))).join('')

  it('finds STOP under any case, width, punctuation, direction and emoji', () => {
    fc.assert(fc.property(fc.constantFrom('stop', 'arrêt', 'arrête', 'unsubscribe', wide('stop'), 'STOP'.normalize('NFD'), 'arrêt'.normalize('NFD')).chain(dressed), (text) => detectKeyword(text).kind === 'stop'))
  })

  it('obeys STOP as the first word, whatever comes after it', () => {
    fc.assert(fc.property(fc.constantFrom('stop', 'Stop', 'STOP'), fc.string({ unit: 'grapheme', maxLength: 80 }), (word, rest) => detectKeyword(`${word} ${rest}`).kind === 'stop'))
  })

  it('passes over no opt-out word: what is no STOP is read by a person', () => {
    fc.assert(fc.property(fc.constantFrom('stop', 'unsubscribe', 'désinscrire', 'ne plus recevoir', 'opt out'), fc.array(fc.constantFrom('merci', 'bonjour', 'svp', 'je', 'veux', 'please'), { minLength: 1, maxLength: 8 }), (word, before) => {
      expect(detectKeyword(`${before.join(' ')} ${word} ${before.join(' ')}`)).toEqual({ kind: 'text', mayBeStop: true })
    }))
  })

  it('never takes OUI or YES for a re-subscription, nor NON or NO for an opt-out', () => {
    fc.assert(fc.property(fc.constantFrom('oui', 'yes', 'ouï', 'y', 'o', 'ok', 'non', 'no').chain(dressed), (text) => detectKeyword(text).kind === 'text'))
  })

  it('judges hostile texts by a bounded look: what lies beyond any SMS changes nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => typeof detectKeyword(text).kind === 'string'))
    for (const text of ['S'.repeat(10_000), 'STO'.repeat(100_000), ' \u0301'.repeat(100_000), '\ufdfa'.repeat(20_000), '\ud800'.repeat(5_000)]) expect(detectKeyword(text)).toEqual({ kind: 'text', mayBeStop: false })
    expect(detectKeyword(`${'a '.repeat(6_000)}stop`)).toEqual({ kind: 'text', mayBeStop: false })
    expect(detectKeyword(`${'a '.repeat(4_000)}stop`)).toEqual({ kind: 'text', mayBeStop: true })
  })
})

describe('a text on a page', () => {
  it.each([
    ['Bonjour\r\n\r\n\r\n\r\nà lundi', 'Bonjour\n\nà lundi'], ['a\u202eb\u2066c\u200fd', 'abcd'], ['\u0007Oui\u0000\u009f', 'Oui'], ['Z\u0300\u0301\u0302\u0303\u0304\u0305', 'Z\u0300\u0301\u0302'], ['👨‍👩‍👧 ok', '👨‍👩‍👧 ok'], ['مرحبا', 'مرحبا'], [' \n ', ''],
  ])('%j stands there as %j', (body, text) => expect(shownText(body)).toBe(text))

  it('is cut where it is long, never within a letter', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('😀', 'a', '\u202e', 'é'), maxLength: 300 }), fc.integer({ min: 1, max: 200 }), (body, most) => {
      const { text, isCut } = shownStart(body, most)
      expect(text.isWellFormed()).toBe(true)
      expect(text.length).toBeLessThanOrEqual(most + 1)
      if (!isCut) expect(text).toBe(shownText(body))
    }))
    expect(shownStart('x'.repeat(10_000))).toEqual({ text: `${'x'.repeat(1_000)}…`, isCut: true })
  })
})

it.each([['Je conduis. Je vous rappelle.', true], ['Réponse automatique : absent', true], ["I'm driving with Driving Focus turned on.", true], ['Out of office until Monday', true], ['Je conduirai lundi', false], ['Oui, dispo', false], ['', false]])(
  '%j is by a machine: %s', (text, isIt) => expect(looksAutomatic(text)).toBe(isIt))

it('confirms a STOP by the rule of the country on that day', () => {
  expect([isConfirmationAsked('US', '2026-11-22'), isConfirmationAsked('US', '2010-01-01'), isConfirmationAsked('FR', '2026-11-22'), isConfirmationAsked(null, '2026-11-22'), isConfirmationAsked('XX', '2026-11-22')]).toEqual([true, false, false, false, false])
})
