import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { e164FromDigits, formatPhone, lastDigits, parsePhone, type CountryCode } from '../../src/sms/phone.ts'

describe('parsePhone', () => {
  it.each([
    '06 12 34 56 78', '06.12.34.56.78', '06-12-34-56-78', '06\u00a012\u00a034\u00a056\u00a078', '06\u202f12 34 56 78', '0033612345678', '33612345678', '612345678',
    '+33612345678', '+33 (0)6 12 34 56 78', '٠٦١٢٣٤٥٦٧٨', ' \t0612345678\n', '\u202a0612345678\u202c', '０６１２３４５６７８',
  ])('reads %j as one French mobile (S60)', (text) => {
    expect(parsePhone(text, 'FR')).toEqual({ ok: true, e164: '+33612345678', country: 'FR', callingCode: '33', type: 'mobile', isTextable: true })
  })

  it.each<[string, CountryCode, string, string | null, string, boolean]>([
    ['0137284956', 'FR', '+33137284956', 'FR', 'fixed', false],
    ['0937123456', 'FR', '+33937123456', 'FR', 'voip', false],
    ['0692123456', 'FR', '+262692123456', 'RE', 'mobile', true],
    ['0690 12 34 56', 'FR', '+590690123456', 'GP', 'mobile', true],
    ['0696123456', 'FR', '+596696123456', 'MQ', 'mobile', true],
    ['0694123456', 'FR', '+594694123456', 'GF', 'mobile', true],
    ['+32 470 12 34 56', 'FR', '+32470123456', 'BE', 'mobile', true],
    ['0470 12 34 56', 'BE', '+32470123456', 'BE', 'mobile', true],
    ['+41 79 123 45 67', 'FR', '+41791234567', 'CH', 'mobile', true],
    ['07400 123456', 'GB', '+447400123456', 'GB', 'mobile', true],
    ['+447911123456', 'FR', '+447911123456', 'GG', 'mobile', true],
    ['+1 416 555 0123', 'FR', '+14165550123', 'CA', 'fixed_or_mobile', true],
    ['+61491570006', 'FR', '+61491570006', 'AU', 'mobile', true],
    ['0800 12 34 56', 'FR', '+33800123456', 'FR', 'other', false],
  ])('reads %s in %s as %s', (text, country, e164, where, type, isTextable) => {
    expect(parsePhone(text, country)).toMatchObject({ ok: true, e164, country: where, type, isTextable })
  })

  it.each([
    ['06 39 98 00 01', 'mobile', true], ['+33639981234', 'mobile', true], ['0199001234', 'fixed', false], ['02 61 91 00 00', 'fixed', false],
    ['0353011234', 'fixed', false], ['0465711234', 'fixed', false], ['0536491234', 'fixed', false],
  ])('recognises the fictional number %s, which reaches nobody', (text, type, isTextable) => {
    expect(parsePhone(text, 'FR')).toMatchObject({ ok: true, country: 'FR', type, isTextable })
  })

  it.each([
    ['', 'empty'], ['   ', 'empty'], ['\u200b', 'empty'],
    ['06 12 34 56 78 / 07 12 34 56 78', 'several_numbers'], ['0612345678 ou 0712345678', 'several_numbers'], ['0612345678;0712345678', 'several_numbers'],
    ['06123456780712345678', 'several_numbers'],
    ['6.12345678E8', 'not_a_number'], ['0612345678x', 'not_a_number'], ['tel:+33612345678', 'not_a_number'], ['Paul', 'not_a_number'], ['06 12 34 56 78 (Paul)', 'not_a_number'],
    ['061234', 'too_short'], ['36179', 'too_short'], ['12', 'too_short'],
    ['06123456789', 'too_long'], ['+33639980001234', 'too_long'],
    ['0700000000', 'invalid'], ['+33692123456', 'invalid'], ['0612345678 ext 5', 'invalid'],
    ['9'.repeat(101), 'not_a_number'],
  ])('refuses %j as %s', (text, problem) => {
    expect(parsePhone(text, 'FR')).toEqual({ ok: false, problem })
  })

  it('never throws, and what it accepts reads the same again', () => {
    const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'0123456789+ ().-/;,eExoutl\u00a0٠') }))
    fc.assert(fc.property(hostile, fc.constantFrom<CountryCode>('FR', 'BE', 'CH', 'GB'), (text, country) => {
      const parsed = parsePhone(text, country)
      if (!parsed.ok) return
      expect(parsed.e164).toMatch(/^\+[1-9]\d{4,14}$/)
      expect(parsePhone(parsed.e164, 'GB')).toEqual(parsed)
      expect(parsePhone(formatPhone(parsed.e164, 'FR'), 'FR')).toMatchObject({ e164: parsed.e164 })
    }), { numRuns: 1500 })
  })
})

describe('reading and masking', () => {
  it('formats nationally at home and internationally abroad, with spaces that do not break', () => {
    expect(formatPhone('+33639980001')).toBe('06 39 98 00 01'.replaceAll(' ', '\u00a0'))
    expect(formatPhone('+32470123456')).toBe('+32 470 12 34 56'.replaceAll(' ', '\u00a0'))
    expect(formatPhone('+32470123456', 'BE')).toBe('0470 12 34 56'.replaceAll(' ', '\u00a0'))
    expect(formatPhone('nonsense')).toBe('nonsense')
  })

  it('masks to four digits and canonicalises what the provider sends', () => {
    expect(lastDigits('+33639980001')).toBe('0001')
    expect(e164FromDigits('33639980001')).toBe('+33639980001')
    expect(e164FromDigits('AGENCE')).toBeNull()
    expect(e164FromDigits('0639980001')).toBeNull()
  })
})
