import { nameOf, readerOf, smsState, type Reader } from '../candidates/views.ts'
import { dateIn } from '../core/dates.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { timeOfDay } from '../words/format.ts'
import type { RecipientRow } from './recipients.queries.ts'
import { failureText, isHeld, reminderText, responsePill } from './recipients.views.ts'

const COLUMNS = ['firstName', 'name', 'phone', 'batch', 'batchOn', 'delivery', 'reason', 'sentAt', 'settledAt', 'reminder', 'answer', 'way', 'from', 'until', 'comment', 'answeredAt', 'unsubscribed', 'candidate'] as const

/** First line of the file. A byte order mark lets French Excel read the accents. */
export function csvHead(viewer: Viewer): string {
  const { t } = readerOf(viewer)
  return `\ufeff${csvLine(COLUMNS.map((column) => (column === 'reminder' ? t('reminders.csv') : t(`follow.csv.${column}`))))}`
}

/** What became of one recipient, in words; a cell per column, in their order. */
export function csvRow(viewer: Viewer, appUrl: string, row: RecipientRow): string {
  const reader = readerOf(viewer)
  const { t } = reader
  const cells: Record<(typeof COLUMNS)[number], string> = {
    firstName: row.first_name,
    name: row.last_name || (row.candidate_id === null ? t('audience.people.gone') : row.first_name === '' ? nameOf(t, { id: row.candidate_id, first_name: '', last_name: '' }) : ''),
    phone: row.e164,
    batch: String(row.batch_no),
    batchOn: row.batch_on,
    delivery: isHeld(row) ? t('candidates.sms.held') : smsState(t, row.state).text,
    reason: isHeld(row) ? t('follow.heldUntil', { date: moment(reader, row.next_attempt_at) }) : failureText(reader, row),
    sentAt: moment(reader, row.submitted_at),
    // A text that was never handed over was settled too: blocked or cancelled at that moment.
    settledAt: moment(reader, row.settled_at),
    reminder: reminderText(reader, row),
    answer: responsePill(reader, row.choice).text,
    way: row.answer_source ? t(`follow.way.${row.answer_source}`) : '',
    from: row.available_from ?? '',
    until: row.available_until ?? '',
    comment: row.comment,
    answeredAt: moment(reader, row.answered_at),
    unsubscribed: row.has_unsubscribed ? t('follow.csv.yes') : '',
    candidate: row.candidate_id === null ? '' : appUrl + paths.candidate(row.candidate_id),
  }
  return csvLine(COLUMNS.map((column) => cells[column]))
}

/** `2026-11-23 10:00`, local: spreadsheets of every language read and sort it. */
function moment({ zone, language }: Reader, at: Date | null): string {
  return at ? `${dateIn(zone, at)} ${timeOfDay(language, at, zone)}` : ''
}

/** Semicolons, as French spreadsheets expect; every cell quoted. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${guarded(cell).replaceAll('"', '""')}"`).join(';')}\r\n`
}

/** A cell that a spreadsheet would run as a formula is made text (OWASP, CSV injection). A telephone number stays one. */
function guarded(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^\+\d+$/.test(cell) ? `'${cell}` : cell
}
