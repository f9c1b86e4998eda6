import { createHash } from 'node:crypto'
import { moment, nameOf, readerOf, type Pill, type Reader } from '../candidates/views.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment } from '../words/format.ts'
import { menuItems, type MenuItem } from './actions.views.ts'
import type { SumLine } from './audience.views.ts'
import { batchesModel, leftOutText, progressModel, whyLines, type BatchesModel, type ProgressModel } from './batches.views.ts'
import { chartsModel, type ChartsGiven, type ChartsModel } from './charts.views.ts'
import { doubtsNotice, type DoubtsNotice } from './doubts.views.ts'
import { eventsModel, type EventsModel } from './events.views.ts'
import { statusPill } from './list.views.ts'
import type { BatchRow, LeftOut, Progress } from './progress.queries.ts'
import type { Campaign, listEvents } from './queries.ts'
import type { RecipientRow } from './recipients.queries.ts'
import { recipientModel, type RecipientModel } from './recipients.views.ts'
import { courseModel, type Course, type CourseModel } from './reminders.views.ts'
import type { ReadingRow } from '../candidates/readings.queries.ts'
import { readingsModel, type ReadingsModel } from '../candidates/readings.views.ts'
import type { CampaignReplies } from './replies.queries.ts'
import { campaignRepliesModel, type CampaignRepliesModel } from './replies.views.ts'
import type { SuspensionModel } from './sending.views.ts'
import { stateModel, type StateModel } from './state.views.ts'
import { answerStats, countsOf, showUrl, textStats, type ShowState, type StatsModel } from './stats.views.ts'
import type { Colleague } from './told.queries.ts'
import { undoModel, type UndoModel } from './undo.views.ts'

/** All that may change while somebody looks, in one piece. */
export type LiveModel = {
  id: number
  status: Pill
  closed: string
  /** Asked again after `every`, for as long as something can change; undefined stops it. */
  url: string | undefined
  every: string
  isMoving: boolean
  suspension: SuspensionModel | undefined
  state: StateModel | undefined
  undo: UndoModel | undefined
  /** Answers wanted, waves, the reminder. */
  course: CourseModel
  doubts: DoubtsNotice | undefined
  replies: CampaignRepliesModel | undefined
  /** Texts that may be answers. */
  readings: ReadingsModel | undefined
  export: ExportMenu
  menu: { label: string; look: 'plain'; items: MenuItem[] } | undefined
  stats: StatsModel[]
  progress: ProgressModel
  charts: ChartsModel | undefined
  batches: BatchesModel
  why: { summary: string; lines: SumLine[] } | undefined
  facts: { settings: { rows: { term: string; text: string; link?: { href: string } }[]; isTight: true }; pageUrl: string; message: { heading: string; bubbles: { text: string; note: string }[] } | undefined; events: EventsModel; journalUrl: string | undefined }
  search: { action: string; q: string; hidden: [string, string][] }
  sentence: { parts: { text: string; removeUrl: string }[] }
  /** A person is at the rows: they stay as they are on the page. */
  isHeld: boolean
  rows: (RecipientModel & { isNew: boolean })[]
  /** Answers that the page does not show yet. `url` brings them in without a new page. */
  news: { text: string; href: string; url: string | undefined } | undefined
  empty: { text: string; icon: string; action: { href: string; label: string } } | undefined
  pager: { from: number; to: number; total: number; isCapped: boolean; nextUrl?: string; firstUrl?: string }
}

export type ShowModel = { crumbs: { label: string; href: string }[]; launched: string; kind: Pill; live: LiveModel }

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/show': ShowModel
    'campaigns/_live': { live: LiveModel }
  }
}

export const RECIPIENTS_PER_PAGE = 50
/** Counted exactly up to here when a search narrows the list; the filters know their numbers anyway. */
export const COUNTED_TO = 10_000

/** What a page that asks again says of itself. */
export type Looked = { since: number | undefined; isHeld: boolean }

export type LiveGiven = {
  campaign: Campaign
  state: ShowState
  progress: Progress
  batches: BatchRow[]
  leftOut: LeftOut[]
  /** How many texts leave a second for each batch at work. */
  perSecond: number
  rows: RecipientRow[]
  charts: ChartsGiven
  /** Up to which answer the page is, with the newest there is, and how many of the list came since. */
  news: Looked & { newestAt: number; keepsSince: boolean; count: number }
  hasMore: boolean
  /** How many a search, a batch or a reason leaves; undefined: the filter's own number. */
  found: number | undefined
  medianMinutes: number | null
  events: Awaited<ReturnType<typeof listEvents>>
  sample: Pick<RecipientRow, 'candidate_id' | 'first_name' | 'last_name' | 'body' | 'submitted_at'> | undefined
  suspension: SuspensionModel | undefined
  course: Course
  replies: CampaignReplies
  readings: ReadingRow[]
  /** What its text refers to, and how often the links to that were opened. */
  references: { term: string; text: string }[]
  /** Who is told of answers. */
  told: Colleague[]
}

