import { moment, nameOf, phoneText, readerOf, type Moment, type Reader } from '../candidates/views.ts'
import { encodeCursor } from '../core/paging.ts'
import { LOOKS_AFTER_MINUTES, NO_RECEIPT_HOURS } from '../messaging/reconcile.domain.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment, wholeNumber } from '../words/format.ts'
import { doubtReason, resendObstacle } from './doubts.domain.ts'
import type { ResendForm } from './doubts.input.ts'
import type { DoubtRow, DoubtsSummary } from './doubts.queries.ts'
import type { Campaign } from './queries.ts'

export type DoubtsModel = {
  crumbs: { label: string; href: string }[]
  note: string
  meaning: string
  choices: { rows: { term: string; text: string }[] }
  errors: { field: string; text: string }[]
  export: ExportMenu
  backUrl: string
  rows: { id: number; name: string; href: string | undefined; phone: string; at: Moment & { exact: string }; reason: string; known: string[]; isChecked: boolean }[]
  pager: { from: number; to: number; total: number; nextUrl?: string; firstUrl?: string }
  /** Undefined: nothing may be sent again, by this person or at all; `why` says so. */
  resend: ResendModel | undefined
  why: string
}

export type ResendModel = {
  action: string
  seen: string
  total: string
  which: { value: string; label: string; isChecked: boolean }[]
  whichError: string
  typed: { value: string; error: string }
}

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/doubts': DoubtsModel
  }
}

export const DOUBTS_PER_PAGE = 50

export type Refusal = { field: 'which' | 'typed' | ''; text: string }

export type DoubtsGiven = {
  campaign: Pick<Campaign, 'id' | 'name' | 'status' | 'is_open'>
  summary: DoubtsSummary
  rows: DoubtRow[]
  hasMore: boolean
  offset: number
  /** The provider's books are looked into, as far as this process knows. */
  hasBooks: boolean
  typed?: ResendForm
  refusals?: Refusal[]
}

export function doubtsModel(viewer: Viewer, given: DoubtsGiven, now: Date = new Date()): DoubtsModel {
  const reader = readerOf(viewer, now)
  const { t, language, zone } = reader
  const { campaign, summary, rows, offset } = given
  const refusals = given.refusals ?? []
  const last = rows.at(-1)
  const ticked = new Set(given.typed?.ids)
  const why = whyNot(viewer, reader, campaign)
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }],
    note: summary.since ? t('doubts.note', { count: summary.total, since: longMoment(language, summary.since, zone) }) : '',
    meaning: t('doubts.meaning', { count: summary.total }),
    choices: { rows: choicesOf(reader, given, now) },
    errors: refusals.map(({ field, text }) => ({ field, text })),
    export: exportMenu(viewer.language, paths.exportOf(paths.campaignStep(campaign.id, 'doubts'))),
    backUrl: paths.campaign(campaign.id),
    rows: rows.map((row) => ({ ...rowModel(viewer, reader, row, given.hasBooks, now), isChecked: ticked.has(row.message_id) })),
    pager: {
      from: rows.length === 0 ? 0 : offset + 1, to: offset + rows.length, total: summary.total,
      ...(offset > 0 ? { firstUrl: paths.campaignStep(campaign.id, 'doubts') } : {}),
      ...(given.hasMore && last ? { nextUrl: `${paths.campaignStep(campaign.id, 'doubts')}?after=${encodeCursor([last.key, last.message_id, offset + rows.length])}` } : {}),
    },
    resend: why === '' && summary.total > 0 ? resendModel(reader, given, refusals) : undefined,
    why,
  }
}

function resendModel({ t, language }: Reader, { campaign, summary, typed }: DoubtsGiven, refusals: readonly Refusal[]): ResendModel {
  const errorAt = (field: Refusal['field']) => refusals.find((refusal) => refusal.field === field)?.text ?? ''
  const isAll = typed?.which === 'all'
  return {
    action: paths.campaignStep(campaign.id, 'doubts'),
    seen: String(summary.seenAt),
    total: String(summary.total),
    which: [
      { value: 'ticked', label: t('doubts.resend.ticked'), isChecked: !isAll },
      { value: 'all', label: t('doubts.resend.all', { count: wholeNumber(language, summary.total) }), isChecked: isAll },
    ],
    whichError: errorAt('which'),
    typed: { value: typed?.typed ?? '', error: errorAt('typed') },
  }
}

function whyNot(viewer: Viewer, { t }: Reader, { status, is_open }: DoubtsGiven['campaign']): string {
  const obstacle = resendObstacle({ status, isOpen: is_open, canSendSms: viewer.company.canSendSms })
  if (obstacle) return t(`doubts.obstacle.${obstacle}`)
  return viewer.privileges.has('campaigns.manage') ? '' : t('doubts.obstacle.privilege')
}

