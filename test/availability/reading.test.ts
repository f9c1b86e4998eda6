import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readText, type ReadingRules } from '../../src/availability/reading.domain.ts'
import { addMonths, isCalendarDate } from '../../src/core/dates.ts'
import { listCases, told, TODAY } from './replies.ts'

const cases = listCases()
const rules = (given: Partial<ReadingRules> = {}): ReadingRules => ({ kind: 'availability', today: TODAY, latestStartMonths: 18, ...given })
const read = (text: string, given: Partial<ReadingRules> = {}) => readText(text, rules(given))
const isCertain = (text: string, given: Partial<ReadingRules> = {}) => read(text, given)?.doubts.length === 0
/** The doubts of a line in any order. */
const sorted = (line: string) => line.replace(/\((.*)\)$/, (_, doubts: string) => `(${doubts.split(', ').sort().join(', ')})`)

describe('what people text back', () => {
  it.each(['availability', 'simple'] as const)('is read as the table says, in a campaign of kind %s', (kind) => {
    const own = cases.filter((one) => one.kind === kind)
    const readings = own.map(({ text }) => `${text} => ${told(read(text, { kind }))}`)
    expect(readings).toEqual(own.map(({ text, expected }) => `${text} => ${sorted(expected)}`))
  })

  it('stands in a table of hundreds of different texts, of every outcome', () => {
    const outcomes = Map.groupBy(cases, ({ expected }) => (expected === 'nothing' ? 'nothing' : expected.startsWith('?') ? 'uncertain' : 'certain'))
    expect(new Set(cases.map(({ kind, text }) => kind + text)).size).toBe(cases.length)
    expect([...outcomes].every(([, own]) => own.length > 40) && outcomes.size === 3 && cases.length > 300).toBe(true)
  })
})

describe('days depend on when the text came', () => {
  it.each([
    ['oui à partir de lundi', '2026-11-20', 'YES 2026-11-23'],
    ['oui à partir de lundi', '2026-11-22', 'YES 2026-11-23'],
    ['oui à partir de lundi', '2026-11-23', '? YES 2026-11-30 (date_vague)'],
    ['oui lundi prochain', '2026-11-22', '? YES 2026-11-23 (date_vague)'],
    ['oui le 31', '2027-01-31', '? YES 2027-01-31 (date_vague)'],
    ['oui le 31', '2027-02-01', 'YES 2027-03-31'],
    ['oui le 29 février', '2026-11-19', '? YES (date_vague)'],
    ['oui le 29 février', '2027-11-19', 'YES 2028-02-29'],
    ['oui le 1er', '2026-12-31', 'YES 2027-01-01'],
    ['oui demain', '2026-12-31', 'YES 2027-01-01'],
    ['oui dans un mois', '2027-01-31', 'YES 2027-02-28'],
    ['non pas avant le 15', '2026-11-15', '? NO 2026-11-15 (date_vague)'],
    ['oui du 28 au 3', '2027-02-10', 'YES 2027-02-28..2027-03-03'],
    ['oui à partir du 2 janvier', '2027-01-03', '? YES 2028-01-02 (date_far)'],
  ])('« %s » on %s', (text, today, expected) => {
    expect(told(read(text, { today }))).toBe(expected)
  })

  it('a start later than the company plans is a person’s to judge', () => {
    expect(told(read('oui à partir du 1er mars', { latestStartMonths: 3 }))).toBe('? YES 2027-03-01 (date_far)')
  })
})

