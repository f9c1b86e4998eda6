import { encodeCursor } from '../core/paging.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment, wholeNumber } from '../words/format.ts'
import { KINDS, PAGE_SIZE, type CandidateFilters, type Kind } from './domain.ts'
import { filterForm, filterParts, without, type FilterFormModel } from './filters.views.ts'
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
  /** Undefined when this person can do nothing with a selection. */
  selection: SelectionModel | undefined
  menu: { label: string; look: 'plain'; items: MenuItem[] } | undefined
  /** Undefined where there is nobody to take along. */
  export: ExportMenu | undefined
  searches: { label: string; look: 'plain'; icon: string; items: MenuItem[] }
  /** A list, an import or a branch may hold both kinds of people. */
  kinds: { label: string; look: 'segments'; items: { label: string; href: string; isCurrent: boolean }[] } | undefined
  notice: 'cannotSend' | undefined
  /** What the words were read as, when nobody has them as they were typed. */
  close: { text: string; others: { text: string; href: string }[] } | undefined
  /** The town is not one we know. */
  unknownPlace: string | undefined
  empty: { heading: string; text: string; icon: string; action?: { href: string; label: string; icon?: string } } | undefined
}

type MenuItem = { label: string; icon: string; href: string } | { label: string; icon: string; post: string; fields: Record<string, string> } | { note: string } | { isLine: true }

export type SelectionModel = {
  /** Where the form goes by itself: the first of the actions. */
  action: string
  /** Which search the ticks belong to. */
  key: string
  total: number
  isCapped: boolean
  fields: [string, string][]
  mayTakeAll: boolean
  /** `key`: the letter that presses it. */
  actions: { label: string; icon: string; action: string; key?: string }[]
}

export type SavedSearch = { name: string; filters: CandidateFilters }

export type ListModel = {
  form: FilterFormModel
  importUrl: string | undefined
  newPerson: { url: string; label: string } | undefined
  results: ResultsModel
}

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/index': ListModel
    'candidates/_results': { results: ResultsModel }
  }
}

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
    form: filterForm(viewer, { action: listUrl(filters.kind), filters, choices, isPeriodFirst: false, fields: [] }),
    importUrl: viewer.privileges.has('candidates.import') ? paths.imports : undefined,
    newPerson: viewer.privileges.has('candidates.edit') ? { url: paths.newPerson(filters.kind), label: t('people.new', { kind: filters.kind }) } : undefined,
    results,
  }
}

type Found = {
  filters: CandidateFilters
  names: FilterNames
  /** Saved ones, for the menu. */
  searches: SavedSearch[]
  rows: CandidateRow[]
  /** Rows before the first one shown. */
  offset: number
  hasPrevious: boolean
  hasNext: boolean
  /** Words that nobody has; the filters hold what they were read as. */
  asked: string | undefined
  /** Other ways to read them. */
  others: CandidateFilters[]
  isPlaceUnknown: boolean
  counted: number
  /** There are more than were counted. */
  isCapped: boolean
  /** Most recipients of one campaign (S4). */
  mostRecipients: number
  hasAnyCandidate: boolean
}

export function resultsModel(viewer: Viewer, found: Found): ResultsModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const { filters, rows } = found
  const { isCapped } = found
  const shown = Math.max(found.counted, found.offset + rows.length)
  const parts = filterParts(reader, filters, found.names)
  const maySend = viewer.privileges.has('campaigns.send')
  return {
    label: t('candidates.listTitle', { kind: filters.kind }),
    countText: isCapped ? t('candidates.countCapped', { total: shown, kind: filters.kind }) : t('candidates.count', { total: found.counted, kind: filters.kind }),
    // What is typed in the search box shows there.
    activeFilters: parts.filter(({ name }) => name !== 'q').length,
    sentence: { parts: parts.map(({ text, name }) => ({ text, removeUrl: searchUrl(without(filters, name)) })), clearUrl: listUrl(filters.kind) },
    rows: rows.map((row) => rowModel(reader, filters.kind, row)),
    pager: peoplePager(found, shown, (beside) => searchUrl(filters, beside)),
    selection: rows.length > 0 ? selectionModel(viewer, reader, found) : undefined,
    menu: rows.length > 0 ? pageMenu(viewer, reader, found) : undefined,
    export: rows.length > 0 ? exportMenu(viewer.language, [paths.exportOf(listUrl(filters.kind)), filtersToQuery(filters)].filter(Boolean).join('?')) : undefined,
    searches: searchesMenu(reader, found),
    kinds: filters.list || filters.import || filters.branch ? kindTabs(reader, filters) : undefined,
    close: found.asked === undefined ? undefined : closeModel(reader, found.asked, found),
    unknownPlace: found.isPlaceUnknown ? t('candidates.unknownPlace', { town: filters.town }) : undefined,
    notice: maySend && !viewer.company.canSendSms ? 'cannotSend' : undefined,
    empty: rows.length > 0 ? undefined : emptyModel(viewer, reader, found),
  }
}

