/** What a company decided about when, where and how much its campaigns may text. */
import type { WindowRules } from '../sms/windows.ts'
import { blocksOf, type Block } from './destinations.ts'
import type { Settings } from './settings.ts'

export type SendingRules = {
  windows: WindowRules
  allowedCountries: readonly string[]
  /** Of those, what is blocked from a day on. */
  blocks: ReadonlyMap<string, Block>
  /** Whose days they are. */
  zone: string
  /** No second campaign text to a number within so many hours; 0: no such rule. */
  minHoursBetween: number
  /** In segments; null: no limit. */
  campaignBudget: number | null
  dayBudget: number | null
}

export function sendingRules(settings: Settings, companyZone: string): SendingRules {
  return {
    windows: windowRules(settings, companyZone),
    allowedCountries: settings['sms.allowed_countries'],
    blocks: blocksOf(settings),
    zone: companyZone,
    minHoursBetween: settings['sms.min_hours_between'],
    campaignBudget: settings['budget.campaign_segments'],
    dayBudget: settings['budget.day_segments'],
  }
}

export function windowRules(settings: Pick<Settings, 'sms.window_zone' | 'sms.windows'>, companyZone: string): WindowRules {
  return { zone: settings['sms.window_zone'], companyZone, overrides: settings['sms.windows'] }
}
