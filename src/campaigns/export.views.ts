import { nameOf, readerOf, smsState, type Reader } from '../candidates/views.ts'
import { dateIn } from '../core/dates.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { timeOfDay } from '../words/format.ts'
import type { AudienceRow } from './audience.queries.ts'
import type { CampaignListRow } from './list.queries.ts'
import { statusPill } from './list.views.ts'
import type { RecipientRow } from './recipients.queries.ts'
import { failureText, isHeld, reminderText, responsePill } from './recipients.views.ts'

/** What became of each recipient, in words. */
export function recipientColumns(viewer: Viewer, appUrl: string): Column<RecipientRow>[] {
  const reader = readerOf(viewer)
  const { t } = reader
  return [
    { label: t('follow.csv.firstName'), of: (row) => row.first_name },
    { label: t('follow.csv.name'), of: (row) => lastName(reader, row) },
    { label: t('follow.csv.phone'), kind: 'phone', of: (row) => row.e164 },
    { label: t('follow.csv.batch'), kind: 'number', of: (row) => row.batch_no },
    { label: t('follow.csv.batchOn'), kind: 'date', of: (row) => row.batch_on },
    { label: t('follow.csv.delivery'), of: (row) => (isHeld(row) ? t('candidates.sms.held') : smsState(t, row.state).text) },
    { label: t('follow.csv.reason'), of: (row) => (isHeld(row) ? t('follow.heldUntil', { date: momentText(reader, row.next_attempt_at) }) : failureText(reader, row)) },
    { label: t('follow.csv.sentAt'), kind: 'moment', of: (row) => row.submitted_at },
    // A text that was never handed over was settled too: blocked or cancelled at that moment.
    { label: t('follow.csv.settledAt'), kind: 'moment', of: (row) => row.settled_at },
    { label: t('reminders.csv'), of: (row) => reminderText(reader, row) },
    { label: t('follow.csv.answer'), of: (row) => responsePill(reader, row.choice).text },
    { label: t('follow.csv.way'), of: (row) => (row.answer_source ? t(`follow.way.${row.answer_source}`) : '') },
    { label: t('follow.csv.from'), kind: 'date', of: (row) => row.available_from },
    { label: t('follow.csv.until'), kind: 'date', of: (row) => row.available_until },
    { label: t('follow.csv.comment'), of: (row) => row.comment },
    { label: t('follow.csv.answeredAt'), kind: 'moment', of: (row) => row.answered_at },
    { label: t('follow.csv.unsubscribed'), of: (row) => (row.has_unsubscribed ? t('follow.csv.yes') : '') },
    { label: t('follow.csv.candidate'), of: (row) => (row.candidate_id === null ? '' : appUrl + paths.candidate(row.candidate_id)) },
  ]
}

function lastName({ t }: Reader, row: RecipientRow): string {
  if (row.last_name !== '') return row.last_name
  if (row.candidate_id === null) return t('audience.people.gone')
  return row.first_name === '' ? nameOf(t, { id: row.candidate_id, first_name: '', last_name: '' }) : ''
}

function momentText({ zone, language }: Reader, at: Date): string {
  return `${dateIn(zone, at)} ${timeOfDay(language, at, zone)}`
}

export function campaignColumns(viewer: Viewer, appUrl: string): Column<CampaignListRow>[] {
  const reader = readerOf(viewer)
  const { t } = reader
  const launched = (row: CampaignListRow, value: number) => (row.status === 'draft' ? null : value)
  return [
    { label: t('exports.name'), of: (row) => row.name },
    { label: t('exports.kind'), of: (row) => t(`campaigns.kind.${row.kind}`) },
    { label: t('exports.status'), of: (row) => statusPill(reader, row.status).text },
    { label: t('exports.campaign.sender'), of: (row) => row.sender_name },
    { label: t('exports.campaign.startsAt'), kind: 'moment', of: (row) => row.starts_at },
    { label: t('exports.campaign.endsAt'), kind: 'moment', of: (row) => row.ends_at },
    { label: t('exports.campaign.total'), kind: 'number', of: (row) => launched(row, row.total) },
    { label: t('exports.campaign.sent'), kind: 'number', of: (row) => launched(row, row.sent) },
    { label: t('exports.campaign.delivered'), kind: 'number', of: (row) => launched(row, row.delivered) },
    { label: t('exports.campaign.undelivered'), kind: 'number', of: (row) => launched(row, row.undelivered) },
    { label: t('exports.campaign.blocked'), kind: 'number', of: (row) => launched(row, row.blocked) },
    { label: t('exports.campaign.yes'), kind: 'number', of: (row) => launched(row, row.yes) },
    { label: t('exports.campaign.no'), kind: 'number', of: (row) => launched(row, row.no) },
    { label: t('exports.campaign.unsubscribed'), kind: 'number', of: (row) => launched(row, row.unsubscribed) },
    { label: t('exports.campaign.page'), of: (row) => appUrl + paths.campaign(row.id) },
  ]
}

/** The people of one line of the calculation. */
export function audienceColumns(viewer: Viewer, appUrl: string): Column<AudienceRow>[] {
  const { t } = readerOf(viewer)
  return [
    { label: t('follow.csv.firstName'), of: (row) => row.first_name },
    { label: t('follow.csv.name'), of: (row) => (row.id === 0 ? t('audience.people.gone') : row.last_name) },
    { label: t('audience.people.trade'), of: (row) => row.trade },
    { label: t('audience.people.town'), of: (row) => row.town },
    { label: t('follow.csv.phone'), kind: 'phone', of: (row) => row.e164 },
    { label: t('exports.audience.duplicateOf'), of: (row) => row.twin_name },
    { label: t('exports.record'), of: (row) => (row.id === 0 ? '' : appUrl + paths.candidate(row.id)) },
  ]
}