/** What can be done with ticked people (S17 to S19): the bar appears with the first of them. */
export function selectionModel(viewer: Viewer, { t }: Reader, { filters, counted, isCapped }: Pick<Found, 'filters' | 'counted' | 'isCapped'>): SelectionModel | undefined {
  const maySend = viewer.privileges.has('campaigns.send') && viewer.company.canSendSms
  const mayEdit = viewer.privileges.has('candidates.edit')
  const actions = [
    ...(maySend ? [{ label: t('candidates.launch'), icon: 'send', action: paths.campaigns, key: 'c' }] : []),
    ...(mayEdit ? [{ label: t('candidates.addToList'), icon: 'list', action: paths.listAddition }] : []),
    ...(mayEdit && filters.list ? [{ label: t('candidates.removeFromList'), icon: 'minus', action: paths.listRemoval }] : []),
  ]
  const [first] = actions
  return first && {
    action: first.action, key: filtersToQuery(filters) || 'all', total: counted, isCapped,
    fields: [['kind', filters.kind], ...givenFilters(filters)], mayTakeAll: viewer.privileges.has('campaigns.send_list') || (mayEdit && !maySend), actions,
  }
}

/** What can be done with the whole search, nobody being ticked (S12). */
export function pageMenu(viewer: Viewer, { t, language }: Reader, { filters, counted, isCapped, mostRecipients }: Pick<Found, 'filters' | 'counted' | 'isCapped' | 'mostRecipients'>): ResultsModel['menu'] {
  const { privileges } = viewer
  const fields = { all: '1', kind: filters.kind, ...Object.fromEntries(givenFilters(filters)) }
  const isList = givenFilters(filters).every(([name]) => name === 'list') && filters.list !== ''
  const maySend = privileges.has('campaigns.send') && privileges.has('campaigns.send_list') && viewer.company.canSendSms
  const total = counted
  const items: MenuItem[] = [
    ...(maySend
      ? [
          { label: t(isList ? 'candidates.sendList' : 'candidates.sendAll'), icon: 'send', post: paths.campaigns, fields },
          { note: isCapped ? t('candidates.sendAllNoteCapped', { total }) : t('candidates.sendAllNote', { total }) },
          // S44: how many there are exactly is said where the campaign is prepared.
          ...(isCapped || counted > mostRecipients ? [{ note: t('candidates.sendAllCapped', { limit: wholeNumber(language, mostRecipients) }) }] : []),
        ]
      : []),
    ...(privileges.has('candidates.edit') ? [{ label: t('candidates.addAllToList'), icon: 'list', post: paths.listAddition, fields }] : []),
  ]
  return items.length === 0 ? undefined : { label: t('candidates.pageMenu'), look: 'plain', items }
}

function closeModel({ t }: Reader, asked: string, { filters, others }: Found): NonNullable<ResultsModel['close']> {
  return { text: t('candidates.close', { asked, used: filters.q }), others: others.map((other) => ({ text: other.q, href: searchUrl(other) })) }
}

function searchesMenu({ t }: Reader, { filters, searches }: Found): ResultsModel['searches'] {
  const query = new URLSearchParams([...(filters.kind === 'contact' ? [['kind', 'contact'] as [string, string]] : []), ...givenFilters(filters)]).toString()
  return {
    label: t('candidates.searches'), look: 'plain', icon: 'bookmark',
    items: [
      { label: t('candidates.saveSearch'), icon: 'save', href: query ? `${paths.newSearch}?${query}` : paths.newSearch },
      ...(searches.length > 0 ? [{ isLine: true as const }] : []),
      ...searches.map((search) => ({ label: search.name, icon: 'bookmark', href: searchUrl(search.filters) })),
      { isLine: true },
      { label: t('candidates.allSearches'), icon: 'list', href: `${paths.lists}?tab=searches` },
    ],
  }
}

function kindTabs({ t }: Reader, filters: CandidateFilters): NonNullable<ResultsModel['kinds']> {
  return { label: t('candidates.kinds'), look: 'segments', items: KINDS.map((kind) => ({ label: t('candidates.listTitle', { kind }), href: searchUrl({ ...filters, kind }), isCurrent: kind === filters.kind })) }
}

type Place = Pick<CandidateRow, 'id' | 'score' | 'sort_name'>
type PageFound = Pick<Found, 'offset' | 'hasPrevious' | 'hasNext' | 'isCapped'> & { rows: readonly Place[] }

/** Of a list of people that is read by key; `urlOf` gives the address of the page beside a row, of the first one without. */
export function peoplePager({ rows, offset, isCapped, hasPrevious, hasNext }: PageFound, total: number, urlOf: (beside: { before?: string; after?: string }) => string): ResultsModel['pager'] {
  const [first, last] = [rows[0], rows.at(-1)]
  const cursor = (row: Place, before: number) => encodeCursor([row.score, row.sort_name, row.id, Math.max(0, before)])
  return {
    from: rows.length === 0 ? 0 : offset + 1,
    to: offset + rows.length,
    // The list may have grown since the count began: never « 51–100 sur 99 ».
    total: rows.length === 0 ? 0 : total,
    isCapped,
    target: '#results',
    ...(hasPrevious && first ? { previousUrl: urlOf({ before: cursor(first, offset - PAGE_SIZE) }), ...(offset > PAGE_SIZE ? { firstUrl: urlOf({}) } : {}) } : {}),
    ...(hasNext && last ? { nextUrl: urlOf({ after: cursor(last, offset + rows.length) }) } : {}),
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

function rowModel(reader: Reader, kind: Kind, row: CandidateRow): RowModel {
  const { t } = reader
  return {
    id: row.id,
    url: paths.person(kind, row.id),
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
