import { moment, readerOf, type Pill, type Reader } from '../candidates/views.ts'
import { encodeCursor } from '../core/paging.ts'
import type { SuspensionModel } from './sending.views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { percent, wholeNumber } from '../words/format.ts'
import { LIST_TABS, type CampaignStatus, type ListTab } from './domain.ts'
import type { CampaignListRow } from './list.queries.ts'

export type ListRowModel = {
  id: number
  name: string
  url: string
  kind: string
  sender: string
  status: Pill
  closed: string
  recipients: string
  progress: { label: string; value: number; max: number; text: string; isThin: true; isLive: boolean } | undefined
  answers: { yes: number; no: number; waiting: number; yesUrl: string; noUrl: string; waitingUrl: string } | undefined
  undelivered: string
  started: { text: string; datetime: string }
  ended: { text: string; datetime: string } | undefined
  action: { label: string; hiddenLabel: string; href: string }
}

export type CampaignRowsModel = { rows: ListRowModel[]; liveUrl: string | undefined }

export type CampaignListModel = {
  newUrl: string | undefined
  tabs: { label: string; items: { label: string; href: string; count: string; isCurrent: boolean }[] }
  owner: { label: string; look: 'segments'; items: { label: string; href: string; isCurrent: boolean }[] }
  search: { action: string; q: string; hidden: [string, string][] }
  rows: CampaignRowsModel
  pager: { nextUrl: string | undefined; firstUrl: string | undefined }
  empty: { heading: string; text: string; icon: string; action?: { href: string; label: string; icon: string } } | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/index': CampaignListModel & { suspension: SuspensionModel | undefined }
    'campaigns/_rows': { rows: CampaignRowsModel }
  }
}

export const CAMPAIGNS_PER_PAGE = 25

export type ListState = { tab: ListTab; mine: boolean; q: string; after: { at: number; id: number } | undefined }

export function listUrl(state: Partial<ListState>): string {
  const query = new URLSearchParams({
    ...(state.tab && state.tab !== 'active' ? { tab: state.tab } : {}),
    ...(state.mine ? { mine: '1' } : {}),
    ...(state.q ? { q: state.q } : {}),
    ...(state.after ? { after: encodeCursor([state.after.at, state.after.id]) } : {}),
  }).toString()
  return query ? `${paths.campaigns}?${query}` : paths.campaigns
}

export function listModel(viewer: Viewer, state: ListState, counts: Record<ListTab, number>, found: { rows: CampaignListRow[]; hasMore: boolean }): CampaignListModel {
  const reader = readerOf(viewer)
  const { t, language } = reader
  const { tab, mine, q } = state
  const last = found.rows.at(-1)
  const newUrl = viewer.privileges.has('campaigns.send') ? paths.newCampaign : undefined
  return {
    newUrl,
    tabs: {
      label: t('campaigns.list.tabs'),
      items: (Object.keys(LIST_TABS) as ListTab[])
        .filter((name) => name !== 'suspended' || counts.suspended > 0 || tab === 'suspended')
        .map((name) => ({ label: t(`campaigns.tab.${name}`), href: listUrl({ tab: name, mine, q }), count: wholeNumber(language, counts[name]), isCurrent: name === tab })),
    },
    owner: {
      label: t('campaigns.list.owner'), look: 'segments',
      items: [
        { label: t('campaigns.list.everybody'), href: listUrl({ tab, q }), isCurrent: !mine },
        { label: t('campaigns.list.mine'), href: listUrl({ tab, q, mine: true }), isCurrent: mine },
      ],
    },
    search: { action: paths.campaigns, q, hidden: [...(tab === 'active' ? [] : [['tab', tab] as [string, string]]), ...(mine ? [['mine', '1'] as [string, string]] : [])] },
    rows: rowsModel(viewer, found.rows, listUrl(state)),
    pager: { nextUrl: found.hasMore && last ? listUrl({ ...state, after: { at: last.sort_at, id: last.id } }) : undefined, firstUrl: state.after ? listUrl({ tab, mine, q }) : undefined },
    empty: found.rows.length > 0 ? undefined : emptyModel(reader, tab === 'active' && q === '' && !mine, newUrl),
  }
}

