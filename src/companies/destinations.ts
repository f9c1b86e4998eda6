/** Where a company's texts may go: its own list of countries, and what its provider refuses from a day on (S104 to S107). Pure. */
import { dateIn, type CalendarDate } from '../core/dates.ts'
import { BLOCK_LISTS } from '../sms/blocked-destinations.ts'
import type { Settings } from './settings.ts'

export type DestinationSettings = Pick<Settings, 'sms.allowed_countries' | 'sms.block_lists' | 'sms.lifted_destinations' | 'sms.blocked_destinations'>

export type Block = {
  from: CalendarDate
  /** Whose list it stands on; null: the company's own. */
  listId: string | null
}

/** Each country that is blocked on some day, with the first of its days. */
export function blocksOf(settings: Omit<DestinationSettings, 'sms.allowed_countries'>): Map<string, Block> {
  const blocks = new Map<string, Block>()
  const add = (country: string, block: Block) => {
    const known = blocks.get(country)
    if (!known || block.from < known.from) blocks.set(country, block)
  }
  const lifted = settings['sms.lifted_destinations']
  for (const list of BLOCK_LISTS.filter(({ id }) => settings['sms.block_lists'].includes(id))) {
    for (const country of list.entries.flatMap(({ regions }) => regions)) if (!lifted.includes(country)) add(country, { from: list.from, listId: list.id })
  }
  for (const { country, from } of settings['sms.blocked_destinations']) add(country, { from, listId: null })
  return blocks
}

/** The company's countries on a day: those that may be texted, and those of its list that are blocked. Together they are the list. */
export type Destinations = { reachable: string[]; blocked: string[] }

export function destinationsOn(settings: DestinationSettings, day: CalendarDate): Destinations {
  const blocks = blocksOf(settings)
  const isBlocked = (country: string) => (blocks.get(country)?.from ?? '9999') <= day
  const allowed = settings['sms.allowed_countries']
  return { reachable: allowed.filter((country) => !isBlocked(country)), blocked: allowed.filter(isBlocked) }
}

/** The same for the day that it is for the company. */
export function destinationsAt(settings: DestinationSettings, { time_zone, now }: { time_zone: string; now: Date }): Destinations {
  return destinationsOn(settings, dateIn(time_zone, now))
}
