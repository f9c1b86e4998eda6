import { moment, nameOf, phoneText, readerOf, type Moment, type Pill, type Reader } from '../candidates/views.ts'
import type { ReadingRow } from '../candidates/readings.queries.ts'
import { readingModel, type ReadingModel } from '../candidates/readings.views.ts'
import { shownStart } from '../sms/shown.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import type { UnreadModel } from '../web/navigation.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment } from '../words/format.ts'
import { COUNTED_TO, REPLIES_PER_PAGE, REPLY_FILTERS, type ReplySearch } from './domain.ts'
import type { findNames, ReplyCounts, ReplyRow } from './queries.ts'

/** One text that came in, and what can be done with it. */
export type ReplyModel = {
  id: number
  url: string
  who: string
  personUrl: string | undefined
  number: string
  isUnread: boolean
  pills: Pill[]
  text: string
  /** There is more of it on its own page. */
  isCut: boolean
  at: Moment & { exact: string }
  campaign: { href: string; label: string } | undefined
  note: string
  review: { action: string; question: string } | undefined
  /** It may be an answer. */
  reading: ReadingModel | undefined
  answer: string | undefined
  mark: { action: string; label: string; icon: string } | undefined
  assign: { href: string; label: string } | undefined
}

export type RepliesModel = {
  intro: string
  tabs: { label: string; look: 'segments'; items: { label: string; href: string; count?: string; isCurrent: boolean }[] }
  search: { action: string; label: string; value: string; fields: Record<string, string> }
  sentence: { parts: { text: string; removeUrl: string }[] }
  markAll: { action: string; fields: Record<string, string> } | undefined
  list: ReplyListModel
  export: ExportMenu
}

/** What is read again while somebody looks. `back` leads here again after an action. */
export type ReplyListModel = {
  url: string
  back: string
  rows: ReplyModel[]
  empty: { heading: string; text: string; icon: string; action?: { href: string; label: string } } | undefined
  pager: { nextUrl: string | undefined; firstUrl: string | undefined }
}

declare module '../web/render.ts' {
  interface ViewModels {
    'replies/index': RepliesModel
    'replies/_live': { replies: RepliesModel }
    'replies/_unread': { unread: UnreadModel }
  }
}

export function repliesUrl(search: Partial<ReplySearch>): string {
  const { show = 'all', q = '', campaign, candidate, before } = search
  const query = new URLSearchParams({
    ...(show === 'all' ? {} : { show }), ...(q === '' ? {} : { q }), ...(campaign === undefined ? {} : { campaign: String(campaign) }),
    ...(candidate === undefined ? {} : { candidate: String(candidate) }), ...(before === undefined ? {} : { before: String(before) }),
  })
  return query.size === 0 ? paths.replies : `${paths.replies}?${query}`
}

export type RepliesGiven = { search: ReplySearch; rows: ReplyRow[]; counts: ReplyCounts; names: Awaited<ReturnType<typeof findNames>>; readings: readonly ReadingRow[] }

export function repliesModel(viewer: Viewer, given: RepliesGiven, now: Date = new Date()): RepliesModel {
  const reader = readerOf(viewer, now)
  const { t } = reader
  const { search, counts, names } = given
  const here = { ...search, before: undefined }
  const shown = given.rows.slice(0, REPLIES_PER_PAGE)
  const hidden = Object.fromEntries(new URL(repliesUrl({ ...here, q: '' }), 'http://here.invalid').searchParams)
  const newest = shown[0]
  return {
    intro: t('replies.intro'),
    tabs: {
      label: t('replies.filters'), look: 'segments',
      items: REPLY_FILTERS.map((show) => ({ label: t(`replies.filter.${show}`), href: repliesUrl({ ...here, show }), isCurrent: show === search.show, ...(show === 'all' || counts[show] === 0 ? {} : { count: upTo(counts[show]) }) })),
    },
    search: { action: paths.replies, label: t('replies.search'), value: search.q, fields: hidden },
    sentence: {
      parts: [
        ...(search.campaign === undefined ? [] : [{ text: t('replies.part.campaign', { name: names.campaign ?? '?' }), removeUrl: repliesUrl({ ...here, campaign: undefined }) }]),
        ...(search.candidate === undefined ? [] : [{ text: t('replies.part.person', { name: [names.first_name, names.last_name].filter(Boolean).join(' ') || '?' }), removeUrl: repliesUrl({ ...here, candidate: undefined }) }]),
        ...(search.q === '' ? [] : [{ text: t('replies.part.words', { text: search.q }), removeUrl: repliesUrl({ ...here, q: '' }) }]),
      ],
    },
    markAll: newest && counts.unread > 0 && search.before === undefined
      ? { action: paths.repliesRead, fields: { up_to: String(newest.id), back: backOf(search), ...(search.campaign === undefined ? {} : { campaign: String(search.campaign) }), ...(search.candidate === undefined ? {} : { candidate: String(search.candidate) }) } }
      : undefined,
    list: replyListModel(viewer, reader, given, now),
    export: exportMenu(viewer.language, repliesUrl(here).replace(paths.replies, paths.exportOf(paths.replies))),
  }
}

