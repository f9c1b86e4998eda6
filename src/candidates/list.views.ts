import { encodeCursor } from '../core/paging.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment, wholeNumber } from '../words/format.ts'
import { PAGE_SIZE, RADII, type CandidateFilters, type Kind } from './domain.ts'
import { filtersToQuery, givenFilters } from './input.ts'
import type { CandidateRow, FilterChoices, FilterNames } from './list.queries.ts'
import { availabilityPill, dayText, nameOf, phoneText, readerOf, smsState, textablePill, type Pill, type Reader } from './views.ts'

export type RowModel = {
  id: number
  url: string
  name: string
  firstName: string
  lastName: string
  trade: string
  /** Client, town and qualifications. */
  place: string
  phone: string
  availability: Pill
  answer: { pill: Pill; on: string } | undefined
  sms: { text: string; datetime: string; exact: string; state: Pill } | undefined
  textable: Pill
}

export type ResultsModel = {
  label: string
  countText: string
  activeFilters: number
  sentence: { parts: { text: string; removeUrl: string }[]; clearUrl: string }
  rows: RowModel[]
  pager: { from: number; to: number; total: number; isCapped: boolean; previousUrl?: string; nextUrl?: string; firstUrl?: string; target: string }
  /** Undefined when this person or agency cannot send. */
  selection: { action: string; key: string; total: number; fields: [string, string][]; mayTakeAll: boolean; takeAllNotes: string[] } | undefined
  notice: 'cannotSend' | undefined
  empty: { heading: string; text: string; icon: string; action?: { href: string; label: string; icon?: string } } | undefined
}

export type ListModel = {
  action: string
  filters: CandidateFilters
  choices: FilterChoices
  radii: { value: string; label: string }[]
  /** A filter in use must be in sight. */
  showsMore: boolean
  importUrl: string | undefined
  results: ResultsModel
}

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/index': ListModel
    'candidates/_results': { results: ResultsModel }
  }
}

/** Counted exactly up to here; beyond, the page says « plus de 10 000 ». */
export const COUNTED_TO = 10_000

/** The list of one kind, without filters. */
export function listUrl(kind: Kind): string {
  return kind === 'contact' ? paths.contacts : paths.candidates
}

/** The canonical address of a search, or of one page of it. */
export function searchUrl(filters: CandidateFilters, place: Record<string, string> = {}): string {
  const query = [filtersToQuery(filters), new URLSearchParams(place).toString()].filter(Boolean).join('&')
  return query ? `${listUrl(filters.kind)}?${query}` : listUrl(filters.kind)
}

export function listModel(viewer: Viewer, filters: CandidateFilters, choices: FilterChoices, results: ResultsModel): ListModel {
  const { t } = readerOf(viewer)
  return {
    action: listUrl(filters.kind),
    filters,
    choices,
    radii: RADII.map((value) => ({ value, label: t('candidates.filter.radiusOf', { km: value }) })),
    showsMore: [filters.tag, filters.skill, filters.branch, filters.consent].some(Boolean),
    importUrl: viewer.privileges.has('candidates.import') ? paths.imports : undefined,
    results,
  }
}

type Found = {
  filters: CandidateFilters
  names: FilterNames
  rows: CandidateRow[]
  /** Rows before the first one shown. */
  offset: number
  hasPrevious: boolean
  hasNext: boolean
  /** No further than COUNTED_TO + 1. */
  counted: number
  /** Exact where somebody may select all of it. */
  total: number
  /** Most recipients of one campaign (S4). */
  mostRecipients: number
  hasAnyCandidate: boolean
}

export function resultsModel(viewer: Viewer, found: Found): ResultsModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const { filters, rows } = found
  const isCapped = found.counted > COUNTED_TO
  const shown = isCapped ? COUNTED_TO : found.counted
  const parts = filterParts(reader, filters, found.names)
  const maySend = viewer.privileges.has('campaigns.send')
  return {
    label: t('candidates.listTitle', { kind: filters.kind }),
    countText: isCapped ? t('candidates.countCapped', { total: COUNTED_TO, kind: filters.kind }) : t('candidates.count', { total: found.counted, kind: filters.kind }),
    // What is typed in the search box shows there.
    activeFilters: parts.filter(({ name }) => name !== 'q').length,
    sentence: { parts: parts.map(({ text, name }) => ({ text, removeUrl: searchUrl(without(filters, name)) })), clearUrl: listUrl(filters.kind) },
    rows: rows.map((row) => rowModel(reader, row)),
    pager: pagerModel(found, shown, isCapped),
    selection:
      maySend && viewer.company.canSendSms && rows.length > 0
        ? {
            action: paths.campaigns, key: filtersToQuery(filters), total: found.total, fields: [['kind', filters.kind], ...givenFilters(filters)], mayTakeAll: viewer.privileges.has('campaigns.send_list'),
            takeAllNotes: takeAllNotes(reader, found),
          }
        : undefined,
    notice: maySend && !viewer.company.canSendSms ? 'cannotSend' : undefined,
    empty: rows.length > 0 ? undefined : emptyModel(viewer, reader, found),
  }
}

