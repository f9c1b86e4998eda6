import { COUNTED_TO, NO_FILTERS, type CandidateFilters } from '../candidates/domain.ts'
import { audienceFields } from '../candidates/input.ts'
import { filterParts } from '../candidates/filters.views.ts'
import { searchUrl } from '../candidates/list.views.ts'
import { readerOf, type Reader } from '../candidates/views.ts'
import { encodeCursor } from '../core/paging.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment, shortMoment } from '../words/format.ts'
import { LIST_TABS, type ListTab } from './domain.ts'
import type { OverviewRow } from './overview.queries.ts'

type MenuItem = { label: string; icon: string; href: string; isDanger?: boolean } | { label: string; icon: string; post: string; fields: Record<string, string> }
type Row = {
  name: string
  url: string
  note: string
  people: string
  author: string
  isShared: boolean
  at: { text: string; datetime: string; exact: string }
  menu: { label: string; items: MenuItem[] }
}

export type OverviewModel = {
  tabs: { label: string; items: { label: string; href: string; isCurrent: boolean }[] }
  label: string
  showsPeople: boolean
  showsAuthor: boolean
  rows: Row[]
  nextUrl: string | undefined
  firstUrl: string | undefined
  newUrl: string | undefined
  export: ExportMenu | undefined
  empty: { heading: string; text: string; icon: string; action?: { href: string; label: string; icon: string } } | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'lists/index': OverviewModel
  }
}

export function overviewUrl(tab: ListTab, after?: string): string {
  const query = new URLSearchParams({ ...(tab === 'folders' ? {} : { tab }), ...(after === undefined ? {} : { after }) }).toString()
  return query ? `${paths.lists}?${query}` : paths.lists
}

/** The search that an entry stands for. */
export function filtersOf(tab: ListTab, row: Pick<OverviewRow, 'id' | 'filters'>): CandidateFilters {
  switch (tab) {
    case 'searches': return { ...NO_FILTERS, ...(row.filters as Partial<CandidateFilters>) }
    case 'imports': return { ...NO_FILTERS, import: String(row.id) }
    case 'branches': return { ...NO_FILTERS, branch: String(row.id) }
    default: return { ...NO_FILTERS, list: String(row.id) }
  }
}

export function overviewModel(viewer: Viewer, asked: { tab: ListTab; isFirst: boolean }, found: { rows: OverviewRow[]; hasMore: boolean }): OverviewModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const { tab } = asked
  const last = found.rows.at(-1)
  const mayEdit = viewer.privileges.has('candidates.edit')
  return {
    tabs: { label: t('lists.title'), items: LIST_TABS.map((one) => ({ label: t(`lists.tab.${one}`), href: overviewUrl(one), isCurrent: one === tab })) },
    label: t(`lists.tab.${tab}`),
    showsPeople: tab !== 'searches',
    showsAuthor: tab === 'searches' || tab === 'folders' || tab === 'imports',
    rows: found.rows.map((row) => rowModel(viewer, reader, tab, row)),
    nextUrl: found.hasMore && last ? overviewUrl(tab, encodeCursor([last.sort, last.id])) : undefined,
    firstUrl: asked.isFirst ? undefined : overviewUrl(tab),
    newUrl: mayEdit ? paths.newList : undefined,
    export: found.rows.length > 0 ? exportMenu(viewer.language, overviewUrl(tab).replace(paths.lists, paths.exportOf(paths.lists))) : undefined,
    empty: found.rows.length > 0 ? undefined : emptyModel(viewer, reader, tab),
  }
}

/** A search is told in words; what its filters name by ids is told once it is open. */
export function noteOf(reader: Reader, tab: ListTab, row: Pick<OverviewRow, 'id' | 'filters' | 'note'>): string {
  if (tab !== 'searches') return row.note
  const none = { branch: undefined, list: undefined, import: undefined }
  return filterParts(reader, { ...filtersOf(tab, row), branch: '', list: '', import: '' }, none).map(({ text }) => text).join(' · ')
}

function rowModel(viewer: Viewer, reader: Reader, tab: ListTab, row: OverviewRow): Row {
  const { t, language, zone } = reader
  const filters = filtersOf(tab, row)
  return {
    name: row.name,
    url: searchUrl(filters),
    note: noteOf(reader, tab, row),
    people: row.people === null ? '' : row.people > COUNTED_TO ? t('lists.peopleCapped', { n: COUNTED_TO }) : t('lists.people', { n: row.people }),
    author: row.is_mine ? t('lists.mine') : (row.author ?? ''),
    isShared: row.is_shared,
    at: { text: shortMoment(language, row.at, zone), datetime: row.at.toISOString(), exact: longMoment(language, row.at, zone) },
    menu: { label: t('shared.actionsFor', { name: row.name }), items: menuItems(viewer, reader, tab, row, filters) },
  }
}

function menuItems(viewer: Viewer, { t }: Reader, tab: ListTab, row: OverviewRow, filters: CandidateFilters): MenuItem[] {
  const may = (privilege: Parameters<typeof viewer.privileges.has>[0]) => viewer.privileges.has(privilege)
  const items: MenuItem[] = [{ label: t('lists.open'), icon: 'users', href: searchUrl(filters) }]
  if (may('campaigns.send') && may('campaigns.send_list') && viewer.company.canSendSms && row.people !== 0) {
    items.push({ label: t('candidates.launch'), icon: 'send', post: paths.campaigns, fields: Object.fromEntries(audienceFields({ mode: 'query', filters, except: [] })) })
  }
  if (tab === 'folders' && may('candidates.edit')) {
    items.push({ label: t('lists.rename'), icon: 'pencil', href: paths.list(row.id) }, { label: t('lists.archive'), icon: 'archive', href: paths.listArchiving(row.id), isDanger: true })
  }
  if (tab === 'searches' && mayChange(viewer, row.is_mine)) {
    items.push({ label: t('lists.rename'), icon: 'pencil', href: paths.search(row.id) }, { label: t('lists.delete'), icon: 'trash-2', href: paths.searchDeletion(row.id), isDanger: true })
  }
  return items
}

/** A shared search is its author's; an administrator may tidy up. */
export function mayChange(viewer: Viewer, isMine: boolean): boolean {
  return isMine || viewer.privileges.has('settings.edit')
}

function emptyModel(viewer: Viewer, { t }: Reader, tab: ListTab): NonNullable<OverviewModel['empty']> {
  const empty = { heading: t(`lists.empty.${tab}Heading`), text: t(`lists.empty.${tab}`), icon: tab === 'searches' ? 'bookmark' : 'list' }
  if (tab === 'imports' && viewer.privileges.has('candidates.import')) return { ...empty, action: { href: paths.imports, label: t('candidates.import'), icon: 'file-up' } }
  if (tab === 'searches' || tab === 'folders') return { ...empty, action: { href: paths.candidates, label: t('lists.toSearch'), icon: 'search' } }
  return empty
}
