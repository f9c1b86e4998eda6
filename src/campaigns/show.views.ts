import { createHash } from 'node:crypto'
import { moment, nameOf, phoneText, readerOf, smsState, type Moment, type Pill, type Reader } from '../candidates/views.ts'
import { encodeCursor } from '../core/paging.ts'
import type { SuspensionModel } from './sending.views.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment, percent, shortDay, wholeNumber } from '../words/format.ts'
import type { WordKey } from '../words/index.ts'
import { catalogues } from '../words/index.ts'
import { sumLines, type SumLine } from './audience.views.ts'
import { mayDo, RECIPIENT_FILTERS, type RecipientFilter } from './domain.ts'
import type { Progress } from './list.queries.ts'
import { statusPill } from './list.views.ts'
import type { Campaign, listEvents } from './queries.ts'
import type { RecipientRow } from './recipients.queries.ts'

export type RecipientModel = {
  id: number
  name: string
  href: string | undefined
  phone: string
  shared: string
  response: Pill
  dates: string
  comment: string
  /** Too long for two lines of the table: opens on a click. */
  isLong: boolean
  answered: (Moment & { exact: string; isEdited: boolean }) | undefined
  sms: Pill
  smsWhy: string
  smsAt: Moment
  note: { href: string; hiddenLabel: string } | undefined
}

/** What refreshes by itself: numbers and table, in one piece. */
export type LiveModel = {
  id: number
  status: Pill
  closed: string
  /** Asked again and again while the campaign is open; undefined stops it. */
  url: string | undefined
  stats: { label: string; items: { value: string; label: string; href?: string; icon?: string; tone?: string; isCurrent?: boolean }[] }
  progress: { label: string; value: number; max: number; text: string; isLive: boolean } | undefined
  rows: RecipientModel[]
  empty: { text: string; icon: string; action: { href: string; label: string } } | undefined
  pager: { from: number; to: number; total: number; isCapped: boolean; nextUrl?: string; firstUrl?: string }
}

export type ShowModel = {
  crumbs: { label: string; href: string }[]
  launched: string
  kind: Pill
  live: LiveModel
  search: { action: string; q: string; hidden: [string, string][] }
  actions: { label: string; look: 'plain'; items: { label: string; icon: string; href: string; isDanger?: boolean }[] } | undefined
  exportUrl: string
  pageUrl: string
  settings: { rows: { term: string; text: string }[]; isTight: true }
  sum: SumLine[]
  message: { heading: string; phone: { sender: string; bubbles: { text: string; note: string }[] } } | undefined
  events: { items: { heading: string; icon: string; tone?: string; when: string; datetime: string; exact: string }[] }
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/show': ShowModel & { suspension: SuspensionModel | undefined }
    'campaigns/_live': { live: LiveModel }
  }
}

export const RECIPIENTS_PER_PAGE = 50
/** Counted exactly up to here when a search narrows the list; the filters know their numbers anyway. */
export const COUNTED_TO = 10_000

export type ShowState = { show: RecipientFilter; q: string; after: { answeredAt: number; rank: number; offset: number } | undefined }

export function showUrl(campaignId: number, state: Partial<ShowState>, base = paths.campaign(campaignId)): string {
  const query = new URLSearchParams({
    ...(state.show && state.show !== 'all' ? { show: state.show } : {}),
    ...(state.q ? { q: state.q } : {}),
    ...(state.after ? { after: encodeCursor([state.after.answeredAt, state.after.rank, state.after.offset]) } : {}),
  }).toString()
  return query ? `${base}?${query}` : base
}

export type LiveGiven = {
  campaign: Pick<Campaign, 'id' | 'status' | 'is_open'>
  state: ShowState
  progress: Progress
  rows: RecipientRow[]
  hasMore: boolean
  found: number
  medianMinutes: number | null
}

