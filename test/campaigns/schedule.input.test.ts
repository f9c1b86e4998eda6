import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readStart, readTime } from '../../src/campaigns/schedule.input.ts'

const NOW = new Date('2026-11-26T08:30:00Z')
const read = (on: string, time: string, zone = 'Europe/Paris') => readStart({ on, time }, zone, NOW)

describe('a time', () => {
  test.each([
    ['09:30', '09:30'], ['9h30', '09:30'], ['9 h 30', '09:30'], ['9.30', '09:30'], ['9h', '09:00'], ['9', '09:00'], ['18 heures', '18:00'], ['09:30:15', '09:30'],
    ['2:30 pm', '14:30'], ['12am', '00:00'], ['12 p.m.', '12:00'], ['00:00', '00:00'], ['23:59', '23:59'],
  ])('%s is %s', (text, time) => expect(readTime(text)).toEqual({ ok: true, time }))

  test.each(['24:00', '25h', '9:60', '13pm', '0am', '99'])('%s does not exist', (text) => expect(readTime(text)).toEqual({ ok: false, problem: 'impossible' }))
  test.each(['', 'midi', '9h3', '9:5', '930', '-9:00', '9:30:', '٩:٠٠', '9h30h', '1'.repeat(5000)])('%s cannot be read', (text) => expect(readTime(text)).toEqual({ ok: false, problem: 'unreadable' }))
})

describe('a start', () => {
  test('belongs to a zone: the same words are past in one and to come in another', () => {
    expect(read('2026-11-26', '09:00')).toEqual({ ok: false, problems: [{ field: 'time', reason: 'past' }] })
    expect(read('2026-11-26', '09:00', 'America/Martinique')).toMatchObject({ ok: true, start: { on: '2026-11-26', time: '09:00', zone: 'America/Martinique' } })
  })

  test('is past at this very minute, and to come in the next', () => {
    expect(read('2026-11-26', '09:30').ok).toBe(false)
    expect(read('2026-11-26', '09:31').ok).toBe(true)
  })

  test('may be a year ahead and no further', () => {
    expect(read('2027-11-26', '23:59').ok).toBe(true)
    expect(read('2027-11-27', '00:00')).toEqual({ ok: false, problems: [{ field: 'on', reason: 'far' }] })
  })

  test('may be an hour that a change of clocks leaves out or repeats', () => {
    expect(read('2027-03-28', '02:30').ok).toBe(true)
    expect(read('2027-10-31', '02:30').ok).toBe(true)
  })

  test('says what is wrong with each of its fields', () => {
    expect(read('', '')).toEqual({ ok: false, problems: [{ field: 'on', reason: 'on_missing' }, { field: 'time', reason: 'time_missing' }] })
    expect(read('lundi', '26h')).toEqual({ ok: false, problems: [{ field: 'on', reason: 'on_ambiguous', meant: '2026-11-30' }, { field: 'time', reason: 'time_impossible' }] })
  })

  test('is never in the past and never throws, whatever is typed', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), fc.string({ maxLength: 60 }), (on, time) => {
      const result = read(on, time)
      expect(result.ok ? result.start.on >= '2026-11-26' : result.problems.length > 0).toBe(true)
    }))
  })
})