/** How many the whole search is, and that a campaign reaches no more than its limit (S12, S44). */
function takeAllNotes({ t, language }: Reader, { total, mostRecipients }: Found): string[] {
  return [t('candidates.sendAllNote', { total }), ...(total > mostRecipients ? [t('candidates.sendAllCapped', { limit: wholeNumber(language, mostRecipients) })] : [])]
}

type Part = { name: keyof CandidateFilters; text: string }

/** The search in words. A list, an import or a branch that is gone is told too: nobody is found in it. */
export function filterParts({ t }: Reader, filters: CandidateFilters, names: FilterNames): Part[] {
  const words: Partial<Record<keyof CandidateFilters, string>> = {
    q: t('candidates.part.q', { text: filters.q }),
    trade: filters.trade,
    tag: t('candidates.part.tag', { text: filters.tag }),
    skill: filters.skill,
    town: filters.radius ? t('candidates.part.around', { text: filters.town, km: filters.radius }) : t('candidates.part.town', { text: filters.town }),
    branch: t('candidates.part.branch', { text: names.branch ?? t('candidates.part.unknown') }),
    list: t('candidates.part.list', { text: names.list ?? t('candidates.part.unknown') }),
    import: t('candidates.part.import', { text: names.import ?? t('candidates.part.unknown') }),
    availability: filters.availability && t(`candidates.availability.${filters.availability}`),
    consent: filters.consent && t(`candidates.consent.${filters.consent}`),
    textable: t(filters.textable === 'yes' ? 'candidates.part.textableYes' : 'candidates.part.textableNo'),
  }
  // The radius is told with its town, and goes with it.
  return givenFilters(filters).flatMap(([name]): Part[] => (name === 'radius' ? [] : [{ name, text: words[name] ?? '' }]))
}

/** The same search without one of its filters. */
function without(filters: CandidateFilters, name: keyof CandidateFilters): CandidateFilters {
  return { ...filters, [name]: '', ...(name === 'town' ? { radius: '' } : {}) }
}

function pagerModel(found: Found, total: number, isCapped: boolean): ResultsModel['pager'] {
  const { rows, offset, filters } = found
  const [first, last] = [rows[0], rows.at(-1)]
  const cursor = (row: CandidateRow, before: number) => encodeCursor([row.score, row.sort_name, row.id, Math.max(0, before)])
  return {
    from: rows.length === 0 ? 0 : offset + 1,
    to: offset + rows.length,
    // The list may have grown since the count began: never « 51–100 sur 99 ».
    total: rows.length === 0 ? 0 : Math.max(total, isCapped ? total : offset + rows.length),
    isCapped,
    target: '#results',
    ...(found.hasPrevious && first ? { previousUrl: searchUrl(filters, { before: cursor(first, offset - PAGE_SIZE) }), ...(offset > PAGE_SIZE ? { firstUrl: searchUrl(filters) } : {}) } : {}),
    ...(found.hasNext && last ? { nextUrl: searchUrl(filters, { after: cursor(last, offset + rows.length) }) } : {}),
  }
}

function emptyModel(viewer: Viewer, { t }: Reader, found: Found): NonNullable<ResultsModel['empty']> {
  if (found.hasAnyCandidate) {
    return { heading: t('candidates.empty.noMatchHeading', { kind: found.filters.kind }), text: t('candidates.empty.noMatch'), icon: 'search-x', action: { href: listUrl(found.filters.kind), label: t('shared.clearFilters') } }
  }
  const heading = t('candidates.empty.noneHeading', { kind: found.filters.kind })
  if (!viewer.privileges.has('candidates.import')) return { heading, text: t('candidates.empty.noneReader'), icon: 'users' }
  return { heading, text: t('candidates.empty.none'), icon: 'users', action: { href: paths.imports, label: t('candidates.empty.importAction'), icon: 'file-up' } }
}

function rowModel(reader: Reader, row: CandidateRow): RowModel {
  const { t } = reader
  return {
    id: row.id,
    url: paths.candidate(row.id),
    name: nameOf(t, row),
    firstName: row.last_name ? row.first_name : '',
    lastName: row.last_name || row.first_name || nameOf(t, row),
    trade: row.trade ?? '',
    place: [row.organisation, row.town, row.skills.join(', ')].filter(Boolean).join(' · '),
    phone: phoneText(reader, row.e164, row.raw_phone),
    availability: availabilityPill(reader, row.availability, row.available_from, row.available_until),
    answer: row.answer && row.answered_at ? { pill: answerPill(reader, row.answer), on: dayText(reader, row.answered_at) } : undefined,
    sms: row.sms_at && row.sms_state ? { text: dayText(reader, row.sms_at), datetime: row.sms_at.toISOString(), exact: longMoment(reader.language, row.sms_at, reader.zone), state: smsState(t, row.sms_state) } : undefined,
    textable: textablePill(t, row.reason),
  }
}

function answerPill({ t }: Reader, choice: 'yes' | 'no'): Pill {
  return choice === 'yes' ? { text: t('shared.answerYes'), tone: 'ok', icon: 'circle-check' } : { text: t('shared.answerNo'), tone: 'error', icon: 'circle-x' }
}