export function liveModel(viewer: Viewer, given: LiveGiven, now: Date = new Date()): LiveModel {
  const reader = readerOf(viewer, now)
  const { t, language } = reader
  const { campaign, state, progress, rows } = given
  const last = rows.at(-1)
  const offset = state.after?.offset ?? 0
  const number = (value: number) => wholeNumber(language, value)
  const model: LiveModel = {
    id: campaign.id,
    status: statusPill(reader, campaign.status),
    closed: campaign.is_open ? '' : t('campaigns.closed'),
    url: undefined,
    stats: statsModel(reader, given),
    progress: progress.remaining > 0 && campaign.status === 'in_process'
      ? { label: t('campaigns.show.sending'), value: progress.total - progress.remaining, max: progress.total, text: t('campaigns.show.sendingText', { sent: number(progress.sent), total: number(progress.total) }), isLive: true }
      : undefined,
    rows: rows.map((row) => recipientModel(viewer, reader, row, now)),
    empty: rows.length > 0 ? undefined : { text: t('campaigns.show.empty'), icon: 'search-x', action: { href: `${paths.campaign(campaign.id)}#contacted`, label: t('campaigns.show.emptyAll') } },
    pager: {
      from: rows.length === 0 ? 0 : offset + 1, to: offset + rows.length, total: Math.min(given.found, COUNTED_TO), isCapped: given.found > COUNTED_TO,
      ...(state.after ? { firstUrl: showUrl(campaign.id, { ...state, after: undefined }) } : {}),
      ...(given.hasMore && last ? { nextUrl: showUrl(campaign.id, { ...state, after: { answeredAt: last.answered_key, rank: last.rank, offset: offset + rows.length } }) } : {}),
    },
  }
  if (!campaign.is_open && progress.remaining === 0) return model
  // The page tells what it has seen; while nothing is new, the answer is empty and nothing on it moves.
  const base = showUrl(campaign.id, state, paths.campaignStep(campaign.id, 'progress'))
  return { ...model, url: `${base}${base.includes('?') ? '&' : '?'}seen=${digest(model)}` }
}

export function digest(model: LiveModel): string {
  return createHash('sha256').update(JSON.stringify({ ...model, url: '' })).digest('base64url').slice(0, 16)
}

const STAT_LOOK: Partial<Record<RecipientFilter, { icon: string; tone: string }>> = {
  yes: { icon: 'circle-check', tone: 'ok' }, no: { icon: 'circle-x', tone: 'error' }, waiting: { icon: 'clock', tone: 'neutral' }, delivered: { icon: 'circle-check', tone: 'ok' },
  undelivered: { icon: 'circle-x', tone: 'error' }, blocked: { icon: 'ban', tone: 'warning' }, doubtful: { icon: 'triangle-alert', tone: 'warning' },
}

/** Every number is a link to the list of that length; what is zero and unusual is not shown. */
function statsModel({ t, language }: Reader, { campaign, state, progress, medianMinutes }: LiveGiven): LiveModel['stats'] {
  const values: Record<RecipientFilter, number> = {
    all: progress.total, yes: progress.yes, no: progress.no, waiting: progress.total - progress.yes - progress.no, delivered: progress.delivered,
    undelivered: progress.undelivered, blocked: progress.blocked, doubtful: progress.doubtful,
  }
  const labels: Record<RecipientFilter, string> = {
    all: t('campaigns.show.all'), yes: t('shared.answerYes'), no: t('shared.answerNo'), waiting: t('shared.answerWaiting'), delivered: t('campaigns.show.delivered'),
    undelivered: t('campaigns.show.undelivered'), blocked: t('campaigns.show.blocked'), doubtful: t('campaigns.show.doubtful'),
  }
  const filters = (Object.keys(RECIPIENT_FILTERS) as RecipientFilter[]).filter((filter) => values[filter] > 0 || filter === state.show || !['blocked', 'doubtful', 'undelivered'].includes(filter))
  return {
    label: t('campaigns.show.stats'),
    items: [
      ...filters.map((filter) => ({
        value: wholeNumber(language, values[filter]), label: labels[filter], href: `${showUrl(campaign.id, { show: filter, q: state.q })}#contacted`, isCurrent: filter === state.show, ...STAT_LOOK[filter],
      })),
      { value: percent(language, progress.yes + progress.no, progress.total), label: t('campaigns.show.rate') },
      ...(medianMinutes === null ? [] : [{ value: delayText(t, medianMinutes), label: t('campaigns.show.median') }]),
    ],
  }
}

