import { z } from 'zod'
import { isCalendarDate } from '../core/dates.ts'
import { decodeCursor, isCount } from '../core/paging.ts'
import { rowId, rowIds } from '../web/ids.ts'
import { AVAILABILITIES, CONSENTS, FILTER_NAMES, KINDS, RADII, TIMELINE_KINDS, UNRANKED, type Audience, type CandidateFilters, type ListPosition, type TimelinePosition } from './domain.ts'

/** Typed or pasted by anybody: what does not fit counts as not given. NUL cannot be stored by PostgreSQL. */
const words = (longest: number) => z.string().transform((text) => text.replaceAll('\u0000', '').replace(/\s+/g, ' ').trim().slice(0, longest)).catch('')

const key = rowId.transform(String).catch('')

const day = z.string().refine(isCalendarDate).catch('')

/** A search from a query string or form. Never fails: bad values fall back to "any". */
export const candidateFilters = z.object({
  kind: z.enum(KINDS).catch('candidate'),
  q: words(120),
  trade: words(120),
  tag: words(60),
  skill: words(120),
  town: words(120),
  radius: z.enum(['', ...RADII]).catch(''),
  branch: key,
  list: key,
  import: key,
  availability: z.enum(['', ...AVAILABILITIES]).catch(''),
  from: day,
  until: day,
  consent: z.enum(['', ...CONSENTS]).catch(''),
  textable: z.enum(['', 'yes', 'no']).catch(''),
}).transform((filters): CandidateFilters => {
  const { town, radius, from, until } = filters
  // Two dates are a period, whichever was typed first.
  return { ...filters, radius: town === '' ? '' : radius, ...(until !== '' && until < from ? { from: until, until: from } : {}) }
})

/** The filters that are set, in their order. */
export function givenFilters(filters: CandidateFilters): [(typeof FILTER_NAMES)[number], string][] {
  return FILTER_NAMES.flatMap((name): [(typeof FILTER_NAMES)[number], string][] => (filters[name] ? [[name, filters[name]]] : []))
}

/** The one query string of a search, so that the same search has the same address; empty without filters. The kind is said by the path. */
export function filtersToQuery(filters: CandidateFilters): string {
  return new URLSearchParams(givenFilters(filters)).toString()
}

/** What a list sends: ticked records, or the search itself without some of its results. */
export function readAudience(body: unknown): Audience {
  const form = z.object({ ids: rowIds, all: z.string().catch(''), except: rowIds }).parse(body ?? {})
  if (form.all !== '1') return { mode: 'selected', ids: form.ids }
  return { mode: 'query', filters: candidateFilters.parse(body ?? {}), except: form.except }
}

/** The fields that `readAudience` reads, to carry a selection through a page. */
export function audienceFields(audience: Audience): [string, string][] {
  if (audience.mode === 'selected') return audience.ids.map((one): [string, string] => ['ids', String(one)])
  const { filters, except } = audience
  return [['all', '1'], ['kind', filters.kind], ...givenFilters(filters), ...except.map((one): [string, string] => ['except', String(one)])]
}

const oneText = z.string().max(2000).optional().catch(undefined)

/** Where in the list a page begins: after or before the row that a cursor names, and how many rows stand before it. */
export const listPlace = z.object({ after: oneText, before: oneText }).transform(({ after, before }): { position: ListPosition; offset: number } | undefined => {
  const cursor = decodeCursor(after ?? before, 4)
  if (!cursor) return undefined
  const [score = null, name, id, offset] = cursor
  if ((score !== UNRANKED && !isCount(score)) || typeof name !== 'string' || name.includes('\u0000') || !isCount(id) || !isCount(offset)) return undefined
  return { position: { from: [score, name, id], direction: after === undefined ? 'before' : 'after' }, offset }
})


export const timelineQuery = z.object({
  kind: z.enum(['', ...TIMELINE_KINDS]).catch(''),
  before: oneText.transform((text): TimelinePosition | undefined => {
    const cursor = decodeCursor(text, 3)
    if (!cursor) return undefined
    const [at, source, id] = cursor
    return isCount(at) && isCount(source) && isCount(id) ? { at, source, id } : undefined
  }),
})

export const NOTE_LENGTH = 4000

/** What the recruiter typed is kept as typed; only the ends are trimmed, and line ends are made equal. */
export const noteForm = z.object({ body: z.string().transform((text) => text.replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim()).catch('') })

export const optOutForm = z.object({ e164: z.string().regex(/^\+\d{7,15}$/) })

/** Why an opt-out is taken back. */
export const reasonForm = z.object({ reason: z.string().transform((text) => text.replaceAll('\u0000', '').trim()).catch('') })
