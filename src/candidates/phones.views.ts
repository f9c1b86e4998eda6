import { PHONE_PROBLEMS, type PhoneProblem } from '../sms/phone.ts'
import { paths } from '../web/paths.ts'
import type { Translate } from '../words/index.ts'
import type { CandidatePhone } from './queries.ts'
import { dayText, phoneText, type Pill, type Reader } from './views.ts'

export type PhoneModel = { label: string; number: string; callUrl: string | undefined; states: Pill[]; optOutUrl: string | undefined }

/** A number on the record with everything that is known of it, each fact in words. */
export function phoneModel(reader: Reader, candidateId: number, phone: CandidatePhone, allowedCountries: readonly string[], mayEdit: boolean): PhoneModel {
  const { t } = reader
  const mayOptOut = mayEdit && phone.e164 !== null && phone.is_textable && phone.opted_out_at === null
  return {
    label: t(phone.kind === 'mobile' ? 'candidates.record.mobile' : 'candidates.record.home'),
    number: phoneText(reader, phone.e164, phone.raw),
    callUrl: phone.e164 === null ? undefined : `tel:${phone.e164}`,
    states: phoneStates(reader, phone, allowedCountries),
    optOutUrl: mayOptOut ? `${paths.candidateOptOut(candidateId)}?${new URLSearchParams({ e164: phone.e164 ?? '' })}` : undefined,
  }
}

function phoneStates(reader: Reader, phone: CandidatePhone, allowedCountries: readonly string[]): Pill[] {
  const { t } = reader
  if (phone.e164 === null) return [{ text: t('candidates.phone.invalid', { problem: problemText(t, phone.problem) }), tone: 'error', icon: 'phone-off' }]
  const states: Pill[] = []
  if (!phone.is_textable) states.push({ text: t('candidates.phone.fixed'), tone: 'neutral', icon: 'phone' })
  if (phone.opted_out_at) states.push({ text: optOutText(reader, phone, phone.opted_out_at), tone: 'error', icon: 'message-square-off' })
  if (phone.bounced_at) states.push({ text: t('candidates.phone.bounced', { date: dayText(reader, phone.bounced_at) }), tone: 'warning', icon: 'triangle-alert' })
  if (phone.is_textable && !allowedCountries.includes(phone.country ?? '')) {
    states.push({ text: t('candidates.phone.countryBlocked', { country: countryName(reader, phone.country) }), tone: 'warning', icon: 'globe' })
  }
  return states.length > 0 ? states : [{ text: t('candidates.phone.valid'), tone: 'ok', icon: 'circle-check' }]
}

function optOutText(reader: Reader, phone: CandidatePhone, since: Date): string {
  const facts = { date: dayText(reader, since), source: optOutSource(reader.t, phone.opt_out_source) }
  return phone.opted_out_by ? reader.t('candidates.phone.optedOutBy', { ...facts, user: phone.opted_out_by }) : reader.t('candidates.phone.optedOut', facts)
}

/** Where an opt-out came from. The database allows these five. */
export function optOutSource(t: Translate, source: string | null): string {
  return t(`candidates.source.${source as 'sms' | 'page' | 'recruiter' | 'provider' | 'import'}`)
}

function problemText(t: Translate, problem: string | null): string {
  const isKnown = (PHONE_PROBLEMS as readonly (string | null)[]).includes(problem)
  return t(`candidates.problem.${isKnown ? (problem as PhoneProblem) : 'invalid'}`)
}

function countryName(reader: Reader, country: string | null): string {
  return country === null ? '?' : (new Intl.DisplayNames([reader.language], { type: 'region' }).of(country) ?? country)
}
