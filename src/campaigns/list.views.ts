import { createHash } from 'node:crypto'
import { moment, readerOf, type Pill, type Reader } from '../candidates/views.ts'
import { encodeCursor } from '../core/paging.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { percent, wholeNumber } from '../words/format.ts'
import { menuItems, type MenuItem } from './actions.views.ts'
import type { CampaignStatus, RecipientFilter } from './domain.ts'
import { tabOf, type ListState } from './list.domain.ts'
import type { CampaignListRow } from './list.queries.ts'
import { stateLine } from './state.views.ts'
import { showUrl } from './stats.views.ts'

type Linked = { text: string; href: string }
/** A share that opens the people behind it: how many they are is read out, and shown on hover. No link while nothing was sent. */
type Share = { text: string; href: string | undefined; count: string }
type When = { text: string; datetime: string }

export type ListRowModel = {
  id: number
  name: string
  url: string
  kind: string
  sender: string
  status: Pill
  /** Why it stands still, or that it takes no more answers. */
  why: string
  recipients: Linked | undefined
  progress: { label: string; value: number; max: number; share: string; sent: Linked; remaining: Linked; isLive: boolean } | undefined
  answers: { yes: number; no: number; waiting: number; yesUrl: string; noUrl: string; waitingUrl: string } | undefined
  undelivered: Share | undefined
  unsubscribed: Share | undefined
  starts: When | undefined
  ends: (When & { isEstimated: boolean }) | undefined
  action: { label: string; hiddenLabel: string; href: string }
  menu: { label: string; isSmall: true; items: MenuItem[] } | undefined
  /** Nothing in it moves: a refresh passes over it. */
  isStill: boolean
}

/** The body of the table. One request refreshes what moves; without anything that moves, it stands still. */
export type CampaignRowsModel = { rows: (ListRowModel | { id: number; isLeft: true })[]; live: { url: string; every: string } | undefined }

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/_rows': { rows: CampaignRowsModel }
  }
}

/** The canonical address of a list: the same choice has the same address. */
export function listUrl(state: ListState): string {
  const tab = tabOf(state.statuses)
  const query = new URLSearchParams([
    ...(tab === undefined ? state.statuses.map((status) => ['status', status]) : tab === 'active' ? [] : [['tab', tab]]),
    ...(state.period === 'all' || state.period === 'custom' ? [] : [['period', state.period]]),
    ...(['from', 'until'] as const).filter((bound) => state[bound] !== '').map((bound) => [bound, state[bound]]),
    ...(state.mine ? [['mine', '1']] : []),
    ...(state.q === '' ? [] : [['q', state.q]]),
    ...(state.sort === 'start' ? [] : [['sort', state.sort]]),
    ...(state.after ? [['after', encodeCursor('name' in state.after ? [state.after.name, state.after.id] : [state.after.at, state.after.id])]] : []),
  ] as [string, string][]).toString()
  return query ? `${paths.campaigns}?${query}` : paths.campaigns
}

/** Of a page just opened. */
export function rowsModel(viewer: Viewer, rows: readonly CampaignListRow[], now: Date = new Date()): CampaignRowsModel {
  const reader = readerOf(viewer, now)
  const models = rows.map((row) => rowModel(viewer, reader, row, now))
  return { rows: models, live: liveModel(models, rows, rows.map(({ id }) => id), now) }
}

/** Of a page that asks again: rows that did not move are left as they are. `isNew` is false while nothing changed. */
export function movedRowsModel(viewer: Viewer, rows: readonly CampaignListRow[], shown: readonly number[], seen: string, now: Date = new Date()): { model: CampaignRowsModel; isNew: boolean } {
  const reader = readerOf(viewer, now)
  const models = new Map(rows.map((row) => [row.id, rowModel(viewer, reader, row, now)]))
  const model = { rows: shown.map((id) => models.get(id) ?? { id, isLeft: true as const }), live: liveModel([...models.values()], rows, shown, now) }
  return { model, isNew: model.live === undefined || digest([...models.values()]) !== seen }
}

function liveModel(models: readonly ListRowModel[], rows: readonly CampaignListRow[], shown: readonly number[], now: Date): CampaignRowsModel['live'] {
  const moving = models.filter(({ isStill }) => !isStill)
  if (moving.length === 0) return undefined
  const query = new URLSearchParams({ shown: shown.join('.'), moving: moving.map(({ id }) => id).join('.'), seen: digest(moving) })
  return { url: `${paths.campaignRows}?${query}`, every: rows.some((row) => paceOf(row, now) === 'moving') ? '5s' : '60s' }
}

const DAY_MS = 86_400_000
const SOON_MS = 10 * 60_000

