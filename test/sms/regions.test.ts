import { describe, expect, test } from 'vitest'
import { BLOCK_LISTS } from '../../src/sms/blocked-destinations.ts'
import { regionsOf } from '../../src/sms/regions.ts'

describe('where a number may be from (S107)', () => {
  test.each([
    ['+262692123456', 'RE', ['RE']], ['0692 12 34 56', 'RE', ['RE']], ['+262639123456', null, ['RE', 'YT']], ['+590690123456', 'GP', ['GP', 'BL', 'MF']],
    ['+77011234567', 'KZ', ['KZ']], ['+79161234567', 'RU', ['RU']], ['+358401234567', 'FI', ['FI', 'AX']], ['+35818123456', 'AX', ['AX']],
    ['+393331234567', 'IT', ['IT', 'VA']], ['+15145551234', 'CA', ['CA']], ['+12684641234', 'AG', ['AG']], ['06 39 98 00 01', 'FR', ['FR']],
  ])('%s', (number, region, possible) => {
    expect(regionsOf(number, 'FR')).toMatchObject({ region, possible })
  })

  test.each(['', 'bonjour', '12', '+'])('« %s » is no number', (text) => {
    expect(regionsOf(text, 'FR')).toBeUndefined()
  })
})

test('the list of SMS Central has 36 entries, each with regions, none twice (S104, S105)', () => {
  const list = BLOCK_LISTS.find(({ id }) => id === 'sms_central')!
  expect(list.entries).toHaveLength(36)
  expect(list.from).toBe('2023-07-14')
  const regions = list.entries.flatMap((entry) => entry.regions)
  expect(new Set(regions).size).toBe(regions.length)
  expect(regions).toHaveLength(38)
  for (const code of ['GP', 'GF', 'MQ', 'YT', 'RE', 'MF', 'XK', 'IO', 'BQ', 'CW', 'SX', 'VA', 'AX']) expect(regions).toContain(code)
})
