import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELD_NAMES, MERGE_FIELDS, parseTemplate, renderParts, renderText } from '../../src/message-templates/merge.ts'
import type { MergeValues } from '../../src/message-templates/merge.ts'

const VALUES: MergeValues = {
  first_name: 'Amadou', last_name: 'Traoré', trade: 'Coffreur', town: 'Lyon', agency: 'Agence Martin', recruiter: 'Claire', link: 'https://sms.example/7k2mq9c4tz1a', stop: 'STOP 38047',
  branch: 'Lyon 7e', campaign_page: 'https://sms.example/aaaaaaaaaaaa', join_network: 'https://sms.example/bbbbbbbbbbbb', career_page: 'https://sms.example/cccccccccccc',
  job_title: 'Coffreur bancheur', job_reference: 'CB-12', job_url: 'https://sms.example/dddddddddddd',
}
const render = (text: string, values: Partial<MergeValues> = {}) => renderText(parseTemplate(text), { ...VALUES, ...values })

describe('merge fields (S49)', () => {
  test.each([
    ['Bonjour {prenom}, {lien}', 'Bonjour Amadou, https://sms.example/7k2mq9c4tz1a'],
    ['Hello {first_name} from {agency}', 'Hello Amadou from Agence Martin'],
    ['{Prénom} {PRENOM} {first name} { prenom }', 'Amadou Amadou Amadou Amadou'],
    ['{metier|candidat} à {ville}', 'Coffreur à Lyon'],
    ['Prix : 10 } fin', 'Prix : 10 } fin'],
    ['{poste} ({reference_poste}) : {lien_poste}', 'Coffreur bancheur (CB-12) : https://sms.example/dddddddddddd'],
    ['{job_title} {job_reference} {job_url}', 'Coffreur bancheur CB-12 https://sms.example/dddddddddddd'],
    ['{page_campagne} {rejoindre_reseau} {page_carriere} {Branche}', 'https://sms.example/aaaaaaaaaaaa https://sms.example/bbbbbbbbbbbb https://sms.example/cccccccccccc Lyon 7e'],
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

  test.each(['fr', 'en'] as const)('every field is read as itself by its %s name, and no two share one', (language) => {
    const template = parseTemplate(MERGE_FIELDS.map((field) => `{${FIELD_NAMES[language][field]}}`).join(''))
    expect(template.problems).toEqual([])
    expect(template.parts).toEqual(MERGE_FIELDS.map((field) => ({ field, fallback: undefined })))
  })

  test('no value is ever read again: fields, bars, braces and replacement signs in it are text', () => {
    const hostile = fc.array(fc.constantFrom('{lien}', '{prenom|x}', '{', '}', '|', '$&', '$1', '{{stop}}', '\\', '<b>', 'é', '%s', '{page_campagne}'), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''))
    const names = fc.shuffledSubarray([...MERGE_FIELDS], { minLength: 1 })
    fc.assert(fc.property(names, fc.array(hostile, { minLength: MERGE_FIELDS.length, maxLength: MERGE_FIELDS.length }), (fields, texts) => {
      const values = Object.fromEntries(MERGE_FIELDS.map((field, index) => [field, texts[index]!])) as MergeValues
      const { text, missing } = renderText(parseTemplate(fields.map((field) => `{${FIELD_NAMES.fr[field]}}`).join('#')), values)
      expect({ text, missing }).toEqual({ text: fields.map((field) => values[field]).join('#'), missing: [] })
    }))
  })

  test('whatever a value holds, it is filled in once and stays what it is', () => {
    const hostile = fc.array(fc.oneof(
      fc.constantFrom('{lien}', '{prenom|x}', '{{nom}}', '{', '}', '|', '$&', '$1', '$$', '${x}', '<%= it.x %>', '<b>', '%s', '\\n', '\r\n', '\u0000', '\u202e', '\ufeff', 'e\u0301', '\ud800', '😀', ' ', '='),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ), { maxLength: 12 }).map((pieces) => pieces.join(''))
    // Said in other words than the code's: one line, composed, nothing invisible.
    const asFilledIn = (value: string) => Array.from(value.normalize('NFC').toWellFormed().replace(/\s+/gu, ' ')).filter((character) => !/[\u0000-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u.test(character)).join('').trim()
    fc.assert(fc.property(hostile, hostile, (first, last) => {
      const [a, b] = [asFilledIn(first), asFilledIn(last)]
      fc.pre(a !== '' && b !== '' && a === asFilledIn(a) && b === asFilledIn(b))
      expect(render('[{prenom}|{nom}|{prenom}] {lien}', { first_name: first, last_name: last })).toEqual({ text: `[${a}|${b}|${a}] ${VALUES.link}`, missing: [] })
    }), { numRuns: 2000 })
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