describe('whatever the text', () => {
  const SAID = cases.filter(({ kind, expected }) => kind === 'availability' && /^(?:YES|NO)/.test(expected)).map(({ text }) => text)
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 300 }), pieces(), fc.constantFrom(...SAID).chain((text) => fc.tuple(fc.constant(text), pieces()).map((parts) => parts.join(' '))))

  it('is read to the end, and its days exist and lie ahead', () => {
    fc.assert(fc.property(anyText, fc.constantFrom('availability', 'simple'), fc.date({ min: new Date('2024-01-01'), max: new Date('2032-12-31'), noInvalidDate: true }), (text, kind, day) => {
      const today = day.toISOString().slice(0, 10)
      const found = read(text, { kind, today })
      if (!found) return
      const { choice, from, until, comment, doubts } = found
      for (const date of [from, until]) expect(date === null || (isCalendarDate(date) && date >= today)).toBe(true)
      expect(from === null || until === null || until >= from).toBe(true)
      expect(comment.length).toBeLessThanOrEqual(500)
      expect(comment.isWellFormed()).toBe(true)
      if (kind === 'simple') expect([from, until]).toEqual([null, null])
      if (doubts.length > 0) return
      expect(choice).not.toBeNull()
      expect(from === null || from <= addMonths(today, 18)).toBe(true)
    }), { numRuns: 1_500 })
  })

  it.each(['?', ' si possible', ' peut-être', ' mais', ' lol', ' mon frère', ' only', ' ou pas', ' STOP', '\u202e', '\u0000', ' да', ' 🤔'])('a plain answer with « %s » is not certain any more', (more) => {
    for (const text of SAID) expect(isCertain(text + more), text + more).toBe(false)
  })

  it('a YES with a NO, and a NO with a YES, are not certain', () => {
    for (const text of SAID) {
      const other = told(read(text)).startsWith('YES') ? 'non' : 'oui'
      expect(isCertain(`${text} ${other}`), text).toBe(false)
      expect(isCertain(`${other}, ${text}`), text).toBe(false)
    }
  })

  it('capitals, missing accents, spaces and full stops change nothing', () => {
    const bare = (text: string) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '')
    const withoutComment = (text: string) => told(read(text)).replace(/ ".*"$/, '')
    for (const text of SAID) {
      const expected = withoutComment(text)
      for (const one of [text.toUpperCase(), bare(text), `  ${text.replaceAll(' ', '  ')}\n`, `${text}.`]) expect(withoutComment(one), one).toBe(expected)
    }
  })
})

describe('hostile texts', () => {
  const LONG = 10_000
  const hostile: Record<string, string> = {
    'one letter': 'o'.repeat(LONG), 'another letter': 'n'.repeat(LONG), 'an endless yes': `ou${'i'.repeat(LONG)}`, 'yes again and again': 'oui '.repeat(LONG / 4), 'no again and again': 'non '.repeat(LONG / 4),
    digits: '1'.repeat(LONG), 'numbers': '15 '.repeat(LONG / 3), 'dates': '15/01 '.repeat(LONG / 6), 'stroke after stroke': '1/'.repeat(LONG / 2), 'beginnings of ranges': 'du 3 au '.repeat(LONG / 8), 'prepositions': 'à partir de '.repeat(LONG / 12),
    'full width': 'ＯＵＩ', 'mathematical letters': '𝒐𝒖𝒊', 'heaps of accents': `o${'\u0301'.repeat(LONG)}ui`, 'zero width': `o\u200bu\u200bi${'\u200b'.repeat(LONG)}`, 'controls': 'oui\u0007\u001b[31m', 'right to left': '\u202eiuo',
    'Cyrillic look-alikes': 'оui', 'emoji': '👍🏽👨‍👩‍👧‍👦'.repeat(LONG / 8), 'flags': '🇫🇷'.repeat(LONG / 4), 'half a surrogate': 'oui\ud83d', 'spaces': `oui${' '.repeat(LONG)}à partir de lundi`, 'new lines': `oui${'\n'.repeat(LONG)}si`,
    'quotes': `oui' or '1'='1`, 'markup': '<script>oui</script>', 'apostrophes': `${"'".repeat(LONG)}oui`, 'accents and commas': 'é,'.repeat(LONG / 2),
  }

  it.each(Object.entries(hostile))('%s: never certain', (_, text) => {
    expect(isCertain(text)).toBe(false)
    expect(isCertain(text, { kind: 'simple' })).toBe(false)
  })
})

/** Texts made of the words that mean something, in any order. */
function pieces(): fc.Arbitrary<string> {
  const words = ['oui', 'non', 'ok', 'dispo', 'pas', 'plus', 'ne', 'libre', 'à partir de', 'du', 'au', 'le', 'avant', 'après', "jusqu'au", 'until', 'not', 'from', 'to', 'in', 'dans', 'lundi', 'monday', 'next', 'prochain', 'semaine prochaine', '3', '12', '15', '31', '29', '99', 'janvier', 'février', 'mai', 'may', '2027', '15/01', '31/02', '2026-11-19', '3-12', '1er', '2 semaines', 'quinze jours', 'cette semaine', 'fin', 'en', '?', ',', '.', '-', '👍', 'merci', 'bonjour', 'karim']
  return fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join(' '))
}