function replyListModel(viewer: Viewer, reader: Reader, { search, rows, readings }: RepliesGiven, now: Date): ReplyListModel {
  const { t } = reader
  const shown = rows.slice(0, REPLIES_PER_PAGE)
  const isNarrowed = search.q !== '' || search.campaign !== undefined || search.candidate !== undefined
  return {
    url: repliesUrl(search), back: backOf(search),
    rows: shown.map((row) => replyModel(viewer, reader, row, readings, now)),
    empty: shown.length > 0 ? undefined : {
      heading: t(`replies.empty.${search.show}`), text: t(isNarrowed ? 'replies.empty.narrowed' : search.show === 'all' ? 'replies.empty.text' : 'replies.empty.others'), icon: 'message-square-reply',
      ...(search.show === 'all' && !isNarrowed ? {} : { action: { href: paths.replies, label: t('replies.empty.action') } }),
    },
    pager: { nextUrl: rows.length > REPLIES_PER_PAGE ? repliesUrl({ ...search, before: shown.at(-1)!.id }) : undefined, firstUrl: search.before === undefined ? undefined : repliesUrl({ ...search, before: undefined }) },
  }
}

function backOf(search: ReplySearch): string {
  return repliesUrl(search).slice(paths.replies.length)
}

/** Of a longer text this much stands in the list. */
const START = 320

export function replyModel(viewer: Viewer, reader: Reader, row: ReplyRow, readings: readonly ReadingRow[], now: Date): ReplyModel {
  const { t, language, zone } = reader
  const may = (privilege: 'candidates.view' | 'candidates.edit' | 'consent.edit' | 'campaigns.send' | 'campaigns.view') => viewer.privileges.has(privilege)
  const { text, isCut } = shownStart(row.body, START)
  const isRecent = now.getTime() - row.received_at.getTime() < 7 * 86_400_000
  const reading = readings.find(({ id }) => id === row.id)
  const isOpen = row.opted_out_at === null && row.held_at === null
  return {
    id: row.id, url: paths.reply(row.id),
    who: whoOf(reader, row),
    personUrl: row.candidate_id !== null && may('candidates.view') ? paths.person(row.kind, row.candidate_id) : undefined,
    number: phoneText(reader, row.e164, null),
    isUnread: row.read_at === null,
    pills: pillsOf(reader, row),
    reading: reading && readingModel(viewer, reader, reading, 'reply', now),
    text: text || t(row.body === '' ? 'replies.noText' : 'replies.nothingToSee'), isCut,
    at: { text: isRecent ? ago(language, row.received_at, now) : moment(reader, row.received_at).text, datetime: row.received_at.toISOString(), exact: longMoment(language, row.received_at, zone) },
    campaign: row.campaign_id !== null && row.campaign_name !== null && may('campaigns.view') ? { href: paths.campaign(row.campaign_id), label: row.campaign_name } : undefined,
    note: noteOf(reader, row),
    review: row.review === 'waiting' && row.held_at !== null && may('consent.edit') ? { action: paths.replyStep(row.id, 'review'), question: t('replies.review.question') } : undefined,
    answer: row.candidate_id !== null && isOpen && may('campaigns.send') && viewer.company.canSendSms ? paths.replyStep(row.id, 'answer') : undefined,
    mark: row.review === 'waiting' && row.held_at !== null ? undefined
      : row.read_at === null ? { action: paths.replyStep(row.id, 'read'), label: t('replies.markRead'), icon: 'check' } : { action: paths.replyStep(row.id, 'unread'), label: t('replies.markUnread'), icon: 'mail' },
    assign: may('candidates.edit') && (row.candidate_id === null || row.others > 0) ? { href: `${paths.reply(row.id)}#person`, label: t(row.candidate_id === null ? 'replies.assign.action' : 'replies.assign.change') } : undefined,
  }
}

export function whoOf({ t }: Reader, row: Pick<ReplyRow, 'candidate_id' | 'first_name' | 'last_name'>): string {
  return row.candidate_id === null ? t('replies.unknown') : nameOf(t, { id: row.candidate_id, first_name: row.first_name, last_name: row.last_name })
}

/** What a machine made of the text, and what it may not be. */
function pillsOf({ t }: Reader, row: ReplyRow): Pill[] {
  const pill = (is: boolean, key: 'review' | 'stop' | 'start' | 'help' | 'incomplete' | 'automatic' | 'unknown' | 'shared', tone: Pill['tone'], icon: string): Pill[] => (is ? [{ text: t(`replies.pill.${key}`, { count: row.others }), tone, icon }] : [])
  return [
    ...pill(row.review === 'waiting' && row.held_at !== null, 'review', 'warning', 'circle-question-mark'),
    ...pill(row.keyword === 'stop' || row.review === 'stop', 'stop', 'error', 'message-square-off'),
    ...pill(row.keyword === 'start', 'start', 'ok', 'message-square'),
    ...pill(row.keyword === 'help', 'help', 'info', 'info'),
    ...pill(!row.is_complete, 'incomplete', 'warning', 'triangle-alert'),
    ...pill(row.is_automatic, 'automatic', 'neutral', 'smartphone'),
    ...pill(row.candidate_id === null, 'unknown', 'neutral', 'circle-question-mark'),
    ...pill(row.candidate_id !== null && row.others > 0, 'shared', 'neutral', 'users'),
  ]
}

/** Who decided what, and what keeps SMS from leaving. */
function noteOf(reader: Reader, row: ReplyRow): string {
  const { t } = reader
  const decided = row.review === 'stop' || row.review === 'not_stop' ? t(`replies.decided.${row.review}`, { by: row.reviewer ?? 'none' }) : ''
  const closed = row.opted_out_at !== null ? t('replies.optedOut', { date: moment(reader, row.opted_out_at).text }) : row.held_at !== null && row.review !== 'waiting' ? t('replies.held') : ''
  return [decided, closed].filter(Boolean).join(' ')
}

export function upTo(count: number): string {
  return count >= COUNTED_TO ? `${COUNTED_TO - 1}+` : String(count)
}
