import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedFields, changedSince, splitWords, stateMark, PERSON_FIELDS, type Person } from '../../src/candidates/people.domain.ts'
import { arrangePhones, textedPhone, type TypedPhone } from '../../src/candidates/phones.domain.ts'

const MOBILE = ['06 39 98 00 01', '0639980002', '+33639980003', '06.39.98.00.01', '+32 470 12 34 56']
const FIXED = ['01 99 00 12 34', '04 65 71 12 34']
const NONE = ['06 12', 'à rappeler', '06 39 98 00 01 / 06 39 98 00 02', '0700000000']

const typedPhones = fc
  .array(fc.record({ kind: fc.constantFrom('mobile' as const, 'home' as const), raw: fc.constantFrom(...MOBILE, ...FIXED, ...NONE) }), { maxLength: 9 })
  .chain((lines) => fc.nat({ max: 10 }).map((main): TypedPhone[] => lines.map((line, index) => ({ ...line, isMain: index === main }))))

describe('numbers of a record', () => {
  test('stand in places without gaps, each once, and nothing that was typed is lost', () => {
    fc.assert(fc.property(typedPhones, (typed) => {
      const placed = arrangePhones(typed, 'FR')
      for (const kind of ['mobile', 'home']) {
        const places = placed.filter((phone) => phone.kind === kind).map(({ position }) => position)
        expect(places).toEqual(places.map((_place, index) => index + 1))
      }
      const numbers = placed.map(({ e164, raw }) => e164 ?? raw)
      expect(new Set(numbers).size).toBe(numbers.length)
      expect(new Set(numbers)).toEqual(new Set(arrangePhones(typed.map((phone) => ({ ...phone, isMain: false })), 'FR').map(({ e164, raw }) => e164 ?? raw)))
      expect(placed.every(({ raw }) => typed.some((phone) => phone.raw === raw))).toBe(true)
    }))
  })

  test('the chosen one is texted if it can be, else one that can be, and none only where none can (S46)', () => {
    fc.assert(fc.property(typedPhones, (typed) => {
      const placed = arrangePhones(typed, 'FR')
      const texted = textedPhone(placed)
      const [chosen] = arrangePhones(typed.filter(({ isMain }) => isMain), 'FR')
      expect(texted === undefined).toBe(placed.every(({ isTextable }) => !isTextable))
      if (chosen?.isTextable) expect(texted?.e164).toBe(chosen.e164)
    }))
  })

  test('stay where they are when saved again', () => {
    fc.assert(fc.property(typedPhones, (typed) => {
      const placed = arrangePhones(typed, 'FR')
      const texted = textedPhone(placed)
      expect(arrangePhones(placed.map((phone) => ({ kind: phone.kind, raw: phone.raw, isMain: phone === texted })), 'FR')).toEqual(texted?.kind === 'home' ? expect.anything() : placed)
    }))
  })

  test('a mobile that was taken for another kind becomes one when it is chosen', () => {
    expect(arrangePhones([{ kind: 'mobile', raw: '06 39 98 00 01', isMain: false }, { kind: 'home', raw: '06 39 98 00 02', isMain: true }], 'FR')).toMatchObject([
      { kind: 'mobile', position: 1, e164: '+33639980002' }, { kind: 'mobile', position: 2, e164: '+33639980001' },
    ])
  })
})

const text = fc.string({ maxLength: 12 })
const person: fc.Arbitrary<Person> = fc.record({
  first_name: text, last_name: text, trade: fc.option(text), organisation: fc.option(text), phones: typedPhones.map((typed) => arrangePhones(typed, 'FR')), email: fc.option(text), town: fc.option(text), postal_code: fc.option(text),
  skills: fc.array(text), tags: fc.array(text), branch_id: fc.option(fc.nat()), language: fc.option(fc.constantFrom('fr' as const, 'en' as const)), registered_on: fc.option(fc.constantFrom('2026-01-01', '2026-02-02')), external_id: fc.option(text),
})

describe('what has changed since a form was made', () => {
  test('is the same told from the mark as from the record itself', () => {
    fc.assert(fc.property(person, person, fc.subarray([...PERSON_FIELDS]), (before, other, fields) => {
      const after = { ...before, ...Object.fromEntries(fields.map((field) => [field, other[field]])) } as Person
      expect(changedSince(stateMark(before), after)).toEqual(changedFields(before, after))
      expect(changedSince(stateMark(after), after)).toEqual([])
    }))
  })

  test('a mark fits into a form, says nothing about anybody, and one that is none is no excuse', () => {
    fc.assert(fc.property(person, (somebody) => {
      expect(stateMark(somebody)).toMatch(/^[0-9a-f-]{1,160}$/)
      for (const mark of ['', 'x', '-'.repeat(399)]) expect(changedSince(mark, somebody)).toEqual([...PERSON_FIELDS])
    }))
  })
})

test('words of a list are each kept once, as they were written first', () => {
  expect(splitWords(' CACES R489,Permis B ; permis b\n\n échafaudage , ,')).toEqual(['CACES R489', 'Permis B', 'échafaudage'])
})
