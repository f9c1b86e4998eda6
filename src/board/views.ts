import { freeSpan } from '../candidates/days.domain.ts'
import { NO_FILTERS, type CandidateFilters } from '../candidates/domain.ts'
import { filterForm, filterParts, without, type FilterFormModel } from '../candidates/filters.views.ts'
import { filtersToQuery } from '../candidates/input.ts'
import type { FilterChoices, FilterNames } from '../candidates/list.queries.ts'
import { pageMenu, peoplePager, selectionModel, type ResultsModel, type SelectionModel } from '../candidates/list.views.ts'
import { availabilityPill, availabilityText, nameOf, readerOf, type Pill, type Reader } from '../candidates/views.ts'
import { weekday } from '../core/dates.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { shortDay } from '../words/format.ts'
import { headModel, type HeadModel } from './days.views.ts'
import { BOARD_SORTS, BOARD_WEEKS, type BoardChoice, type BoardDays } from './domain.ts'
import { boardUrl, choiceFields } from './input.ts'
import type { BoardRow } from './queries.ts'

export type BoardRowModel = {
  id: number
  url: string
  name: string
  place: string
  /** What the bar shows, in words. */
  text: string
  /** In percent of the width; undefined where nothing is known of any day in sight. */
  bar: { state: 'available' | 'unavailable'; x: string; width: string } | undefined
  /** The state alone: a list has columns for the days. */
  pill: Pill
  from: string
  until: string
}

type Segments = { label: string; look: 'segments'; items: { label: string; href: string; isCurrent: boolean }[] }

export type BoardResults = {
  label: string
  countText: string
  activeFilters: number
  sentence: ResultsModel['sentence']
  unknownPlace: string | undefined
  notice: 'cannotSend' | undefined
  /** « Disponibles du lun. 23 au ven. 27 nov. : 84 », and the button that selects them. */
  period: { text: string; select: string | undefined } | undefined
  look: BoardChoice['look']
  weeks: BoardChoice['weeks']
  /** 1 is Monday; where the line of today stands. */
  weekday: number
  /** Of a desk, where bars come by themselves, and of a phone, where words do. */
  looks: { wide: Segments; narrow: Segments }
  lengths: Segments
  sorts: Segments
  export: ExportMenu
  menu: ResultsModel['menu']
  selection: SelectionModel | undefined
  head: HeadModel
  rows: BoardRowModel[]
  pager: ResultsModel['pager']
  empty: ResultsModel['empty']
}

declare module '../web/render.ts' {
  interface ViewModels {
    'board/index': { form: FilterFormModel; results: BoardResults; feedsUrl: string }
    'board/_results': { results: BoardResults }
  }
}

export type Found = {
  filters: CandidateFilters
  choice: BoardChoice
  days: BoardDays
  names: FilterNames
  isPlaceUnknown: boolean
  rows: BoardRow[]
  /** Undefined where too many are free for a page to count them. */
  counts: number[] | undefined
  offset: number
  hasPrevious: boolean
  hasNext: boolean
  counted: number
  isCapped: boolean
  mostRecipients: number
}

export function boardForm(viewer: Viewer, { filters, choice }: Pick<Found, 'filters' | 'choice'>, choices: FilterChoices): FilterFormModel {
  return filterForm(viewer, { action: paths.board, filters, choices, isPeriodFirst: true, fields: choiceFields(choice) })
}

