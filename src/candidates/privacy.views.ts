import { mayLift } from '../consent/domain.ts'
import { dateIn, type CalendarDate } from '../core/dates.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longDate } from '../words/format.ts'
import { optOutText, type PhoneState } from './phones.views.ts'
import type { CandidatePhone, CandidateRecord } from './queries.ts'
import { nameOf, phoneText, readerOf, type Pill, type Reader } from './views.ts'

/** Agreed to be texted, and said STOP: two facts, told apart (S7, S42). */
export type PrivacyModel = {
  historyUrl: string
  /** Where everything that is held can be had or ended; undefined for who may do neither. */
  dataUrl: string | undefined
  consent: { state: Pill; detail: string; editUrl: string | undefined }
  numbers: { number: string; state: PhoneState; note: string; link: { href: string; label: string } | undefined }[]
}

export type ConsentModel = {
  name: string
  action: string
  was: 'given' | 'missing'
  chosen: 'given' | 'missing' | ''
  source: string
  sources: string[]
  saidOn: string
  today: CalendarDate
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string } | undefined
  cancelUrl: string
}

export type ConfirmModel = { heading: string; text: string; points: string[]; action: string; fields: Record<string, string>; submit: { label: string; icon: string; isDanger: boolean }; cancel: { href: string } }

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/consent': { consent: ConsentModel }
    'candidates/opt-out': { confirm: ConfirmModel }
    'candidates/opt-in': { confirm: ConfirmModel; reason: { value: string; error: string; maxlength: number } }
  }
}

export type ConsentAuthor = { user_name: string | null; file_name: string | null } | undefined

export function privacyModel(viewer: Viewer, reader: Reader, { record, phones, author }: { record: CandidateRecord; phones: CandidatePhone[]; author: ConsentAuthor }): PrivacyModel {
  const mayEditConsent = viewer.privileges.has('consent.edit')
  const mayEdit = viewer.privileges.has('candidates.edit')
  return {
    dataUrl: viewer.privileges.has('data.manage') ? paths.personStep(record.kind, record.id, 'data') : undefined,
    historyUrl: `${paths.person(record.kind, record.id)}?kind=consent#timeline`,
    consent: { state: consentPill(reader, record.consent_given), detail: consentDetail(reader, record, author), editUrl: mayEditConsent ? paths.personStep(record.kind, record.id, 'consent') : undefined },
    numbers: phones.filter(({ e164, is_textable, opted_out_at }) => e164 !== null && (is_textable || opted_out_at !== null)).map((phone) => numberModel(reader, record, phone, { mayEdit, mayLift: mayEdit && mayEditConsent })),
  }
}

export function consentPill({ t }: Reader, isGiven: boolean): Pill {
  return isGiven ? { text: t('candidates.record.consentGiven'), tone: 'ok', icon: 'circle-check' } : { text: t('candidates.record.consentMissing'), tone: 'warning', icon: 'lock' }
}

function consentDetail({ t, language, zone }: Reader, record: CandidateRecord, author: ConsentAuthor): string {
  const detail = [
    record.consent_source && t('candidates.record.consentSource', { source: record.consent_source }),
    record.consent_at && t('candidates.record.consentDate', { date: longDate(language, dateIn(zone, record.consent_at)) }),
    author?.user_name && t('people.privacy.by', { user: author.user_name }),
    author?.file_name && t('people.privacy.byImport', { file: author.file_name }),
  ]
  return detail.filter(Boolean).join(' · ')
}

function numberModel(reader: Reader, record: CandidateRecord, phone: CandidatePhone, may: { mayEdit: boolean; mayLift: boolean }): PrivacyModel['numbers'][number] {
  const { t } = reader
  const number = phoneText(reader, phone.e164, phone.raw)
  const to = (step: 'opt-out' | 'opt-in') => `${paths.personStep(record.kind, record.id, step)}?${new URLSearchParams({ e164: phone.e164 ?? '' })}`
  if (phone.opted_out_at === null) {
    const state = { pill: { text: t('people.privacy.free'), tone: 'neutral' as const, icon: 'message-square' }, detail: '' }
    return { number, state, note: '', link: may.mayEdit ? { href: to('opt-out'), label: t('candidates.optOut.action') } : undefined }
  }
  const state = { pill: { text: t('candidates.phone.optedOut'), tone: 'error' as const, icon: 'message-square-off' }, detail: optOutText(reader, phone, phone.opted_out_at) }
  if (mayLift(phone)) return { number, state, note: '', link: may.mayLift ? { href: to('opt-in'), label: t('people.optIn.action') } : undefined }
  return { number, state, note: t(phone.opt_out_source === 'provider' ? 'people.privacy.provider' : 'people.privacy.person'), link: undefined }
}

export type TypedConsent = { was: 'given' | 'missing'; chosen: 'given' | 'missing' | ''; source: string; saidOn: string }
export type ConsentProblem = { field: 'consent' | 'source' | 'said_on'; word: 'choice' | 'source' | 'sourceLong' | 'date' | 'future' }

export function consentModel(viewer: Viewer, record: CandidateRecord, typed?: TypedConsent, problems: readonly ConsentProblem[] = [], isConflict = false): ConsentModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const now = record.consent_given ? 'given' : 'missing'
  return {
    name: nameOf(t, record),
    action: paths.personStep(record.kind, record.id, 'consent'),
    was: now,
    chosen: typed?.chosen ?? '',
    source: typed?.source ?? '',
    sources: (['form', 'interview', 'phone', 'mail', 'contract'] as const).map((one) => t(`people.source.${one}`)),
    saidOn: typed?.saidOn ?? reader.today,
    today: reader.today,
    errors: problems.map(({ field, word }) => ({ field, text: t(`people.consent.problem.${word}`) })),
    conflict: isConflict ? { kind: 'warning', text: t('people.consent.changed', { state: [consentPill(reader, record.consent_given).text, consentDetail(reader, record, undefined)].filter(Boolean).join(', ') }) } : undefined,
    cancelUrl: paths.person(record.kind, record.id),
  }
}

/** The page that asks before a number is opted out or in. */
export function optModel(viewer: Viewer, record: CandidateRecord, phone: CandidatePhone, step: 'opt-out' | 'opt-in'): ConfirmModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const name = nameOf(t, record)
  const number = phoneText(reader, phone.e164, phone.raw)
  const words = step === 'opt-out'
    ? { heading: t('candidates.optOut.title', { name }), text: t('candidates.optOut.text', { phone: number }), points: [t('candidates.optOut.point')] }
    : { heading: t('people.optIn.title', { name }), text: t('people.optIn.text', { phone: number }), points: [t('people.optIn.point')] }
  return {
    ...words,
    action: paths.personStep(record.kind, record.id, step),
    fields: { e164: phone.e164 ?? '' },
    submit: step === 'opt-out' ? { label: t('candidates.optOut.submit'), icon: 'message-square-off', isDanger: true } : { label: t('people.optIn.submit'), icon: 'message-square', isDanger: false },
    cancel: { href: paths.person(record.kind, record.id) },
  }
}
