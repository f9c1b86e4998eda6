import { z } from 'zod'
import { readDate, type ReadDate } from '../core/date-input.ts'
import type { CalendarDate } from '../core/dates.ts'
import { decodeCursor, isCount } from '../core/paging.ts'
import { normaliseText } from '../message-templates/merge.ts'
import { rowId } from '../web/ids.ts'
import { LIST_TABS, type ListTab } from './domain.ts'
import { DEFAULT_LIST, LIST_SORTS, PERIODS, statusesOf, type ListCursor, type ListState } from './list.domain.ts'

export type ListFault = { field: 'from' | 'until'; reason: 'unreadable' | 'impossible' | 'ambiguous' | 'far' | 'before'; meant?: CalendarDate }

const word = z.string().catch('')
const typed = z.string().max(2_000).catch('').transform((text) => normaliseText(text).replace(/\s+/g, ' ').trim().slice(0, 40).trim())
const several = z.union([z.string(), z.array(z.unknown())]).catch([]).transform((value) => (typeof value === 'string' ? [value] : value.filter((one) => typeof one === 'string')))

const listQuery = z.object({
  tab: z.enum(Object.keys(LIST_TABS) as [ListTab, ...ListTab[]]).catch('active'),
  status: several,
  period: z.enum(PERIODS).catch('all'),
  from: typed,
  until: typed,
  mine: word.transform((text) => text === '1'),
  q: z.string().max(10_000).catch('').transform((text) => normaliseText(text).replace(/\s+/g, ' ').trim().slice(0, 120).trim()),
  sort: z.enum(LIST_SORTS).catch('start'),
  after: word,
})

/**
 * What an address or the form asks for. Anything that makes no sense counts as not given, but for dates: those are given back
 * with what is wrong, and narrow nothing. Dates win over a period, since somebody typed them.
 */
export function readList(query: unknown, today: CalendarDate): { state: ListState; faults: ListFault[] } {
  const given = listQuery.parse(query ?? {})
  const from = readBound('from', given.from, today)
  const until = readBound('until', given.until, today)
  const faults = [...from.faults, ...until.faults]
  if (faults.length === 0 && from.text !== '' && until.text !== '' && until.text < from.text) faults.push({ field: 'until', reason: 'before' })
  const state: ListState = {
    ...DEFAULT_LIST,
    statuses: given.status.length > 0 ? statusesOf(given.status) : LIST_TABS[given.tab],
    period: from.text !== '' || until.text !== '' ? 'custom' : given.period,
    from: from.text, until: until.text, mine: given.mine, q: given.q, sort: given.sort,
    after: readCursor(given.after, given.sort),
  }
  return { state, faults }
}

function readBound(field: 'from' | 'until', text: string, today: CalendarDate): { text: string; faults: ListFault[] } {
  if (text === '') return { text, faults: [] }
  const read: ReadDate = readDate(text, today)
  if (!read.ok) return { text, faults: [{ field, reason: read.problem, ...(read.problem === 'ambiguous' ? { meant: read.meant } : {}) }] }
  // Campaigns are of our days; years beyond these are slips of a finger.
  return { text: read.date, faults: read.date < '2000-01-01' || read.date > '2099-12-31' ? [{ field, reason: 'far' }] : [] }
}

/** Undefined where it is none of this order's: the list then starts at its beginning. */
function readCursor(text: string, sort: ListState['sort']): ListCursor | undefined {
  if (text.length > 2_000) return undefined
  const [place, id] = decodeCursor(text, 2) ?? []
  if (!isCount(id)) return undefined
  if (sort === 'name') return typeof place === 'string' && place.length <= 160 && !place.includes('\u0000') ? { name: place, id } : undefined
  // Microseconds; no calendar of the database goes on for ever.
  return isCount(place) && place < 4e15 ? { at: place, id } : undefined
}

const numbers = word.transform((text) => text.split('.').slice(0, 50).flatMap((part) => rowId.safeParse(part).data ?? []))

/** What a page of the list asks again: the rows it shows, which of them may have moved, and what it has seen of those. */
export const rowsQuery = z.object({ shown: numbers, moving: numbers, seen: z.string().max(80).catch('') })