/** Running campaigns refresh by one request for the whole table; without any, the table stands still. */
export function rowsModel(viewer: Viewer, rows: CampaignListRow[], url: string): CampaignRowsModel {
  const reader = readerOf(viewer)
  const isLive = rows.some((row) => row.is_open && ['in_process', 'completed'].includes(row.status) && (row.remaining > 0 || isRecent(row)))
  return { rows: rows.map((row) => rowModel(reader, row)), liveUrl: isLive ? url : undefined }
}

/** Most answers come within a day; later ones are seen when the page is opened. */
function isRecent(row: CampaignListRow): boolean {
  return row.launched_at !== null && Date.now() - row.launched_at.getTime() < 24 * 3_600_000
}

const STATUS_LOOK: Record<CampaignStatus, Pick<Pill, 'tone' | 'icon'>> = {
  draft: { tone: 'neutral', icon: 'pencil' },
  scheduled: { tone: 'info', icon: 'calendar-clock' },
  in_process: { tone: 'accent', icon: 'circle-play' },
  paused: { tone: 'warning', icon: 'circle-pause' },
  completed: { tone: 'ok', icon: 'circle-check' },
  cancelled: { tone: 'neutral', icon: 'circle-slash' },
  suspended: { tone: 'error', icon: 'octagon-x' },
  error: { tone: 'error', icon: 'triangle-alert' },
}

export function statusPill(reader: Reader, status: CampaignStatus): Pill {
  return { text: reader.t(`campaigns.status.${status}`), ...STATUS_LOOK[status] }
}

function rowModel(reader: Reader, row: CampaignListRow): ListRowModel {
  const { t, language } = reader
  const url = paths.campaign(row.id)
  const isDraft = row.status === 'draft'
  const number = (value: number) => wholeNumber(language, value)
  const finished = row.finished_at
  return {
    id: row.id,
    name: row.name,
    url,
    kind: t(`campaigns.kind.${row.kind}`),
    sender: row.sender_name,
    status: statusPill(reader, row.status),
    closed: !isDraft && !row.is_open ? t('campaigns.closed') : '',
    recipients: isDraft ? '–' : number(row.total),
    progress: isDraft
      ? undefined
      : {
          label: t('campaigns.list.sentLabel', { name: row.name }), value: row.sent, max: row.total, isThin: true, isLive: row.status === 'in_process' && row.remaining > 0,
          text: t('campaigns.list.sentOf', { sent: number(row.sent), remaining: number(row.remaining) }),
        },
    answers: isDraft ? undefined : { yes: row.yes, no: row.no, waiting: row.total - row.yes - row.no, yesUrl: `${url}?show=yes`, noUrl: `${url}?show=no`, waitingUrl: `${url}?show=waiting` },
    // S72: of what was sent, so that it does not shrink because the next batch has not gone.
    undelivered: isDraft ? '–' : percent(language, row.undelivered, row.sent),
    started: moment(reader, row.launched_at ?? row.created_at),
    ended: finished ? moment(reader, finished) : undefined,
    action: isDraft
      ? { label: t('campaigns.list.continue'), hiddenLabel: row.name, href: url }
      : { label: t('campaigns.list.contacted'), hiddenLabel: row.name, href: `${url}#contacted` },
  }
}

function emptyModel({ t }: Reader, isFirst: boolean, newUrl: string | undefined): CampaignListModel['empty'] {
  if (!isFirst) return { heading: t('campaigns.list.empty'), text: t('campaigns.list.emptyText'), icon: 'search-x' }
  return {
    heading: t('campaigns.list.emptyActive'), text: t('campaigns.list.emptyActiveText'), icon: 'message-square',
    ...(newUrl ? { action: { href: paths.candidates, label: t('campaigns.new.action'), icon: 'users' } } : {}),
  }
}