/** Moving: texts leave, are about to, or left so lately that most answers are still to come. Soon: a batch is due within a day. */
function paceOf(row: CampaignListRow, now: Date): 'moving' | 'soon' | 'still' {
  if (row.status === 'draft') return 'still'
  const isGoing = row.status === 'scheduled' || row.status === 'in_process'
  const dueIn = isGoing && row.next_due_at !== null ? row.next_due_at.getTime() - now.getTime() : Infinity
  const isSending = isGoing && row.is_running && row.remaining > row.held
  const isFresh = row.is_open && row.last_started_at !== null && now.getTime() - row.last_started_at.getTime() < DAY_MS
  if (isSending || isFresh || dueIn < SOON_MS) return 'moving'
  return dueIn < DAY_MS || (isGoing && row.is_running && row.remaining > 0) ? 'soon' : 'still'
}

function digest(models: readonly ListRowModel[]): string {
  return createHash('sha256').update(JSON.stringify(models)).digest('base64url').slice(0, 16)
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

function rowModel(viewer: Viewer, reader: Reader, row: CampaignListRow, now: Date): ListRowModel {
  const { t, language } = reader
  const url = paths.campaign(row.id)
  const isDraft = row.status === 'draft'
  const number = (value: number) => wholeNumber(language, value)
  const part = (show: RecipientFilter) => `${showUrl(row.id, { show })}#contacted`
  const linked = (value: number, show: RecipientFilter): Linked => ({ text: number(value), href: part(show) })
  // S72: of what was sent, so that it does not shrink because the next batch has not gone; « – » while nothing was.
  const share = (value: number, show: 'undelivered' | 'unsubscribed'): Share => ({ text: percent(language, value, row.sent), count: t(`campaigns.list.${show}`, { count: value }), href: row.sent > 0 ? part(show) : undefined })
  const items: MenuItem[] = [...menuItems(viewer, row, now), ...(isDraft ? [] : [{ label: t('follow.export'), icon: 'download', href: paths.campaignStep(row.id, 'export') }])]
  return {
    id: row.id,
    name: row.name,
    url,
    kind: t(`campaigns.kind.${row.kind}`),
    sender: row.sender_name,
    status: statusPill(reader, row.status),
    why: (row.is_test ? t('check.test') : '') || stateLine(reader, row) || (!isDraft && !row.is_open ? t('campaigns.closed') : ''),
    recipients: isDraft ? undefined : linked(row.total, 'all'),
    progress: isDraft ? undefined : progressOf(reader, row, linked),
    answers: isDraft ? undefined : { yes: row.yes, no: row.no, waiting: row.total - row.yes - row.no, yesUrl: part('yes'), noUrl: part('no'), waitingUrl: part('waiting') },
    undelivered: isDraft ? undefined : share(row.undelivered, 'undelivered'),
    unsubscribed: isDraft ? undefined : share(row.unsubscribed, 'unsubscribed'),
    starts: row.starts_at && !isDraft ? moment(reader, row.starts_at) : undefined,
    ends: endOf(reader, row),
    action: isDraft
      ? { label: t('campaigns.list.continue'), hiddenLabel: row.name, href: url }
      : { label: t('campaigns.list.contacted'), hiddenLabel: row.name, href: `${url}#contacted` },
    menu: items.length === 0 ? undefined : { label: t('shared.actionsFor', { name: row.name }), isSmall: true, items },
    isStill: paceOf(row, now) === 'still',
  }
}

/** Done with: handed over, in doubt, or left out. What a cancellation took back was never done (S72). */
function progressOf({ t, language }: Reader, row: CampaignListRow, linked: (value: number, show: RecipientFilter) => Linked): NonNullable<ListRowModel['progress']> {
  const processed = row.total - row.remaining - row.cancelled
  return {
    label: t('campaigns.list.progressLabel', { name: row.name }), value: processed, max: row.total,
    // Cut off and not rounded: what is not complete never looks so.
    share: percent(language, Math.floor((processed * 100) / (row.total || 1)), 100),
    sent: linked(row.sent, 'sent'), remaining: linked(row.remaining, 'remaining'), isLive: row.status === 'in_process' && row.is_running && row.remaining > row.held,
  }
}

/** Estimated while batches are planned, actual once the last one has left; what stands still has no end yet (S71). */
function endOf(reader: Reader, { status, ends_at }: CampaignListRow): ListRowModel['ends'] {
  if (ends_at === null || status === 'draft' || status === 'paused' || status === 'suspended' || status === 'error') return undefined
  return { ...moment(reader, ends_at), isEstimated: status === 'scheduled' || status === 'in_process' }
}
