import { describe, expect, it } from 'vitest'
import { availabilityAfter, quickChoices, readAnswer, type AnswerForm, type AnswerRules } from '../../src/availability/domain.ts'
import { answerForm } from '../../src/availability/input.ts'
import { DEFAULT_QUICK_DATES, type QuickDate } from '../../src/companies/branding.domain.ts'

/** A Saturday. */
const today = '2026-11-21'
const rules: AnswerRules = { kind: 'availability', today, latestStartMonths: 18, keptStart: null }
const form = (given: Partial<AnswerForm>): AnswerForm => ({ answer: 'yes', from: '', fromDate: '', until: '', comment: '', ...given })
const answerOf = (given: Partial<AnswerForm>, more: Partial<AnswerRules> = {}) => {
  const read = readAnswer(form(given), { ...rules, ...more })
  return read.ok ? read.value : undefined
}
const problemsOf = (given: Partial<AnswerForm>, more: Partial<AnswerRules> = {}) => {
  const read = readAnswer(form(given), { ...rules, ...more })
  return read.ok ? [] : read.detail.map((problem) => `${problem.field}: ${problem.problem}`)
}

describe('readAnswer', () => {
  it('takes a chosen day, a written one, or both when they agree (S84)', () => {
    const monday = { choice: 'yes', availableFrom: '2026-11-23', availableUntil: null, comment: '' }
    expect(answerOf({ from: '2026-11-23' })).toEqual(monday)
    expect(answerOf({ fromDate: '23 novembre' })).toEqual(monday)
    expect(answerOf({ from: 'other', fromDate: '23/11/2026' })).toEqual(monday)
    expect(answerOf({ from: '2026-11-23', fromDate: '23/11/26' })).toEqual(monday)
    expect(problemsOf({ from: '2026-11-23', fromDate: '24/11/26' })).toEqual(['fromDate: dates_disagree'])
  })

  it('asks for OUI or NON, and for a start only where one is needed (S85)', () => {
    expect(problemsOf({ answer: '' })).toEqual(['answer: choice_missing'])
    expect(problemsOf({ answer: 'maybe' })).toEqual(['answer: choice_missing'])
    expect(problemsOf({})).toEqual(['from: start_missing'])
    expect(problemsOf({ from: 'other' })).toEqual(['fromDate: start_missing'])
    expect(answerOf({ answer: 'no' })).toMatchObject({ choice: 'no', availableFrom: null })
    expect(answerOf({ answer: 'no', from: 'other' })).toMatchObject({ choice: 'no', availableFrom: null })
    expect(answerOf({ answer: 'no', from: '2027-01-04' })).toMatchObject({ choice: 'no', availableFrom: '2027-01-04' })
    expect(problemsOf({ answer: 'no', until: '2027-01-04' })).toEqual(['from: start_missing'])
  })

  it.each([
    [{ from: '2026-11-20' }, 'from: start_past'],
    [{ fromDate: '20/11/2026' }, 'fromDate: start_past'],
    [{ fromDate: '31 février' }, 'fromDate: date_impossible'],
    [{ fromDate: '11/23/2026' }, 'fromDate: date_ambiguous'],
    [{ fromDate: 'bientôt' }, 'fromDate: date_unreadable'],
    [{ fromDate: '22/05/2028' }, 'fromDate: start_too_late'],
    [{ from: '9999-12-31' }, 'from: start_too_late'],
    [{ from: '2026-11-23', until: '22/11/2026' }, 'until: end_before_start'],
    [{ from: '2026-11-23', until: '2026-02-31' }, 'until: date_impossible'],
    [{ from: '2026-11-23', until: '2099-01-01' }, 'until: end_too_late'],
    [{ from: '2026-11-23', comment: 'x'.repeat(501) }, 'comment: comment_too_long'],
  ])('refuses %j with %s (F-47)', (given, problem) => expect(problemsOf(given)).toEqual([problem]))

  it('accepts the edges: today, the last day, an end on the start, 500 characters', () => {
    expect(answerOf({ from: today })).toBeDefined()
    expect(answerOf({ fromDate: '21/05/2028' })).toBeDefined()
    expect(answerOf({ from: '2026-11-23', until: '2026-11-23' })).toMatchObject({ availableUntil: '2026-11-23' })
    expect(answerOf({ from: today, comment: 'é'.repeat(500) })).toBeDefined()
  })

  it('lets the start of an earlier answer stand although it has passed meanwhile (S85)', () => {
    expect(answerOf({ from: '2026-11-02' }, { keptStart: '2026-11-02' })).toMatchObject({ availableFrom: '2026-11-02' })
    expect(problemsOf({ from: '2026-11-03' }, { keptStart: '2026-11-02' })).toEqual(['from: start_past'])
  })

  it('asks a simple campaign for no dates and keeps none', () => {
    expect(answerOf({ from: '1999-01-01', fromDate: 'rien', until: 'x', comment: 'pointure 42' }, { kind: 'simple' })).toEqual({ choice: 'yes', availableFrom: null, availableUntil: null, comment: 'pointure 42' })
  })

  it('names every problem at once, in the order of the form', () => {
    expect(problemsOf({ answer: '', fromDate: 'x', until: 'y', comment: 'z'.repeat(501) })).toEqual(['answer: choice_missing', 'fromDate: date_unreadable', 'until: date_unreadable', 'comment: comment_too_long'])
  })
})

