import { describe, expect, test } from 'vitest'
import { compareEdits } from '../../src/companies/edits.ts'
import { crossFaults, EDITED_ELSEWHERE, LIMIT_NAMES, ruleOf, type Limits } from '../../src/companies/limits.domain.ts'
import { readLimits, readWholeNumber } from '../../src/companies/limits.input.ts'
import { OTHER_PAGES } from '../../src/companies/limits.views.ts'
import { SETTINGS, settingsFrom, type SettingName } from '../../src/companies/settings.ts'
import { catalogues } from '../../src/words/index.ts'

describe('Every setting', () => {
  const names = Object.keys(SETTINGS) as SettingName[]

  test('is edited in exactly one place: a field of the page of limits, or another page', () => {
    expect([...LIMIT_NAMES, ...Object.keys(EDITED_ELSEWHERE)].sort()).toEqual([...names].sort())
    expect(OTHER_PAGES.map(({ page }) => page)).toEqual(expect.arrayContaining(Object.values(EDITED_ELSEWHERE)))
  })

  test('has a label in both languages, and a unit where it is a number', () => {
    const missing = names.flatMap((name) => [`limits.label.${name}`, ...(unitOf(name) ? [`limits.unit.${unitOf(name)}`] : [])]).filter((key) => !catalogues.fr[key] || !catalogues.en[key])
    expect(missing).toEqual([])
  })

  test('has words for each of its choices', () => {
    const choices = LIMIT_NAMES.flatMap((name) => {
      const rule = ruleOf(name)
      return rule.kind === 'choice' ? rule.options.map((option) => `limits.choice.${name}.${option}`) : []
    })
    expect(choices.filter((key) => !catalogues.fr[key])).toEqual([])
  })

  test.each(LIMIT_NAMES)('%s has a default that it would accept', (name) => {
    const rule = ruleOf(name)
    const value: unknown = SETTINGS[name].default
    if (rule.kind === 'choice') expect(rule.options).toContain(value)
    else if (value === null) expect(rule.isOptional).toBe(true)
    else expect(rule.min <= (value as number) && (value as number) <= rule.max).toBe(true)
  })

  function unitOf(name: SettingName): string | undefined {
    return typeof SETTINGS[name].default === 'number' || SETTINGS[name].default === null ? SETTINGS[name].unit : undefined
  }
})

describe('A number is read as people write it', () => {
  test.each([
    ['25000', 25_000], ['25 000', 25_000], ['25\u00a0000', 25_000], ['25\u202f000', 25_000], [' 1 000 000 ', 1_000_000], ['0', 0], ['-5', -5], ['２５', 25],
  ])('« %s » is %d in French', (text, value) => {
    expect(readWholeNumber(text, 'fr')).toBe(value)
  })

  test.each(['25,000', '25.000', '2 5000', '1e3', '5,5', 'mille', '--5', '0x10', '9999999999999', 'Infinity'])('« %s » is no whole number in French', (text) => {
    expect(readWholeNumber(text, 'fr')).toBeUndefined()
  })

  test.each([['25,000', 25_000], ['1,000,000', 1_000_000], ['25 000', 25_000]])('“%s” is %d in English', (text, value) => {
    expect(readWholeNumber(text, 'en')).toBe(value)
  })

  test.each(['25,00', ',000', '25.000', '2,5000'])('“%s” is no whole number in English', (text) => {
    expect(readWholeNumber(text, 'en')).toBeUndefined()
  })
})

test('a form tells every mistake at once, and reads what it can', () => {
  const form = readLimits({
    'campaign.recipient_limit': 'beaucoup', 'campaign.undo_seconds': '601', 'budget.day_segments': '', 'campaign.open_days': '', 'auth.second_factor': 'nobody', 'suspension.last': ['1', '2'],
    'sms.tests_per_hour': 'x', default: 'sms.tests_per_hour', mark: 'soon',
  }, 'fr')
  expect(form.faults).toEqual([
    { name: 'campaign.recipient_limit', reason: 'not_number' }, { name: 'campaign.undo_seconds', reason: 'range' }, { name: 'campaign.open_days', reason: 'missing' }, { name: 'auth.second_factor', reason: 'choice' },
  ])
  expect(form).toMatchObject({ mark: 0, values: { 'budget.day_segments': null, 'sms.tests_per_hour': 10 }, toDefault: ['sms.tests_per_hour'] })
})

describe('Values that do not go together', () => {
  const given = (changes: Partial<Limits>) => crossFaults({ ...settingsFrom([]), ...changes }).map(({ reason }) => reason)

  test('the defaults do', () => {
    expect(given({})).toEqual([])
  })

  test.each<[string, Partial<Limits>]>([
    ['finals_over_last', { 'suspension.min_finals': 201 }],
    ['first_over_limit', { 'campaign.recipient_limit': 4_999 }],
    ['campaign_over_day', { 'budget.campaign_segments': 11, 'budget.day_segments': 10 }],
  ])('%s', (reason, changes) => {
    expect(given(changes)).toEqual([reason])
  })

  test('equal ones do, and a budget alone does', () => {
    expect(given({ 'suspension.min_finals': 200, 'campaign.recipient_limit': 5_000, 'budget.campaign_segments': 11 })).toEqual([])
    expect(given({ 'budget.campaign_segments': 10, 'budget.day_segments': 10 })).toEqual([])
  })
})

describe('A form that was made before somebody else saved', () => {
  const now = { a: 1, b: 2 }

  test('changes only what it says differently from then', () => {
    expect(compareEdits({ a: 1, b: 5 }, now, new Map())).toEqual({ mine: ['b'], theirs: [] })
  })

  test('does not take back what others saved', () => {
    expect(compareEdits({ a: 7, b: 5 }, now, new Map([['a', 7]]))).toEqual({ mine: ['b'], theirs: ['a'] })
  })

  test('agrees with others who saved the same', () => {
    expect(compareEdits({ a: 1 }, now, new Map([['a', 7]]))).toEqual({ mine: ['a'], theirs: [] })
  })
})
