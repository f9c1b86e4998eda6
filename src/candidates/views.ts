import { dateIn, type CalendarDate } from '../core/dates.ts'
import { formatPhone } from '../sms/phone.ts'
import type { Viewer } from '../web/viewer.ts'
import { shortDay, shortMoment } from '../words/format.ts'
import { translator, type Translate, type WordKey } from '../words/index.ts'
import type { Language } from '../words/define.ts'
import type { Availability, TextabilityReason } from './domain.ts'

export type Tone = 'ok' | 'warning' | 'error' | 'info' | 'accent' | 'neutral'
export type Pill = { text: string; tone: Tone; icon: string }
export type Moment = { text: string; datetime: string }

/** For whom a page is written: language, zone and country of its dates and numbers, and today there. */
export type Reader = { t: Translate; language: Language; zone: string; country: string; today: CalendarDate }

export function readerOf(viewer: Viewer, now: Date = new Date()): Reader {
  const { timeZone, country } = viewer.company
  return { t: translator(viewer.language), language: viewer.language, zone: timeZone, country, today: dateIn(timeZone, now) }
}

/** First name, then last name; a record without either is named by its number. */
export function nameOf(t: Translate, person: { id: number; first_name: string; last_name: string }): string {
  return [person.first_name, person.last_name].filter(Boolean).join(' ') || t('candidates.nameless', { id: String(person.id) })
}

/**
 * « Disponible du lun. 23 nov. au ven. 4 déc. », with what is known of the period. A start that has come goes without
 * saying. Dates beside "unavailable" are an older answer's, which a bare NON leaves alone (S94): not part of that word.
 */
export function availabilityText(reader: Reader, state: Availability, from: CalendarDate | null, until: CalendarDate | null): string {
  const { t } = reader
  if (state !== 'available') return t(`candidates.availability.${state}`)
  return from !== null && from > reader.today ? periodText(reader, from, until) : periodText(reader, null, until)
}

/** The whole period, whether it has begun or not. */
export function periodText({ t, language, today }: Reader, from: CalendarDate | null, until: CalendarDate | null): string {
  const day = (date: CalendarDate) => shortDay(language, date, Number(today.slice(0, 4)))
  if (from && until) return t('candidates.availability.between', { from: day(from), until: day(until) })
  if (from) return t('candidates.availability.from', { from: day(from) })
  return until ? t('candidates.availability.until', { until: day(until) }) : t('candidates.availability.available')
}

export function availabilityPill(reader: Reader, state: Availability, from: CalendarDate | null, until: CalendarDate | null): Pill {
  const look = { available: ['ok', 'calendar-check'], unavailable: ['warning', 'calendar-x'], unknown: ['neutral', 'circle-question-mark'] } as const
  const [tone, icon] = look[state]
  return { text: availabilityText(reader, state, from, until), tone, icon }
}

const REASON_ICONS: Record<TextabilityReason, string> = {
  no_number: 'phone-off', invalid_number: 'phone-off', bounced: 'triangle-alert', opted_out: 'message-square-off', under_review: 'circle-question-mark', no_consent: 'lock', country_blocked: 'globe',
}

export function textablePill(t: Translate, reason: TextabilityReason | null): Pill {
  if (reason === null) return { text: t('candidates.textable.yes'), tone: 'ok', icon: 'circle-check' }
  return { text: t(`candidates.reason.${reason}`), tone: reason === 'opted_out' ? 'error' : 'warning', icon: REASON_ICONS[reason] }
}

/** How a number stands on the page: the way people here write it, else as it was typed. */
export function phoneText(reader: Reader, e164: string | null, raw: string | null): string {
  return e164 === null ? (raw ?? '') : formatPhone(e164, reader.country as Parameters<typeof formatPhone>[1])
}

export function moment(reader: Reader, instant: Date): Moment {
  const isThisYear = dateIn(reader.zone, instant).slice(0, 4) === reader.today.slice(0, 4)
  const text = isThisYear ? shortMoment(reader.language, instant, reader.zone) : shortDay(reader.language, dateIn(reader.zone, instant), 0)
  return { text, datetime: instant.toISOString() }
}

/** « 12 nov. » or « jeu. 12 nov. 2025 ». */
export function dayText(reader: Reader, instant: Date): string {
  return shortDay(reader.language, dateIn(reader.zone, instant), Number(reader.today.slice(0, 4)))
}

const SMS_WORDS: Record<string, { key: WordKey; tone: Tone; icon: string }> = {
  queued: { key: 'candidates.sms.queued', tone: 'neutral', icon: 'hourglass' },
  leased: { key: 'candidates.sms.queued', tone: 'neutral', icon: 'hourglass' },
  submitting: { key: 'candidates.sms.submitting', tone: 'neutral', icon: 'send' },
  in_doubt: { key: 'candidates.sms.in_doubt', tone: 'warning', icon: 'triangle-alert' },
  accepted: { key: 'candidates.sms.accepted', tone: 'neutral', icon: 'send' },
  delivered: { key: 'candidates.sms.delivered', tone: 'ok', icon: 'circle-check' },
  undelivered: { key: 'candidates.sms.undelivered', tone: 'error', icon: 'circle-x' },
  rejected: { key: 'candidates.sms.rejected', tone: 'error', icon: 'circle-x' },
  skipped: { key: 'candidates.sms.skipped', tone: 'warning', icon: 'ban' },
  cancelled: { key: 'candidates.sms.cancelled', tone: 'neutral', icon: 'circle-slash' },
}

/** A message's state in words (its life is drawn in messaging/). */
export function smsState(t: Translate, state: string): Pill {
  const known = SMS_WORDS[state]
  return known ? { text: t(known.key), tone: known.tone, icon: known.icon } : { text: state, tone: 'neutral', icon: 'send' }
}
