import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectKeyword } from '../../src/sms/keywords.ts'

describe('detectKeyword', () => {
  it.each(['STOP', 'stop', ' Stop. ', 'Stop. Merci', 'STOP!!!', 'S.T.O.P', 'ＳＴＯＰ', '🛑 stop 🛑', 'STOP 36179', 'stop please', 'Arrêt', 'ARRÊTE', 'arretez', 'Opt-out', 'opt out', 'UNSUBSCRIBE',
    'cancel', 'Se désabonner'.slice(3), 'STPO', 'basta', 'STOP\u200b', 'Arrêt svp'])('%j is STOP (S95)', (text) => {
    expect(detectKeyword(text)).toEqual({ kind: 'stop' })
  })

  it.each(['START', 'start', 'Join', 'UNSTOP'])('%j is START', (text) => expect(detectKeyword(text)).toEqual({ kind: 'start' }))
  it.each(['HELP', 'Aide', 'info ?'])('%j is HELP', (text) => expect(detectKeyword(text)).toEqual({ kind: 'help' }))

  it.each(['OUI', 'non', 'Yes', "je ne veux pas m'arrêter", 'Disponible dès lundi', 'End of the month', 'Info sur le poste ?', '', '👍', 'Quitte à choisir, lundi', 'start on Monday'])('%j is plain text', (text) => {
    expect(detectKeyword(text)).toEqual({ kind: 'text', mayBeStop: false })
  })

  it.each(['Merci de stop les messages', "arrêtez de m'écrire", 'Je ne souhaite plus recevoir de SMS', 'please remove me', 'no mas', 'pls unsubscribe me', 'Annuler', 'Arrêt maladie jusqu’au 3'])('%j waits for a person', (text) => {
    expect(detectKeyword(text)).toEqual({ kind: 'text', mayBeStop: true })
  })

  const decoration = fc.string({ unit: fc.constantFrom(...' .!?,;:-_*"\'«»()\n\t…', '😀', '🛑', '\u00a0') })
  const dressed = (word: string) => fc.tuple(decoration, fc.mixedCase(fc.constant(word)), decoration).map((parts) => parts.join(''))

  it('finds STOP under any case, punctuation and emoji', () => {
    fc.assert(fc.property(fc.constantFrom('stop', 'arrêt', 'arrête', 'unsubscribe').chain(dressed), (text) => detectKeyword(text).kind === 'stop'))
  })

  it('never takes OUI or YES for a re-subscription, nor NON or NO for an opt-out', () => {
    fc.assert(fc.property(fc.constantFrom('oui', 'yes', 'ouï', 'y', 'o', 'ok', 'non', 'no').chain(dressed), (text) => detectKeyword(text).kind === 'text'))
  })

  it('answers any text, quickly', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof detectKeyword(text).kind === 'string'))
    const start = performance.now()
    detectKeyword('STO'.repeat(100_000))
    detectKeyword(' \u0301'.repeat(100_000))
    expect(performance.now() - start).toBeLessThan(200)
  })
})
