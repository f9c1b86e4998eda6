import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TEMPLATE_KINDS, type TemplateKind } from '../../src/message-templates/domain.ts'
import { exampleText, inspectTemplate, type Ground } from '../../src/message-templates/inspection.ts'
import { MERGE_FIELDS } from '../../src/message-templates/merge.ts'
import { isGsm7, measureSms } from '../../src/sms/segments.ts'

const GROUND: Ground = { mainLanguage: 'fr', company: 'Agence Martin', agency: 'Agence Martin', recruiter: 'Claire', link: 'https://sms.example/7k2mq9c4tz1a', stopText: 'STOP 38047' }
const inspect = (fr: string, kind: TemplateKind = 'availability', ground: Partial<Ground> = {}) => inspectTemplate({ kind, texts: { fr } }, { ...GROUND, ...ground })
const rules = (fr: string, kind?: TemplateKind) => inspect(fr, kind).findings.map(({ rule }) => rule)

describe('a template’s texts', () => {
  test('cost what the longest example comes to, link and STOP words included', () => {
    const { texts } = inspect('{agence} : {prenom|} {lien}')
    expect(texts[0]!.measure).toEqual(measureSms('Agence Martin : Marie-Emmanuelle https://sms.example/7k2mq9c4tz1a\nSTOP 38047'))
  })

  test.each([
    ['{agence} {prenom} {lien} {stop}', ['no_fallback']],
    ['{agence} {prenom|} {metier|vous} {lien} {stop}', []],
    ['{agence} {branche} {ville} {prenom} {prenom} {lien} {stop}', ['no_fallback', 'no_fallback', 'no_fallback']],
    ['{agence} {poste} {lien} {stop}', []],
  ])('%s → %s', (text, expected) => {
    expect(rules(text)).toEqual(expected)
  })

  test('of an automatic answer get no link and no STOP words, and hold no job (S35)', () => {
    expect(rules('{agence} vous rappelle.', 'auto_response')).toEqual([])
    expect(exampleText({ kind: 'auto_response', texts: { fr: '{agence} vous rappelle.' } }, 'fr', 'usual', GROUND)).toBe('Agence Martin vous rappelle.')
    expect(rules('{agence} {poste} {reference_poste} {lien_poste} {page_carriere}', 'auto_response')).toEqual(['job_field', 'job_field', 'job_field', 'job_field'])
    expect(rules('{agence} {page_campagne} {rejoindre_reseau}', 'auto_response')).toEqual([])
  })

  test('name what makes them dear, and say where it comes from', () => {
    const { texts } = inspect('Forêt : {lien}', 'simple', { agency: 'Âtre', recruiter: 'Zoë' })
    expect(texts[0]!.costly).toEqual({ own: ['ê'], given: [] })
    expect(texts[0]!.plain).toMatchObject({ body: 'Foret : {lien}', measure: { encoding: 'gsm7', segments: 1 } })
    const given = inspect('{agence}, {recruteur} : {lien}', 'simple', { agency: 'Âtre', recruiter: 'Zoë' }).texts[0]!
    expect([given.costly, given.plain]).toEqual([{ own: [], given: ['Â', 'ë'] }, undefined])
  })

  test('need the main language, and are looked at in every language they have', () => {
    const { findings, texts } = inspectTemplate({ kind: 'simple', texts: { en: 'Hello {oops}' } }, GROUND)
    expect(findings.filter(({ level }) => level === 'error').map(({ language, rule }) => `${language} ${rule}`)).toEqual(['fr empty', 'en unknown_field'])
    expect(texts.map(({ language }) => language)).toEqual(['en'])
  })

  test('whatever they are, replacing letters keeps every field and makes nothing dearer', () => {
    const piece = fc.oneof(fc.constantFrom(...MERGE_FIELDS.map((field) => `{${field}}`), '{prenom|à vous}', '{prénom|}', 'ê’œ«», 😀\n', 'Déjà € '), fc.string({ unit: 'grapheme', maxLength: 12 }))
    fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom(...TEMPLATE_KINDS), (pieces, kind) => {
      const body = pieces.join('')
      const [text] = inspect(body, kind).texts
      if (!text?.plain) return
      const again = inspect(text.plain.body, kind).texts[0]
      expect(isGsm7(text.plain.body)).toBe(true)
      expect(again?.costly.own ?? []).toEqual([])
      expect(text.plain.body.match(/\{(?:first_name|link|stop|job_url)\}/g)).toEqual(body.normalize('NFC').match(/\{(?:first_name|link|stop|job_url)\}/g))
    }), { numRuns: 300 })
  })
})
