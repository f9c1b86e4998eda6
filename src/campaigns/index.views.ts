/** The management page around its table: tabs, filters, order, and what to do where nothing is found (S70 to S76, S95). */
import { readerOf, type Reader } from '../candidates/views.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { shortDay, wholeNumber } from '../words/format.ts'
import { CAMPAIGN_STATUSES, LIST_TABS, type CampaignStatus, type ListTab } from './domain.ts'
import { DEFAULT_LIST, LIST_SORTS, PERIODS, tabOf, type ListSort, type ListState } from './list.domain.ts'
import type { ListFault } from './list.input.ts'
import type { CampaignListRow } from './list.queries.ts'
import { listUrl, rowsModel, type CampaignRowsModel } from './list.views.ts'
import type { SuspensionModel } from './sending.views.ts'

type Tabs = { label: string; look?: 'segments'; items: { label: string; href: string; count?: string; isCurrent: boolean }[] }

export type CampaignListModel = {
  newUrl: string | undefined
  export: ExportMenu
  suspension: SuspensionModel | undefined
  tabs: Tabs
  owner: Tabs
  q: string
  filters: {
    action: string
    summary: string
    isOpen: boolean
    hidden: [string, string][]
    statuses: { value: CampaignStatus; label: string; isChecked: boolean }[]
    periods: Tabs
    from: { value: string; error: string }
    until: { value: string; error: string }
    sorts: { value: ListSort; label: string; isSelected: boolean }[]
  }
  errors: { field: string; text: string }[]
  sentence: { parts: { text: string; removeUrl: string }[]; clearUrl: string }
  sort: Record<ListSort, { href: string; isCurrent: boolean }>
  rows: CampaignRowsModel
  pager: { nextUrl: string | undefined; firstUrl: string | undefined }
  empty: { heading: string; text: string; icon: string; action?: { href: string; label: string; icon?: string } } | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/index': CampaignListModel
  }
}

export const CAMPAIGNS_PER_PAGE = 25

export type ListGiven = {
  state: ListState
  faults: ListFault[]
  counts: Record<ListTab, number>
  rows: CampaignListRow[]
  hasMore: boolean
  suspension: SuspensionModel | undefined
}

export function listModel(viewer: Viewer, given: ListGiven, now: Date = new Date()): CampaignListModel {
  const reader = readerOf(viewer, now)
  const { t } = reader
  const { state, faults, rows, hasMore } = given
  const at = (change: Partial<ListState>) => listUrl({ ...state, after: undefined, ...change })
  const last = rows.at(-1)
  const newUrl = viewer.privileges.has('campaigns.send') ? paths.newCampaign : undefined
  const errors = faults.map((fault) => ({ field: fault.field, text: faultText(reader, fault, state) }))
  const parts = partsOf(reader, state, faults, at)
  return {
    newUrl,
    export: exportMenu(viewer.language, at({}).replace(paths.campaigns, paths.exportOf(paths.campaigns))),
    suspension: given.suspension,
    tabs: tabsModel(reader, given, at),
    owner: {
      label: t('campaigns.list.owner'), look: 'segments',
      items: [{ label: t('campaigns.list.everybody'), href: at({ mine: false }), isCurrent: !state.mine }, { label: t('campaigns.list.mine'), href: at({ mine: true }), isCurrent: state.mine }],
    },
    q: state.q,
    filters: {
      action: paths.campaigns, isOpen: errors.length > 0, hidden: [...(state.mine ? [['mine', '1'] as [string, string]] : []), ...(state.period === 'all' || state.period === 'custom' ? [] : [['period', state.period] as [string, string]])],
      summary: parts.length > 0 ? t('shared.filtersActive', { count: parts.length }) : t('shared.filters'),
      statuses: CAMPAIGN_STATUSES.map((value) => ({ value, label: t(`campaigns.status.${value}`), isChecked: state.statuses.includes(value) })),
      periods: {
        label: t('campaigns.list.period'), look: 'segments',
        items: PERIODS.map((period) => ({ label: t(`campaigns.period.${period}`), href: at({ period, from: '', until: '' }), isCurrent: period === state.period })),
      },
      from: { value: state.from, error: errors.find(({ field }) => field === 'from')?.text ?? '' },
      until: { value: state.until, error: errors.find(({ field }) => field === 'until')?.text ?? '' },
      sorts: LIST_SORTS.map((value) => ({ value, label: t(`campaigns.sort.${value}`), isSelected: value === state.sort })),
    },
    errors,
    sentence: { parts, clearUrl: listUrl({ ...DEFAULT_LIST, mine: state.mine, sort: state.sort }) },
    sort: { start: { href: at({ sort: 'start' }), isCurrent: state.sort === 'start' }, name: { href: at({ sort: 'name' }), isCurrent: state.sort === 'name' } },
    rows: rowsModel(viewer, rows, now),
    pager: {
      nextUrl: hasMore && last ? at({ after: state.sort === 'name' ? { name: last.name, id: last.id } : { at: last.sort_at, id: last.id } }) : undefined,
      firstUrl: state.after ? at({}) : undefined,
    },
    empty: rows.length > 0 ? undefined : emptyModel(reader, listUrl(state) === paths.campaigns, at, newUrl),
  }
}