export function showModel(viewer: Viewer, given: LiveGiven, now: Date = new Date()): ShowModel {
  const { t, language, zone } = readerOf(viewer, now)
  const { campaign } = given
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }],
    launched: campaign.launched_at ? t('follow.launchedBy', { name: campaign.launched_by_name ?? campaign.created_by_name, date: longMoment(language, campaign.launched_at, zone) }) : '',
    kind: { text: t(`campaigns.kind.${campaign.kind}`), tone: 'neutral', icon: campaign.kind === 'availability' ? 'calendar-days' : 'message-square-reply' },
    live: liveModel(viewer, given, now),
  }
}

export function liveModel(viewer: Viewer, given: LiveGiven, now: Date = new Date()): LiveModel {
  const reader = readerOf(viewer, now)
  const { t } = reader
  const { campaign, state, progress, batches } = given
  const pace = paceOf(given, now)
  const items = menuItems(viewer, { ...campaign, has_planned_batch: batches.some((batch) => batch.state === 'planned') }, now)
  const model: LiveModel = {
    id: campaign.id,
    status: statusPill(reader, campaign.status),
    closed: campaign.is_open ? '' : t('campaigns.closed'),
    url: undefined,
    every: pace === 'moving' ? '3s' : '30s',
    isMoving: pace === 'moving',
    suspension: given.suspension,
    state: stateModel(viewer, campaign),
    undo: undoModel(viewer, campaign),
    course: courseModel(viewer, campaign, progress, batches, given.course),
    doubts: doubtsNotice(reader, campaign.id, progress.doubtful + progress.reminders_in_doubt),
    replies: campaignRepliesModel(reader, campaign.id, given.replies, now),
    readings: readingsModel(viewer, reader, given.readings, 'campaign', now),
    export: exportMenu(viewer.language, showUrl(campaign.id, { ...state, after: undefined }, paths.campaignStep(campaign.id, 'export'))),
    menu: items.length === 0 ? undefined : { label: t('follow.more'), look: 'plain', items },
    stats: [answerStats(reader, campaign.id, state, progress, given.medianMinutes), textStats(reader, campaign.id, state, progress)],
    charts: chartsModel(reader, campaign.id, progress, given.charts),
    progress: progressModel(reader, campaign, progress, batches, given.perSecond),
    batches: batchesModel(reader, campaign, batches),
    why: campaign.audience_counts === null
      ? undefined
      : { summary: t('follow.whySummary', { total: campaign.audience_counts.total, recipients: progress.total }), lines: whyLines(reader, campaign.id, campaign.audience_counts, progress, given.leftOut) },
    facts: factsModel(viewer, reader, given, now),
    search: { action: paths.campaign(campaign.id), q: state.q, hidden: [...new URL(showUrl(campaign.id, { ...state, q: '', after: undefined }), 'http://here.invalid').searchParams] },
    sentence: { parts: partsOf(reader, campaign.id, state) },
    isHeld: given.news.isHeld,
    rows: given.rows.map((row) => ({ ...recipientModel(viewer, reader, row, campaign.is_open, now), isNew: row.answered_key > (given.news.since ?? Infinity) })),
    news: newsModel(reader, campaign.id, state, given.news),
    empty: given.rows.length > 0 || given.news.isHeld ? undefined : { text: t('follow.empty'), icon: 'search-x', action: { href: `${paths.campaign(campaign.id)}#contacted`, label: t('follow.emptyAll') } },
    pager: pagerModel(given),
  }
  if (pace === 'still') return model
  // The page tells what it has seen; while nothing is new, the answer is empty and nothing on it moves.
  const base = showUrl(campaign.id, state, paths.campaignStep(campaign.id, 'progress'))
  const { news } = given
  return { ...model, url: withQuery(base, `since=${news.keepsSince ? news.since : news.newestAt}&seen=${digest(model)}`) }
}

function withQuery(url: string, query: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}

function newsModel({ t }: Reader, campaignId: number, state: ShowState, { since, count }: LiveGiven['news']): LiveModel['news'] {
  if (count === 0) return undefined
  const first = { ...state, after: undefined }
  // From a later page the way leads to the first one, where the newest answers are.
  return { text: t('charts.newAnswers', { count }), href: `${showUrl(campaignId, first)}#contacted`, url: state.after ? undefined : withQuery(showUrl(campaignId, first, paths.campaignStep(campaignId, 'progress')), `since=${since}`) }
}

/** What has just come in is marked once; that the mark goes is nothing new. */
export function digest(model: LiveModel): string {
  return createHash('sha256').update(JSON.stringify({ ...model, url: '', rows: model.rows.map((row) => ({ ...row, isNew: false })) })).digest('base64url').slice(0, 16)
}

const DAY_MS = 86_400_000
const SOON_MS = 10 * 60_000