export function boardResults(viewer: Viewer, found: Found): BoardResults {
  const reader = { ...readerOf(viewer), today: found.days.today }
  const { t } = reader
  const { filters, choice, rows, isCapped } = found
  const total = Math.max(found.counted, found.offset + rows.length)
  const parts = filterParts(reader, filters, found.names)
  const selection = rows.length > 0 ? selectionModel(viewer, reader, { filters, counted: total, isCapped }) : undefined
  return {
    label: t('board.title'),
    countText: isCapped ? t('candidates.countCapped', { total, kind: filters.kind }) : t('candidates.count', { total, kind: filters.kind }),
    activeFilters: parts.filter(({ name }) => name !== 'q').length,
    sentence: { parts: parts.map(({ text, name }) => ({ text, removeUrl: boardUrl(without(filters, name), choice) })), clearUrl: boardUrl(NO_FILTERS, choice) },
    unknownPlace: found.isPlaceUnknown ? t('candidates.unknownPlace', { town: filters.town }) : undefined,
    notice: viewer.privileges.has('campaigns.send') && !viewer.company.canSendSms ? 'cannotSend' : undefined,
    period: periodModel(reader, found, total, selection?.mayTakeAll === true),
    look: choice.look,
    weeks: choice.weeks,
    weekday: weekday(found.days.today),
    ...switches(reader, found),
    export: exportMenu(viewer.language, [paths.exportOf(paths.board), filtersToQuery(filters)].filter(Boolean).join('?')),
    menu: rows.length > 0 ? pageMenu(viewer, reader, { filters, counted: total, isCapped, mostRecipients: found.mostRecipients }) : undefined,
    selection,
    head: headModel(reader, found),
    rows: rows.map((row) => rowModel(reader, found.days, row)),
    pager: peoplePager(found, total, (beside) => boardUrl(filters, choice, beside)),
    empty: rows.length > 0 ? undefined : { heading: t('candidates.empty.noMatchHeading', { kind: filters.kind }), text: t('candidates.empty.noMatch'), icon: 'search-x', action: { href: paths.board, label: t('shared.clearFilters') } },
  }
}

/** The days chosen, and how many are free on every one of them. */
function periodModel({ t, language, today }: Reader, { filters, isCapped }: Found, total: number, mayTakeAll: boolean): BoardResults['period'] {
  const [from, until] = [filters.from || filters.until, filters.until || filters.from]
  if (from === '') return undefined
  const day = (date: string) => shortDay(language, date, Number(today.slice(0, 4)))
  const given = { from: day(from), until: day(until), total, isOneDay: from === until ? 'yes' : 'no', isCapped: isCapped ? 'yes' : 'no' }
  return { text: t('board.period', given), select: mayTakeAll && total > 0 ? t('board.selectPeriod', { total, isCapped: given.isCapped }) : undefined }
}

/** Bars or words, how many weeks, in which order: each a link to the same search. */
function switches({ t }: Reader, { filters, choice }: Found): Pick<BoardResults, 'looks' | 'lengths' | 'sorts'> {
  const segments = (label: string, items: { label: string; given: Partial<BoardChoice>; isCurrent: boolean }[]): Segments => ({
    label, look: 'segments', items: items.map(({ given, ...item }) => ({ ...item, href: boardUrl(filters, { ...choice, ...given }) })),
  })
  const { look } = choice
  const label = t('board.look.label')
  return {
    looks: {
      wide: segments(label, [{ label: t('board.look.calendar'), given: { look: '' }, isCurrent: look !== 'list' }, { label: t('board.look.list'), given: { look: 'list' }, isCurrent: look === 'list' }]),
      narrow: segments(label, [{ label: t('board.look.list'), given: { look: '' }, isCurrent: look !== 'calendar' }, { label: t('board.look.calendar'), given: { look: 'calendar' }, isCurrent: look === 'calendar' }]),
    },
    lengths: segments(t('board.weeks.label'), BOARD_WEEKS.map((weeks) => ({ label: t('board.weeks.count', { weeks }), given: { weeks }, isCurrent: weeks === choice.weeks }))),
    sorts: segments(t('board.sort.label'), BOARD_SORTS.map((sort) => ({ label: t(`board.sort.${sort}`), given: { sort }, isCurrent: sort === choice.sort }))),
  }
}

function rowModel(reader: Reader, { today, start, count }: BoardDays, row: BoardRow): BoardRowModel {
  const { availability: state, available_from: from, available_until: until } = row
  const free = freeSpan(row, start, count)
  const share = (days: number) => `${Number(((100 * days) / count).toFixed(2))}%`
  const day = (date: string | null) => (state === 'available' && date ? shortDay(reader.language, date, Number(today.slice(0, 4))) : '')
  return {
    id: row.id,
    url: paths.candidate(row.id),
    name: nameOf(reader.t, row),
    place: [row.trade, row.town].filter(Boolean).join(' · '),
    text: availabilityText(reader, state, from, until),
    bar: free ? { state: 'available', x: share(free.first), width: share(free.length) } : state === 'unavailable' ? { state, x: '0', width: '100%' } : undefined,
    pill: { ...availabilityPill(reader, state, null, null), text: reader.t(`candidates.availability.${state}`) },
    from: day(from),
    until: day(until),
  }
}
