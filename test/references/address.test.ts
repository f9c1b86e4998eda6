import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAddress } from '../../src/references/address.ts'

describe('an address that a short link will lead to', () => {
  test.each([
    ['https://agence.fr', 'https://agence.fr/'],
    ['  HTTPS://Agence.FR:8443/Offres?a=1&b={x}#haut ', 'https://agence.fr:8443/Offres?a=1&b={x}#haut'],
    ['https://www.agence.fr/métiers/maçon', 'https://www.agence.fr/m%C3%A9tiers/ma%C3%A7on'],
    ['https://société.example.com', 'https://xn--socit-esab.example.com/'],
    ['https://agence.fr/a@b', 'https://agence.fr/a@b'],
  ])('%s is kept as %s', (text, stored) => expect(readAddress(text)).toEqual({ ok: true, value: stored }))

  test.each([
    ['http://agence.fr', 'scheme'], ['javascript:alert(1)', 'scheme'], ['JavaScript://agence.fr/%0aalert(1)', 'scheme'], ['data:text/html,<script>', 'scheme'], ['//agence.fr', 'scheme'],
    ['ftp://agence.fr', 'scheme'], ['agence.fr', 'scheme'], ['https:agence.fr', 'scheme'], ['https:/agence.fr', 'scheme'], ['java\nscript:alert(1)', 'scheme'], ['', 'scheme'],
    ['https://moi@agence.fr', 'login'], ['https://moi:secret@agence.fr', 'login'], ['https://agence.fr@evil.example.com/', 'login'], ['https://@agence.fr', 'login'], ['https://:@agence.fr', 'login'],
    ['https://agence.fr\\@evil.example.com', 'unreadable'], ['https:\\\\evil.example.com', 'scheme'], ['https://agence.fr/\u202egnp', 'unreadable'], ['https://age\tnce.fr', 'unreadable'], ['https://a b.fr', 'unreadable'],
    ['https://', 'unreadable'], ['https://[::1', 'unreadable'], ['https://agence.fr:99999', 'unreadable'],
    ['https://localhost/', 'host'], ['https://intranet/', 'host'], ['https://127.0.0.1/', 'host'], ['https://2130706433/', 'host'], ['https://0x7f.1/', 'host'], ['https://[::1]/', 'host'], ['https://a.local', 'host'], ['https://agence.fr./x', 'host'],
    [`https://agence.fr/${'a'.repeat(2_000)}`, 'tooLong'], [`https://agence.fr/${'é'.repeat(500)}`, 'tooLong'],
  ])('%j is refused: %s', (text, reason) => expect(readAddress(text)).toMatchObject({ ok: false, reason }))

  test('is always https, without a login, and reads the same again, whatever was typed', () => {
    const text = fc.oneof(fc.webUrl(), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }).map((rest) => `https://${rest}`), fc.tuple(fc.domain(), fc.string()).map(([host, rest]) => `https://${host}${rest}`))
    fc.assert(fc.property(text, (typed) => {
      const read = readAddress(typed)
      if (!read.ok) return
      const url = new URL(read.value)
      expect([url.protocol, url.username, url.password, /^[\x21-\x7e]+$/.test(read.value)]).toEqual(['https:', '', '', true])
      expect(readAddress(read.value)).toEqual(read)
    }), { numRuns: 500 })
  })
})