function tabsModel({ t, language }: Reader, { state, counts }: ListGiven, at: (change: Partial<ListState>) => string): Tabs {
  const current = tabOf(state.statuses)
  return {
    label: t('campaigns.list.tabs'),
    items: (Object.keys(LIST_TABS) as ListTab[])
      .filter((name) => name !== 'suspended' || counts.suspended > 0 || current === 'suspended')
      .map((name) => ({ label: t(`campaigns.tab.${name}`), href: at({ statuses: LIST_TABS[name] }), count: wholeNumber(language, counts[name]), isCurrent: name === current })),
  }
}

/** What narrows the list besides tab and owner, in words, each removable. */
function partsOf(reader: Reader, state: ListState, faults: readonly ListFault[], at: (change: Partial<ListState>) => string): { text: string; removeUrl: string }[] {
  const { t } = reader
  const statuses = tabOf(state.statuses) === undefined ? [{ text: state.statuses.map((status) => t(`campaigns.status.${status}`)).join(', '), removeUrl: at({ statuses: DEFAULT_LIST.statuses }) }] : []
  const period = state.period === 'all' || state.period === 'custom' ? [] : [{ text: t(`campaigns.period.${state.period}`), removeUrl: at({ period: 'all' }) }]
  const custom = state.period === 'custom' && faults.length === 0 ? [{ text: rangeText(reader, state), removeUrl: at({ period: 'all', from: '', until: '' }) }] : []
  const words = state.q === '' ? [] : [{ text: t('campaigns.list.partName', { text: state.q }), removeUrl: at({ q: '' }) }]
  return [...statuses, ...period, ...custom, ...words]
}

function rangeText({ t, language, today }: Reader, { from, until }: Pick<ListState, 'from' | 'until'>): string {
  const day = (date: string) => shortDay(language, date, Number(today.slice(0, 4)))
  if (from && until) return t('campaigns.dates.between', { from: day(from), until: day(until) })
  return from ? t('campaigns.dates.from', { from: day(from) }) : t('campaigns.dates.until', { until: day(until) })
}

function faultText({ t, language, today }: Reader, { reason, meant }: ListFault, { from }: ListState): string {
  const day = (date: string) => shortDay(language, date, Number(today.slice(0, 4)))
  if (reason === 'ambiguous') return t('campaigns.date.ambiguous', { date: meant ? day(meant) : '' })
  return reason === 'before' ? t('campaigns.date.before', { date: day(from) }) : t(`campaigns.date.${reason}`)
}

function emptyModel({ t }: Reader, isDefault: boolean, at: (change: Partial<ListState>) => string, newUrl: string | undefined): CampaignListModel['empty'] {
  if (!isDefault) return { heading: t('campaigns.list.empty'), text: t('campaigns.list.emptyText'), icon: 'search-x', action: { href: at({ ...DEFAULT_LIST, statuses: LIST_TABS.all }), label: t('campaigns.list.showAll') } }
  return {
    heading: t('campaigns.list.emptyActive'), text: t('campaigns.list.emptyActiveText'), icon: 'message-square',
    ...(newUrl ? { action: { href: paths.candidates, label: t('campaigns.new.action'), icon: 'users' } } : {}),
  }
}