function choicesOf({ t, language, zone }: Reader, { summary, hasBooks }: DoubtsGiven, now: Date): { term: string; text: string }[] {
  const until = summary.latest && new Date(summary.latest.getTime() + NO_RECEIPT_HOURS * 3_600_000)
  const [first, second] = LOOKS_AFTER_MINUTES
  return [
    {
      term: t('doubts.choice.wait'),
      text: [
        until && until > now ? t('doubts.choice.waitText', { until: longMoment(language, until, zone) }) : t('doubts.choice.waitOver', { hours: NO_RECEIPT_HOURS }),
        hasBooks ? t('doubts.choice.books', { first, second }) : t('doubts.choice.noBooks'),
      ].join(' '),
    },
    { term: t('doubts.choice.leave'), text: t('doubts.choice.leaveText') },
    { term: t('doubts.choice.resend'), text: t('doubts.choice.resendText') },
  ]
}

function rowModel(viewer: Viewer, reader: Reader, row: DoubtRow, hasBooks: boolean, now: Date): Omit<DoubtsModel['rows'][number], 'isChecked'> {
  const { t, language, zone } = reader
  return {
    id: row.message_id,
    name: whoIs(reader, row),
    href: row.candidate_id !== null && viewer.privileges.has('candidates.view') ? paths.candidate(row.candidate_id) : undefined,
    phone: phoneText(reader, row.e164, null),
    at: { ...moment(reader, row.started_at), exact: longMoment(language, row.started_at, zone) },
    reason: reasonText(reader, row),
    known: [...(row.resent > 0 ? [t('doubts.known.resent', { count: row.resent })] : []), knownText(reader, row, hasBooks, now)],
  }
}

function whoIs({ t }: Reader, { candidate_id, first_name, last_name }: DoubtRow): string {
  return candidate_id === null ? t('audience.people.gone') : nameOf(t, { id: candidate_id, first_name, last_name })
}

function reasonText({ t }: Reader, { error_code, is_taken }: DoubtRow): string {
  const reason = doubtReason({ code: error_code, isTaken: is_taken })
  return reason === 'error' ? t('doubts.reason.error', { code: (error_code ?? '').replace('http_', '') }) : t(`doubts.reason.${reason}`)
}

/** What receipts and the provider's books have told so far, or when they will be asked. */
function knownText(reader: Reader, row: DoubtRow, hasBooks: boolean, now: Date): string {
  const { t } = reader
  const { checks, finding, started_at: startedAt } = row
  if (finding === 'no_receipt') return t(checks >= LOOKS_AFTER_MINUTES.length ? 'doubts.known.neither' : 'doubts.known.noReceipt', { hours: NO_RECEIPT_HOURS })
  if (finding === 'no_record') return t('doubts.known.noRecord')
  if (row.is_taken) return t('doubts.known.taken')
  const look = LOOKS_AFTER_MINUTES[checks]
  if (!hasBooks || look === undefined) return t('doubts.known.waiting')
  const lookAt = new Date(startedAt.getTime() + look * 60_000)
  // A minute for the clock that looks, and the books should have been opened.
  if (now.getTime() > lookAt.getTime() + 5 * 60_000) return t('doubts.known.unread')
  return t(checks === 0 ? 'doubts.known.soon' : 'doubts.known.once', { at: moment(reader, lookAt).text })
}

/** What the campaign's own page says of them, with the way here; undefined while nothing is in doubt. */
export type DoubtsNotice = { kind: 'warning'; text: string; link: { href: string; label: string } }

export function doubtsNotice({ t }: Reader, campaignId: number, doubtful: number): DoubtsNotice | undefined {
  if (doubtful === 0) return undefined
  return { kind: 'warning', text: t('doubts.notice', { count: doubtful }), link: { href: paths.campaignStep(campaignId, 'doubts'), label: t('doubts.see') } }
}

/** The same as a file. */
export function doubtColumns(viewer: Viewer, appUrl: string, hasBooks: boolean, now: Date = new Date()): Column<DoubtRow>[] {
  const reader = readerOf(viewer, now)
  const { t } = reader
  return [
    { label: t('doubts.csv.firstName'), of: (row) => row.first_name },
    { label: t('doubts.csv.name'), of: (row) => row.last_name || (row.first_name === '' ? whoIs(reader, row) : '') },
    { label: t('doubts.csv.phone'), kind: 'phone', of: (row) => row.e164 },
    { label: t('doubts.csv.at'), kind: 'moment', of: (row) => row.started_at },
    { label: t('doubts.csv.reason'), of: (row) => reasonText(reader, row) },
    { label: t('doubts.csv.known'), of: (row) => rowModel(viewer, reader, row, hasBooks, now).known.join(' · ') },
    { label: t('doubts.csv.candidate'), of: (row) => (row.candidate_id === null ? '' : appUrl + paths.candidate(row.candidate_id)) },
  ]
}
