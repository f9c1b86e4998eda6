import { describe, expect, test } from 'vitest'
import { hashToken, keyedHash, open, seal, tokenPair } from '../../src/web/secrets.ts'

const KEY = 'a'.repeat(32)

describe('what is sealed', () => {
  test.each(['', 'JBSWY3DPEHPK3PXP', 'é’🙂'.repeat(200)])('can be read again with the same key: %s', (text) => {
    expect(open(KEY, 'factor', seal(KEY, 'factor', text))).toBe(text)
  })

  test('looks different every time', () => {
    expect(seal(KEY, 'factor', 'same')).not.toBe(seal(KEY, 'factor', 'same'))
  })

  test('says nothing with another key, for another purpose, or changed', () => {
    const sealed = seal(KEY, 'factor', 'secret')
    const changed = Buffer.from(sealed, 'base64url')
    changed[14]! ^= 1
    expect(open('b'.repeat(32), 'factor', sealed)).toBeUndefined()
    expect(open(KEY, 'provider', sealed)).toBeUndefined()
    expect(open(KEY, 'factor', changed.toString('base64url'))).toBeUndefined()
    expect(open(KEY, 'factor', '')).toBeUndefined()
    expect(open(KEY, 'factor', 'not sealed at all, but long enough')).toBeUndefined()
  })
})

test('a token is long, fit for an address, and known by its hash', () => {
  const { token, hash } = tokenPair()
  expect(token).toMatch(/^[\w-]{27}$/)
  expect(hashToken(token)).toEqual(hash)
  expect(tokenPair().token).not.toBe(token)
})

test('a keyed hash depends on key, purpose and text', () => {
  const hashes = [keyedHash(KEY, 'opt-out', '+33639980001'), keyedHash(KEY, 'opt-out', '+33639980002'), keyedHash(KEY, 'other', '+33639980001'), keyedHash('b'.repeat(32), 'opt-out', '+33639980001')]
  expect(new Set(hashes.map((hash) => hash.toString('hex'))).size).toBe(4)
  expect(keyedHash(KEY, 'opt-out', '+33639980001')).toEqual(hashes[0])
})
