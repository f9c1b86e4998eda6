import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeNext } from '../../src/web/paths.ts'
import { subscriber } from '../../src/web/rate-limit.ts'

describe('the page after sign-in (F-76)', () => {
  it('is a path of this application', () => {
    expect([safeNext('/campaigns/42?tab=yes'), safeNext('/')]).toEqual(['/campaigns/42?tab=yes', '/'])
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'https:evil', 'evil', '/%2f%2fevil.example', '/%5cevil', '/a\r\nSet-Cookie: x', '/\tb', '', undefined, ['/x']])('is never %j', (next) => {
    expect(safeNext(next)).toBeUndefined()
  })

  it('stays on this origin whatever is typed', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.string().map((text) => `/${text}`)), (text) => {
      const next = safeNext(text)
      return next === undefined || new URL(next, 'https://app.example').origin === 'https://app.example'
    }))
  })
})

describe('a subscriber, for limits', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('%s is %s', (address, expected) => {
    expect(subscriber(address)).toBe(expected)
  })
})