/** Moving: texts leave, are about to, or left so lately that most answers are still to come. Open: an answer may come any time. */
function paceOf({ campaign, progress, batches, course }: LiveGiven, now: Date): 'moving' | 'open' | 'still' {
  const isGoing = campaign.status === 'scheduled' || campaign.status === 'in_process'
  if (!campaign.is_open && (progress.remaining === 0 || !isGoing)) return 'still'
  const isSoon = (at: Date | null) => at !== null && Math.abs(at.getTime() - now.getTime()) < SOON_MS
  const isSending = isGoing && batches.some(({ state, due_at, remaining, held, held_from }) => (state === 'running' && (remaining > held || isSoon(held_from))) || (state === 'planned' && isSoon(due_at)))
  const isFresh = batches.some(({ started_at }) => started_at !== null && now.getTime() - started_at.getTime() < DAY_MS)
  return isSending || isFresh || campaign.undo_seconds !== null || course.pending || course.preparing ? 'moving' : 'open'
}

/** What narrows the list besides the numbers above it, each removable. */
function partsOf(reader: Reader, campaignId: number, state: ShowState): LiveModel['sentence']['parts'] {
  const { t } = reader
  const without = (change: Partial<ShowState>) => `${showUrl(campaignId, { ...state, after: undefined, ...change })}#contacted`
  const { show, reason, batch, q } = state
  return [
    ...(show === 'all' ? [] : [{ text: t(`follow.stat.${show}`), removeUrl: without({ show: 'all', reason: '' }) }]),
    ...(reason === '' ? [] : [{ text: leftOutText(reader, show === 'cancelled' ? 'cancelled' : 'skipped', reason, 2), removeUrl: without({ reason: '' }) }]),
    ...(batch === undefined ? [] : [{ text: t('follow.batch.name', { no: batch }), removeUrl: without({ batch: undefined }) }]),
    ...(q === '' ? [] : [{ text: t('campaigns.list.partName', { text: q }), removeUrl: without({ q: '' }) }]),
  ]
}

function pagerModel({ campaign, state, progress, charts, rows, hasMore, found }: LiveGiven): LiveModel['pager'] {
  const last = rows.at(-1)
  const offset = state.after?.offset ?? 0
  const { people: opened, robots } = charts.opened
  const total = found ?? { ...countsOf(progress), opened, robots }[state.show]
  const isCapped = found !== undefined && found > COUNTED_TO
  return {
    // Somebody may have moved between the count and the list: never « 51–100 sur 99 ».
    from: rows.length === 0 ? 0 : offset + 1, to: offset + rows.length, total: rows.length === 0 ? 0 : isCapped ? COUNTED_TO : Math.max(total, offset + rows.length), isCapped,
    ...(state.after ? { firstUrl: `${showUrl(campaign.id, { ...state, after: undefined })}#contacted` } : {}),
    ...(hasMore && last ? { nextUrl: `${showUrl(campaign.id, { ...state, after: { answeredAt: last.answered_key, rank: last.rank, offset: offset + rows.length } })}#contacted` } : {}),
  }
}

function factsModel(viewer: Viewer, reader: Reader, { campaign, sample, events, references, told }: LiveGiven, now: Date): LiveModel['facts'] {
  const { t } = reader
  return {
    settings: { isTight: true, rows: [...settingRows(reader, campaign), toldRow(viewer, reader, campaign.id, told), ...references] },
    pageUrl: paths.campaignStep(campaign.id, 'page'),
    message: sample && {
      heading: t('follow.messageOf', { name: nameOf(t, { id: sample.candidate_id ?? 0, first_name: sample.first_name, last_name: sample.last_name }) }),
      bubbles: [{ text: sample.body, note: sample.submitted_at ? t('follow.messageSent', { date: moment(reader, sample.submitted_at).text }) : t('follow.messageUnsent') }],
    },
    events: eventsModel(reader, events, now),
    journalUrl: viewer.privileges.has('journal.view') ? `${paths.journal}?kind=campaign&object=${campaign.id}` : undefined,
  }
}

function toldRow(viewer: Viewer, { t }: Reader, campaignId: number, told: readonly Colleague[]) {
  const link = viewer.privileges.has('campaigns.manage') ? { link: { href: paths.campaignStep(campaignId, 'told') } } : {}
  return { term: t('told.term'), text: told.map(({ name }) => name).join(', ') || t('told.nobody'), ...link }
}

function settingRows({ t, language, zone }: Reader, campaign: Campaign): { term: string; text: string }[] {
  const closing = campaign.closed_at ?? campaign.closes_at
  return [
    { term: t('follow.kind'), text: t(`campaigns.kind.${campaign.kind}`) },
    { term: t('follow.sender'), text: campaign.sender_address },
    ...(campaign.template_name ? [{ term: t('follow.template'), text: t('follow.templateVersion', { name: campaign.template_name, version: String(campaign.template_version) }) }] : []),
    ...(closing ? [{ term: t('follow.closing'), text: t(campaign.is_open ? 'follow.closingAt' : 'follow.closedAt', { date: longMoment(language, closing, zone) }) }] : []),
    ...(campaign.internal_comment ? [{ term: t('follow.comment'), text: campaign.internal_comment }] : []),
  ]
}
