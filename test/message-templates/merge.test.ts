import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTemplate, renderParts, renderText } from '../../src/message-templates/merge.ts'
import type { MergeValues } from '../../src/message-templates/merge.ts'

const VALUES: MergeValues = {
  first_name: 'Amadou', last_name: 'Traoré', trade: 'Coffreur', town: 'Lyon', agency: 'Agence Martin', recruiter: 'Claire', link: 'https://sms.example/7k2mq9c4tz1a', stop: 'STOP 38047',
}
const render = (text: string, values: Partial<MergeValues> = {}) => renderText(parseTemplate(text), { ...VALUES, ...values })

describe('merge fields (S49)', () => {
  test.each([
    ['Bonjour {prenom}, {lien}', 'Bonjour Amadou, https://sms.example/7k2mq9c4tz1a'],
    ['Hello {first_name} from {agency}', 'Hello Amadou from Agence Martin'],
    ['{Prénom} {PRENOM} {first name} { prenom }', 'Amadou Amadou Amadou Amadou'],
    ['{metier|candidat} à {ville}', 'Coffreur à Lyon'],
    ['Prix : 10 } fin', 'Prix : 10 } fin'],
  ])('%s', (text, expected) => {
    expect(render(text)).toEqual({ text: expected, missing: [] })
  })

  test('an empty value takes its fallback', () => {
    expect(render('Bonjour {prenom|à vous}', { first_name: ' ' })).toEqual({ text: 'Bonjour à vous', missing: [] })
  })

  test('an empty value without a fallback is named, so that the text is not sent', () => {
    expect(render('Bonjour {prenom}, {metier}', { first_name: '', trade: '' }).missing).toEqual(['first_name', 'trade'])
  })

  test('an empty fallback leaves no hole in the sentence', () => {
    expect(render('Bonjour {prenom|}, voici', { first_name: '' })).toEqual({ text: 'Bonjour, voici', missing: [] })
  })

  test('a sender without STOP words loses the line made for them', () => {
    expect(render('Bonjour\n{stop}', { stop: '' })).toEqual({ text: 'Bonjour', missing: [] })
  })

  test('an unknown field is named and stays as written', () => {
    const template = parseTemplate('Bonjour {surnom}')
    expect(template.problems).toEqual([{ kind: 'unknown_field', name: '{surnom}' }])
    expect(renderText(template, VALUES).text).toBe('Bonjour {surnom}')
  })

  test('a brace that never closes is named', () => {
    expect(parseTemplate('Bonjour {prenom, ici {lien}').problems).toEqual([{ kind: 'unclosed', name: '{prenom, ici ' }])
  })

  test('a value that looks like a field is text, and its line breaks and control characters are gone', () => {
    expect(render('Bonjour {prenom} !', { first_name: '{lien}\r\nSTOP\u0000\u202e' }).text).toBe('Bonjour {lien} STOP !')
  })

  test('the parts say what was filled in', () => {
    expect(renderParts(parseTemplate('Bonjour {prenom} !'), VALUES).parts).toEqual([{ text: 'Bonjour ' }, { text: 'Amadou', field: 'first_name' }, { text: ' !' }])
  })

  test('any text survives reading and rendering, quickly', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 }), (text, name) => {
      const { text: rendered } = renderText(parseTemplate(text), { ...VALUES, first_name: name })
      expect(rendered).not.toContain('\u0000')
      expect(rendered.isWellFormed()).toBe(true)
    }))
    const started = performance.now()
    render('{prenom}', { first_name: `${'a'.repeat(40_000)}!` })
    expect(performance.now() - started).toBeLessThan(200)
  })
})
