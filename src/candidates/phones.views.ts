import { PHONE_PROBLEMS, type PhoneProblem } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import type { Translate } from '../words/index.ts'
import type { CandidatePhone, CandidateRecord } from './queries.ts'
import { dayText, phoneText, type Pill, type Reader, type Tone } from './views.ts'

export type PhoneModel = {
  label: string
  number: string
  callUrl: string | undefined
  states: PhoneState[]
  /** Where the number is from, when that is not the company's own country. */
  country: string
  /** Starts a message to this person on this number. */
  sms: { action: string; id: number; label: string } | undefined
  /** Makes this the number that SMS go to. */
  main: { action: string; e164: string } | undefined
}

/** One fact about a number: the word, and since when or why. */
export type PhoneState = { pill: Pill; detail: string }

export type PhoneGround = { record: Pick<CandidateRecord, 'id' | 'kind' | 'text_to'>; /** There is a choice of numbers for SMS. */ hasChoice: boolean; allowedCountries: readonly string[]; mayEdit: boolean; maySend: boolean }

/** A number on the record with everything that is known of it, each fact in words. */
export function phoneModel(reader: Reader, phone: CandidatePhone, { record, hasChoice, allowedCountries, mayEdit, maySend }: PhoneGround): PhoneModel {
  const { t } = reader
  const number = phoneText(reader, phone.e164, phone.raw)
  const isMain = phone.e164 !== null && phone.e164 === record.text_to
  return {
    label: t(phone.kind === 'mobile' ? 'candidates.record.mobile' : 'candidates.record.home'),
    number,
    callUrl: phone.e164 === null ? undefined : `tel:${phone.e164}`,
    states: [...phoneStates(reader, phone, allowedCountries), ...(isMain && hasChoice ? [state(t('people.main.current'), 'accent', 'send', '')] : [])],
    country: phone.country !== null && phone.country !== reader.country ? countryName(reader, phone.country) : '',
    sms: isMain && maySend ? { action: paths.campaigns, id: record.id, label: t('people.sms.sendTo', { phone: number }) } : undefined,
    main: mayEdit && phone.e164 !== null && phone.is_textable && !isMain ? { action: paths.personStep(record.kind, record.id, 'main-phone'), e164: phone.e164 } : undefined,
  }
}

function phoneStates(reader: Reader, phone: CandidatePhone, allowedCountries: readonly string[]): PhoneState[] {
  const { t } = reader
  if (phone.e164 === null) return [state(t('candidates.phone.invalid'), 'error', 'phone-off', problemText(t, phone.problem))]
  const states: PhoneState[] = []
  if (!phone.is_textable) states.push(state(t('candidates.phone.fixed'), 'neutral', 'phone', t('candidates.phone.fixedDetail')))
  if (phone.opted_out_at) states.push(state(t('candidates.phone.optedOut'), 'error', 'message-square-off', optOutText(reader, phone, phone.opted_out_at)))
  if (phone.held_at) states.push(state(t('candidates.phone.held'), 'warning', 'circle-question-mark', t('candidates.phone.heldDetail', { date: dayText(reader, phone.held_at) })))
  if (phone.bounced_at) states.push(state(t('candidates.phone.bounced'), 'warning', 'triangle-alert', t('candidates.phone.bouncedDetail', { date: dayText(reader, phone.bounced_at) })))
  if (phone.is_textable && !allowedCountries.includes(phone.country ?? '')) states.push(state(t('candidates.phone.countryBlocked'), 'warning', 'globe', phone.country === null ? '?' : countryName(reader, phone.country)))
  return states.length > 0 ? states : [state(t('candidates.phone.valid'), 'ok', 'circle-check', '')]
}

function state(text: string, tone: Tone, icon: string, detail: string): PhoneState {
  return { pill: { text, tone, icon }, detail }
}

/** Since when, how and by whom. */
export function optOutText(reader: Reader, phone: CandidatePhone, since: Date): string {
  const facts = { date: dayText(reader, since), source: optOutSource(reader.t, phone.opt_out_source) }
  return phone.opted_out_by ? reader.t('candidates.phone.optedOutBy', { ...facts, user: phone.opted_out_by }) : reader.t('candidates.phone.optedOutDetail', facts)
}

/** Where an opt-out came from. The database allows these five. */
export function optOutSource(t: Translate, source: string | null): string {
  return t(`candidates.source.${source as 'sms' | 'page' | 'recruiter' | 'provider' | 'import'}`)
}

/** Why a number is none. */
export function problemText(t: Translate, problem: string | null): string {
  const isKnown = (PHONE_PROBLEMS as readonly (string | null)[]).includes(problem)
  return t(`candidates.problem.${isKnown ? (problem as PhoneProblem) : 'invalid'}`)
}

export function countryName(reader: Pick<Reader, 'language'>, country: string): string {
  return new Intl.DisplayNames([reader.language], { type: 'region' }).of(country) ?? country
}
