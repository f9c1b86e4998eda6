/** What a company decided about the moments at which its campaigns may text. */
import type { WindowRules } from '../sms/windows.ts'
import type { Settings } from './settings.ts'

export function windowRules(settings: Pick<Settings, 'sms.window_zone' | 'sms.windows'>, companyZone: string): WindowRules {
  return { zone: settings['sms.window_zone'], companyZone, overrides: settings['sms.windows'] }
}
