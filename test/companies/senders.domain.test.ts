import { describe, expect, test } from 'vitest'
import { fits, sendersByCountry, type Sender } from '../../src/companies/senders.domain.ts'

const sender = (id: number, address: string, countries: string[] = []): Sender => ({ id, pool_id: 1, label: '', address, can_receive: true, stop_text: '', per_second: null, countries })

describe('a sender for a country', () => {
  test.each([
    ['38047', [], 'FR', true], ['38047', ['FR'], 'BE', false], ['MARTIN', [], 'FR', true], ['MARTIN', [], 'US', false], ['MARTIN', ['US'], 'US', false], ['15551234567', [], 'US', true],
  ] as const)('%s kept for %j reaches %s: %s', (address, countries, country, isFit) => {
    expect(fits({ address, countries }, country)).toBe(isFit)
  })

  test('those kept for the country come before those for all; a country without any is not there', () => {
    const pool = [sender(3, '38049'), sender(1, '38047'), sender(2, '3255', ['BE'])]
    expect(sendersByCountry(pool, ['FR', 'BE'])).toEqual(new Map([['FR', [1, 3]], ['BE', [2]]]))
    expect(sendersByCountry([sender(1, 'MARTIN')], ['FR', 'US'])).toEqual(new Map([['FR', [1]]]))
    expect(sendersByCountry([], ['FR'])).toEqual(new Map())
  })
})