describe('answerForm', () => {
  it('reads what browsers send: CRLF counted once, spaces trimmed', () => {
    expect(answerForm({ answer: ' yes ', comment: ' un\r\ndeux\rtrois \n', from_date: ' 23  nov ' })).toEqual({ answer: 'yes', from: '', fromDate: '23 nov', until: '', comment: 'un\ndeux\ntrois' })
  })

  it.each([[undefined], [null], ['text'], [[1, 2]], [{ answer: ['yes', 'no'], from: { a: 1 }, until: Array(10_000).fill('2026-01-01'), comment: 5 }]])('takes %j for an empty form', (body) => {
    expect(answerForm(body)).toEqual({ answer: '', from: '', fromDate: '', until: '', comment: '' })
  })

  it('keeps emoji and markup as they are, and drops what is no text', () => {
    expect(answerForm({ comment: '👷🏽 <script>alert(1)</script>\u0000\u202e\ud800' }).comment).toBe('👷🏽 <script>alert(1)</script>  \ufffd')
  })
})

describe('quickChoices', () => {
  it('offers today and the next two Mondays, and tomorrow once the day is far advanced', () => {
    expect(quickChoices(today, 13, { planned: null, tomorrowFromHour: 14, offered: DEFAULT_QUICK_DATES })).toEqual([{ date: today, label: 'today' }, { date: '2026-11-23', label: 'day' }, { date: '2026-11-30', label: 'day' }])
    expect(quickChoices(today, 14, { planned: null, tomorrowFromHour: 14, offered: DEFAULT_QUICK_DATES })[0]).toEqual({ date: '2026-11-22', label: 'tomorrow' })
  })

  it('begins with what was planned and names no day twice', () => {
    expect(quickChoices('2026-11-22', 20, { planned: '2026-11-30', tomorrowFromHour: 14, offered: DEFAULT_QUICK_DATES })).toEqual([{ date: '2026-11-30', label: 'as_planned' }, { date: '2026-11-23', label: 'tomorrow' }])
    expect(quickChoices('2026-11-23', 9, { planned: null, tomorrowFromHour: 14, offered: DEFAULT_QUICK_DATES }).map(({ date }) => date)).toEqual(['2026-11-23', '2026-11-30', '2026-12-07'])
  })
})

describe('quickChoices of a company', () => {
  const offer = (day: string, offered: readonly QuickDate[], hour = 9) => quickChoices(day, hour, { planned: null, tomorrowFromHour: 14, offered }).map(({ date }) => date)

  it('are those it offers, the nearest first', () => {
    expect(offer('2026-11-27', ['monday_after', 'month_start'])).toEqual(['2026-12-01', '2026-12-07'])
    expect(offer('2026-12-31', ['today', 'month_start'], 20)).toEqual(['2027-01-01'])
    expect(offer('2027-01-31', ['month_start'])).toEqual(['2027-02-01'])
    expect(offer('2026-11-27', [])).toEqual([])
  })
})

describe('availabilityAfter', () => {
  const current = { from: '2026-12-01', until: '2026-12-20' }
  const answer = { choice: 'yes' as const, availableFrom: '2027-01-04', availableUntil: null, comment: '' }

  it('replaces both dates together when a start was given, whatever the answer (S89, S58)', () => {
    expect(availabilityAfter('availability', answer, current, today)).toEqual({ availability: 'available', from: '2027-01-04', until: null })
    expect(availabilityAfter('availability', { ...answer, choice: 'no' }, current, today)).toEqual({ availability: 'available', from: '2027-01-04', until: null })
  })

  it('erases no date for a bare NON (S94)', () => {
    expect(availabilityAfter('availability', { ...answer, choice: 'no', availableFrom: null }, current, today)).toEqual({ availability: 'unavailable', ...current })
  })

  it('takes the days of a period that is over with it, where OUI came without any; an end alone holds', () => {
    const over = { from: '2026-11-02', until: '2026-11-20' }
    const plain = { ...answer, availableFrom: null }
    expect(availabilityAfter('availability', plain, over, today)).toEqual({ availability: 'available', from: null, until: null })
    expect(availabilityAfter('availability', plain, { from: null, until: today }, today)).toEqual({ availability: 'available', from: null, until: today })
    expect(availabilityAfter('availability', { ...plain, choice: 'no' }, over, today)).toEqual({ availability: 'unavailable', ...over })
    expect(availabilityAfter('availability', { ...plain, availableUntil: '2026-12-15' }, over, today)).toEqual({ availability: 'available', from: null, until: '2026-12-15' })
  })

  it('leaves the record alone in a simple campaign', () => expect(availabilityAfter('simple', answer, current, today)).toBeUndefined())
})
