import type { Reader } from '../candidates/views.ts'
import { countryName, wholeNumber } from '../words/format.ts'
import type { Inspection } from './inspection.ts'

/** More lines than this are told by their number. */
const SHARES_SHOWN = 12

type Costed = Pick<Inspection, 'measured' | 'settings' | 'voices'>

/** What a campaign comes to in money, as far as prices are known; empty where no price is. */
export function amountText({ t, language }: Reader, { measured, settings }: Pick<Costed, 'measured' | 'settings'>): string {
  const prices = settings['sms.prices']
  const priced = measured.shares.filter(({ country }) => prices[country ?? ''] !== undefined)
  if (priced.length === 0) return ''
  const sum = priced.reduce((total, { country, segments }) => total + segments * prices[country!]!, 0)
  return t('compose.cost.amount', { amount: money(language, sum, settings['sms.currency']), isWhole: priced.length === measured.shares.length ? 'yes' : 'no' })
}

/** What leaves for each country from each sender, and what that costs. */
export function shareLines(reader: Reader, { measured, settings, voices }: Costed): string[] {
  const { t, language } = reader
  const lines = measured.shares.slice(0, SHARES_SHOWN).map(({ country, senderId, people, segments }) => {
    const price = settings['sms.prices'][country ?? '']
    return t('compose.cost.share', {
      country: country === null ? '?' : countryName(language, country), sender: voices.get(senderId)?.sender.address ?? '', people, segments: wholeNumber(language, segments),
      amount: price === undefined ? 'none' : money(language, segments * price, settings['sms.currency']),
    })
  })
  const rest = measured.shares.length - lines.length
  return rest > 0 ? [...lines, t('compose.cost.more', { count: rest })] : lines
}

function money(language: Reader['language'], amount: number, currency: string): string {
  return new Intl.NumberFormat(language === 'fr' ? 'fr-FR' : 'en-GB', { style: 'currency', currency, ...(amount < 1 ? { maximumFractionDigits: 4 } : {}) }).format(amount)
}
