import { moment, nameOf, phoneText, smsState, type Moment, type Pill, type Reader } from '../candidates/views.ts'
import { UNSENT_STATES } from '../messaging/domain.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment, shortDay } from '../words/format.ts'
import { catalogues, type WordKey } from '../words/index.ts'
import type { RecipientRow } from './recipients.queries.ts'

/** A contacted candidate with the answer, the SMS and the note. */
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
  answered: (Moment & { exact: string; isEdited: boolean; way: string }) | undefined
  /** Where the answer is written down for the person, or corrected. */
  enter: { href: string; label: string; hiddenLabel: string } | undefined
  sms: Pill
  smsWhy: string
  smsAt: Moment
  unsubscribed: boolean
  /** What became of the second text; empty where there is none. */
  reminder: string
  note: { href: string; hiddenLabel: string } | undefined
}

export function recipientModel(viewer: Viewer, reader: Reader, row: RecipientRow, isOpen: boolean, now: Date): RecipientModel {
  const { t, language, zone } = reader
  const name = row.candidate_id === null ? t('audience.people.gone') : nameOf(t, { id: row.candidate_id, first_name: row.first_name, last_name: row.last_name })
  const href = row.candidate_id !== null && viewer.privileges.has('candidates.view') ? paths.candidate(row.candidate_id) : undefined
  return {
    id: row.id,
    name,
    href,
    phone: phoneText(reader, row.e164, null),
    shared: row.others > 0 ? t('follow.sharedWith', { count: row.others }) : '',
    response: responsePill(reader, row.choice),
    dates: datesText(reader, row),
    comment: row.comment,
    isLong: row.comment.length > 70 || row.comment.includes('\n'),
    answered: row.answered_at
      ? { text: now.getTime() - row.answered_at.getTime() < 7 * 86_400_000 ? ago(language, row.answered_at, now) : moment(reader, row.answered_at).text, datetime: row.answered_at.toISOString(), exact: longMoment(language, row.answered_at, zone), isEdited: row.answer_version > 1, way: wayText(reader, row) }
      : undefined,
    enter: isOpen && viewer.privileges.has('candidates.edit')
      ? { href: paths.recipientAnswer(row.id), label: t(row.choice ? 'readings.editShort' : 'readings.enterShort'), hiddenLabel: t(row.choice ? 'readings.editFor' : 'readings.enterFor', { name }) }
      : undefined,
    sms: isHeld(row) ? (row.wait_reason === 'review' ? { text: t('candidates.sms.underReview'), tone: 'warning', icon: 'circle-question-mark' } : { text: t('candidates.sms.held'), tone: 'neutral', icon: 'calendar-clock' }) : smsState(t, row.state),
    smsWhy: row.wait_reason === 'review' ? '' : isHeld(row) ? t('follow.heldUntil', { date: moment(reader, row.next_attempt_at).text }) : failureText(reader, row),
    smsAt: moment(reader, row.moved_at),
    unsubscribed: row.has_unsubscribed,
    reminder: reminderText(reader, row),
    note: row.note_id !== null && href ? { href: `${href}#timeline`, hiddenLabel: t('follow.noteOf', { name }) } : undefined,
  }
}

export function responsePill({ t }: Reader, choice: 'yes' | 'no' | null): Pill {
  if (choice === null) return { text: t('shared.answerWaiting'), tone: 'neutral', icon: 'clock' }
  return choice === 'yes' ? { text: t('shared.answerYes'), tone: 'ok', icon: 'circle-check' } : { text: t('shared.answerNo'), tone: 'error', icon: 'circle-x' }
}

/** Most answers come by the link, so that goes without saying. */
function wayText({ t }: Reader, { answer_source: source, answered_by: by }: RecipientRow): string {
  if (source === 'reply') return t('readings.short.reply')
  return source === 'recruiter' ? t('readings.short.recruiter', { name: by ?? '' }) : ''
}

/** « Relance : remis », « Relance annulée : a répondu ». */
export function reminderText(reader: Reader, { reminder_state: state, reminder_reason: why }: Pick<RecipientRow, 'reminder_state' | 'reminder_reason'>): string {
  const { t } = reader
  if (state === null) return ''
  if (state === 'skipped' && (why === 'answered' || why === 'replied')) return t('reminders.row.spoken', { why })
  return t('reminders.row.reminder', { state: smsState(t, state).text })
}

/** Why an SMS did not arrive or leave, when we have words for it. */
export function failureText(reader: Reader, row: Pick<RecipientRow, 'state' | 'failure_reason'>): string {
  const key = `candidates.failure.${row.failure_reason}`
  const isKnown = row.failure_reason !== null && key in catalogues.fr && ['undelivered', 'rejected', 'skipped', 'cancelled'].includes(row.state)
  return isKnown ? reader.t(key as WordKey) : ''
}

/** The text waits for the hours in which one may text. */
export function isHeld(row: Pick<RecipientRow, 'state' | 'wait_reason'>): boolean {
  return row.wait_reason !== null && (UNSENT_STATES as readonly string[]).includes(row.state)
}

/** What was answered, whatever the choice: a NON may say when the person is free again (S85). */
function datesText({ t, language, today }: Reader, { available_from: from, available_until: until }: Pick<RecipientRow, 'available_from' | 'available_until'>): string {
  const day = (date: string) => shortDay(language, date, Number(today.slice(0, 4)))
  if (from && until) return t('campaigns.dates.between', { from: day(from), until: day(until) })
  if (from) return t('campaigns.dates.from', { from: day(from) })
  return until ? t('campaigns.dates.until', { until: day(until) }) : ''
}
