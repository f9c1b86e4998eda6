import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDate } from '../../src/core/date-input.ts'

/** A Saturday. */
const TODAY = '2026-11-21'

describe('readDate', () => {
  it.each([
    '2026-11-23', '2026/11/23', '23/11/2026', '23/11/26', '23.11.26', '23-11-2026', '23 11', '23/11', '23 nov', '23 nov.', '23 novembre', '23 Novembre 2026',
    'lundi 23 novembre', 'Lundi 23 novembre 2026', 'lun. 23/11', 'le 23 novembre', 'à partir du 23 novembre', '23 November', 'November 23', 'Monday 23rd of November', 'nov 23, 2026',
    '٢٣/١١/٢٠٢٦', '۲۳/۱۱/۲۰۲۶', '２３/１１/２０２６', ' 23 – 11 – 2026 ', '23\u00a0novembre',
  ])('%j is 23 November 2026', (text) => expect(readDate(text, TODAY)).toEqual({ ok: true, date: '2026-11-23' }))

  it.each([
    ['1er décembre', '2026-12-01'], ['1 fev', '2027-02-01'], ['15 août', '2027-08-15'], ['20/11', '2027-11-20'], ['21/11', TODAY],
    ['aujourd’hui', TODAY], ["Aujourd'hui", TODAY], ['demain', '2026-11-22'], ['tomorrow', '2026-11-22'], ['3 juin', '2027-06-03'], ['3 juil', '2027-07-03'],
  ])('%j is %s', (text, date) => expect(readDate(text, TODAY)).toEqual({ ok: true, date }))

  it.each([
    ['31 février', 31, 2], ['31/02/2027', 31, 2], ['2027-02-31', 31, 2], ['31/11', 31, 11], ['29/02/2027', 29, 2], ['00/11/2026', undefined, undefined], ['32 décembre', 32, 12],
  ])('%j exists in no calendar', (text, day, month) => {
    const read = readDate(text, TODAY)
    expect(read).toEqual(day ? { ok: false, problem: 'impossible', day, month } : { ok: false, problem: 'unreadable' })
  })

  it.each([
    // The month first; the wrong weekday; a weekday alone.
    ['11/23/2026', '2026-11-23'], ['11/23', '2026-11-23'], ['mardi 23 novembre', '2026-11-23'], ['lundi', '2026-11-23'], ['samedi', '2026-11-28'],
  ])('%j is asked back as %s', (text, meant) => expect(readDate(text, TODAY)).toEqual({ ok: false, problem: 'ambiguous', meant }))

  it.each(['', 'bientôt', '23', '23 jui', '23/11/2026 ou 24/11/2026', '2026', '23/13/40', '12:30', '<b>23/11</b>', '23 11 20266', '٢٣', '1/1/1/1', 'x'.repeat(10_000)])(
    '%j is not a date', (text) => expect(readDate(text, TODAY)).toEqual({ ok: false, problem: 'unreadable' }))

  it('reads back every date it can be given in ISO and in the French order', () => {
    fc.assert(fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), (instant) => {
      const date = instant.toISOString().slice(0, 10)
      const [year, month, day] = date.split('-')
      for (const text of [date, `${day}/${month}/${year}`, `${day}.${month}.${year}`]) expect(readDate(text, TODAY)).toEqual({ ok: true, date })
    }))
  })

  it('answers any text, quickly', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof readDate(text, TODAY).ok === 'boolean'))
  })
})
