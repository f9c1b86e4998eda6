import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from '../../src/core/paging.ts'

it('a cursor comes back as it went', () => {
  fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { minLength: 1, maxLength: 4 }), (cursor) => {
    expect(decodeCursor(encodeCursor(cursor), cursor.length)).toEqual(cursor)
  }))
})

it('what is no cursor of ours is none, whatever it is', () => {
  fc.assert(fc.property(fc.string(), (text) => { decodeCursor(text, 2) }))
  expect([undefined, '', 'x', encodeCursor([1]), Buffer.from('{"a":1}').toString('base64url'), Buffer.from('[{},1]').toString('base64url')].map((text) => decodeCursor(text, 2)))
    .toEqual(Array(6).fill(undefined))
})