function delayText(t: Reader['t'], minutes: number): string {
  if (minutes < 60) return t('campaigns.show.minutes', { n: String(Math.max(1, Math.round(minutes))) })
  return minutes < 48 * 60 ? t('campaigns.show.hours', { n: String(Math.round(minutes / 60)) }) : t('campaigns.show.days', { n: String(Math.round(minutes / 1440)) })
}

export function responsePill({ t }: Reader, choice: 'yes' | 'no' | null): Pill {
  if (choice === null) return { text: t('shared.answerWaiting'), tone: 'neutral', icon: 'clock' }
  return choice === 'yes' ? { text: t('shared.answerYes'), tone: 'ok', icon: 'circle-check' } : { text: t('shared.answerNo'), tone: 'error', icon: 'circle-x' }
}

function recipientModel(viewer: Viewer, reader: Reader, row: RecipientRow, now: Date): RecipientModel {
  const { t, language, zone } = reader
  const name = row.candidate_id === null ? t('campaigns.people.gone') : nameOf(t, { id: row.candidate_id, first_name: row.first_name, last_name: row.last_name })
  const href = row.candidate_id !== null && viewer.privileges.has('candidates.view') ? paths.candidate(row.candidate_id) : undefined
  return {
    id: row.id,
    name,
    href,
    phone: phoneText(reader, row.e164, null),
    shared: row.others > 0 ? t('campaigns.show.sharedWith', { count: row.others }) : '',
    response: responsePill(reader, row.choice),
    dates: datesText(reader, row),
    comment: row.comment,
    isLong: row.comment.length > 70 || row.comment.includes('\n'),
    answered: row.answered_at
      ? { text: now.getTime() - row.answered_at.getTime() < 7 * 86_400_000 ? ago(language, row.answered_at, now) : moment(reader, row.answered_at).text, datetime: row.answered_at.toISOString(), exact: longMoment(language, row.answered_at, zone), isEdited: row.answer_version > 1 }
      : undefined,
    sms: smsState(t, row.state),
    smsWhy: failureText(reader, row),
    smsAt: moment(reader, row.moved_at),
    note: row.note_id !== null && href ? { href: `${href}#timeline`, hiddenLabel: t('campaigns.show.noteOf', { name }) } : undefined,
  }
}

/** What was answered, whatever the choice: a NON may say when the person is free again (S85). */
function datesText({ t, language, today }: Reader, { available_from: from, available_until: until }: Pick<RecipientRow, 'available_from' | 'available_until'>): string {
  const day = (date: string) => shortDay(language, date, Number(today.slice(0, 4)))
  if (from && until) return t('campaigns.dates.between', { from: day(from), until: day(until) })
  if (from) return t('campaigns.dates.from', { from: day(from) })
  return until ? t('campaigns.dates.until', { until: day(until) }) : ''
}

/** Why an SMS did not arrive, when we have words for it. */
function failureText(reader: Reader, row: Pick<RecipientRow, 'state' | 'failure_reason'>): string {
  const key = `candidates.failure.${row.failure_reason}`
  const isKnown = row.failure_reason !== null && key in catalogues.fr && ['undelivered', 'rejected', 'skipped'].includes(row.state)
  return isKnown ? reader.t(key as WordKey) : ''
}

/** The state of the SMS with its reason, in one line. */
export function smsText(reader: Reader, row: Pick<RecipientRow, 'state' | 'failure_reason'>): string {
  const { text } = smsState(reader.t, row.state)
  const reason = failureText(reader, row)
  return reason ? reader.t('candidates.sms.why', { state: text, reason }) : text
}

export type ShowGiven = LiveGiven & { campaign: Campaign; events: Awaited<ReturnType<typeof listEvents>>; sample: RecipientRow | undefined }

