/** Which campaigns a list shows, and in which order (S70 to S76). Pure. */
import { addDays, addMonths, type CalendarDate } from '../core/dates.ts'
import { CAMPAIGN_STATUSES, LIST_TABS, type CampaignStatus, type ListTab } from './domain.ts'
import { instantOf } from './schedule.domain.ts'

/** When a campaign starts or started; `custom` has dates of its own (S74). */
export const PERIODS = ['all', 'today', 'week', 'month', 'last_month', 'upcoming'] as const
export type Period = (typeof PERIODS)[number] | 'custom'

/** By start, latest first, or by name (S76). */
export const LIST_SORTS = ['start', 'name'] as const
export type ListSort = (typeof LIST_SORTS)[number]

/** The row that a page begins after: its place in the order, and its id. */
export type ListCursor = { at: number; id: number } | { name: string; id: number }

export type ListState = {
  statuses: readonly CampaignStatus[]
  period: Period
  /** As typed where nobody can read it, else `YYYY-MM-DD`; empty: open on that side. */
  from: string
  until: string
  mine: boolean
  q: string
  sort: ListSort
  after: ListCursor | undefined
}

export const DEFAULT_LIST: ListState = { statuses: LIST_TABS.active, period: 'all', from: '', until: '', mine: false, q: '', sort: 'start', after: undefined }

/** Each once and in the order of the table, so that the same choice has the same address; nothing chosen is the default (S75). */
export function statusesOf(chosen: readonly string[]): readonly CampaignStatus[] {
  const statuses = CAMPAIGN_STATUSES.filter((status) => chosen.includes(status))
  return statuses.length === 0 ? LIST_TABS.active : statuses
}

/** The tab that shows exactly these. */
export function tabOf(statuses: readonly CampaignStatus[]): ListTab | undefined {
  return (Object.keys(LIST_TABS) as ListTab[]).find((tab) => LIST_TABS[tab].length === statuses.length && statuses.every((status) => (LIST_TABS[tab] as readonly CampaignStatus[]).includes(status)))
}

/** Starts at `from` or later and before `until`; undefined: open on that side. */
export type StartRange = { from: Date | undefined; until: Date | undefined }

/** The days of a period for people living in `zone`, both ends included; `upcoming` is what has not begun. */
export function rangeOf({ period, from, until }: Pick<ListState, 'period' | 'from' | 'until'>, today: CalendarDate, zone: string, now: Date): StartRange {
  const midnight = (on: CalendarDate) => instantOf({ on, time: '00:00', zone })
  const days = (first: CalendarDate | undefined, last: CalendarDate | undefined): StartRange => ({ from: first ? midnight(first) : undefined, until: last ? midnight(addDays(last, 1)) : undefined })
  const firstOfMonth = `${today.slice(0, 8)}01`
  switch (period) {
    case 'today': return days(today, today)
    case 'week': return days(addDays(today, -6), today)
    case 'month': return days(firstOfMonth, addDays(addMonths(firstOfMonth, 1), -1))
    case 'last_month': return days(addMonths(firstOfMonth, -1), addDays(firstOfMonth, -1))
    case 'upcoming': return { from: now, until: undefined }
    case 'custom': return days(from || undefined, until || undefined)
    default: return { from: undefined, until: undefined }
  }
}