export function showModel(viewer: Viewer, given: ShowGiven, now: Date = new Date()): ShowModel {
  const reader = readerOf(viewer, now)
  const { t, language, zone } = reader
  const { campaign, state, sample } = given
  const counts = campaign.audience_counts
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }],
    launched: campaign.launched_at ? t('campaigns.show.launchedBy', { name: campaign.launched_by_name ?? campaign.created_by_name, date: longMoment(language, campaign.launched_at, zone) }) : '',
    kind: { text: t(`campaigns.kind.${campaign.kind}`), tone: 'neutral', icon: campaign.kind === 'availability' ? 'calendar-days' : 'message-square-reply' },
    live: liveModel(viewer, given, now),
    search: { action: paths.campaign(campaign.id), q: state.q, hidden: state.show === 'all' ? [] : [['show', state.show]] },
    actions: actionsModel(viewer, reader, campaign),
    exportUrl: showUrl(campaign.id, { show: state.show, q: state.q }, paths.campaignStep(campaign.id, 'export')),
    pageUrl: paths.campaignStep(campaign.id, 'page'),
    settings: { isTight: true, rows: settingRows(reader, campaign) },
    sum: counts ? sumLines(reader, campaign.id, counts, counts.recipients) : [],
    message: sample && {
      heading: t('campaigns.show.messageOf', { name: nameOf(t, { id: sample.candidate_id ?? 0, first_name: sample.first_name, last_name: sample.last_name }) }),
      phone: { sender: campaign.sender_address, bubbles: [{ text: sample.body, note: moment(reader, sample.moved_at).text }] },
    },
    events: { items: given.events.map((event) => eventModel(reader, event, now)) },
  }
}

function actionsModel(viewer: Viewer, { t }: Reader, campaign: Campaign): ShowModel['actions'] {
  if (!viewer.privileges.has('campaigns.manage')) return undefined
  const items = [
    ...(mayDo('close', campaign.status) && campaign.is_open ? [{ label: t('campaigns.show.close'), icon: 'lock', href: paths.campaignStep(campaign.id, 'closing') }] : []),
    ...(mayDo('cancel', campaign.status) ? [{ label: t('campaigns.show.cancel'), icon: 'ban', href: paths.campaignStep(campaign.id, 'cancellation'), isDanger: true }] : []),
  ]
  return items.length === 0 ? undefined : { label: t('campaigns.show.more'), look: 'plain', items }
}

function settingRows({ t, language, zone }: Reader, campaign: Campaign): { term: string; text: string }[] {
  const closing = campaign.closed_at ?? campaign.closes_at
  return [
    { term: t('campaigns.show.kind'), text: t(`campaigns.kind.${campaign.kind}`) },
    { term: t('campaigns.show.sender'), text: campaign.sender_address },
    ...(campaign.template_name ? [{ term: t('campaigns.show.template'), text: t('campaigns.show.templateVersion', { name: campaign.template_name, version: String(campaign.template_version) }) }] : []),
    ...(closing ? [{ term: t('campaigns.show.closing'), text: t(campaign.is_open ? 'campaigns.show.closingAt' : 'campaigns.show.closedAt', { date: longMoment(language, closing, zone) }) }] : []),
    ...(campaign.internal_comment ? [{ term: t('campaigns.show.comment'), text: campaign.internal_comment }] : []),
  ]
}

const EVENT_LOOK: Record<string, { icon: string; tone?: string }> = {
  created: { icon: 'pencil' }, tested: { icon: 'smartphone' }, launched: { icon: 'send', tone: 'accent' }, batch_sent: { icon: 'send' }, completed: { icon: 'circle-check', tone: 'ok' },
  closed: { icon: 'lock' }, closed_by_time: { icon: 'lock' }, cancelled: { icon: 'ban', tone: 'error' },
}

function eventModel({ t, language, zone }: Reader, event: ShowGiven['events'][number], now: Date): ShowModel['events']['items'][number] {
  const key = `campaigns.event.${event.kind}`
  const count = Number(event.detail['recipients'] ?? event.detail['messages'] ?? 0)
  const isKnown = key in catalogues.fr
  return {
    heading: isKnown ? t(key as WordKey, { name: event.user_name ?? t('campaigns.event.somebody'), count }) : event.kind,
    ...(EVENT_LOOK[event.kind] ?? { icon: 'history' }),
    when: now.getTime() - event.at.getTime() < 7 * 86_400_000 ? ago(language, event.at, now) : longMoment(language, event.at, zone),
    datetime: event.at.toISOString(),
    exact: longMoment(language, event.at, zone),
  }
}
