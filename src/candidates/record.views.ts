import { dateIn } from '../core/dates.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longDate } from '../words/format.ts'
import { NOTE_LENGTH } from './input.ts'
import { phoneModel, type PhoneModel } from './phones.views.ts'
import type { CandidatePhone, CandidateRecord } from './queries.ts'
import type { TimelineModel } from './timeline.views.ts'
import { availabilityText, dayText, nameOf, periodText, readerOf, textablePill, type Pill, type Reader } from './views.ts'

export type RecordModel = {
  crumbs: { label: string; href: string }[]
  name: string
  subtitle: string
  skills: string[]
  textable: Pill
  callUrl: string | undefined
  availability: { kind: 'ok' | 'warning' | 'info'; text: string; detail: string; link?: { href: string; label: string } }
  phones: PhoneModel[]
  consent: { state: Pill; detail: string }
  facts: { term: string; text: string }[]
  /** Undefined for who may not edit. */
  note: { action: string; body: string; error: string | undefined } | undefined
  timeline: TimelineModel
}

export type OptOutModel = { heading: string; text: string; points: string[]; action: string; fields: Record<string, string>; submit: { label: string; icon: string; isDanger: boolean }; cancel: { href: string } }

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/show': RecordModel
    'candidates/opt-out': { confirm: OptOutModel }
  }
}

type Known = { record: CandidateRecord; phones: CandidatePhone[]; timeline: TimelineModel; allowedCountries: readonly string[]; note?: { body: string; error: string } | undefined }

export function recordModel(viewer: Viewer, { record, phones, timeline, allowedCountries, note }: Known): RecordModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const mayEdit = viewer.privileges.has('candidates.edit')
  const numbers = phones.map((phone) => phoneModel(reader, record.id, phone, allowedCountries, mayEdit))
  return {
    crumbs: [{ label: t('candidates.title'), href: paths.candidates }],
    name: nameOf(t, record),
    subtitle: [record.trade, record.town].filter(Boolean).join(' · '),
    skills: record.skills,
    textable: textableModel(reader, record),
    callUrl: numbers.find(({ callUrl }) => callUrl)?.callUrl,
    availability: availabilityBanner(reader, record),
    phones: numbers,
    consent: consentModel(reader, record),
    facts: facts(viewer, reader, record),
    note: mayEdit ? { action: paths.candidateNotes(record.id), body: note?.body ?? '', error: note?.error } : undefined,
    timeline,
  }
}

export function noteProblem(viewer: Viewer, body: string): string | undefined {
  const { t } = readerOf(viewer)
  if (body === '') return t('candidates.note.missing')
  return body.length > NOTE_LENGTH ? t('candidates.note.tooLong', { max: NOTE_LENGTH, length: body.length }) : undefined
}

export function optOutModel(viewer: Viewer, record: CandidateRecord, phone: PhoneModel, e164: string): OptOutModel {
  const { t } = readerOf(viewer)
  return {
    heading: t('candidates.optOut.title', { name: nameOf(t, record) }),
    text: t('candidates.optOut.text', { phone: phone.number }),
    points: [t('candidates.optOut.point')],
    action: paths.candidateOptOut(record.id),
    fields: { e164 },
    submit: { label: t('candidates.optOut.submit'), icon: 'message-square-off', isDanger: true },
    cancel: { href: paths.candidate(record.id) },
  }
}

function textableModel({ t, language }: Reader, { reason }: CandidateRecord): Pill {
  const text = reason === null ? t('candidates.record.textable') : t('candidates.record.notTextable', { reason: t(`candidates.reason.${reason}`).toLocaleLowerCase(language) })
  return { ...textablePill(t, reason), text }
}

/** What holds today, and where it comes from; a period that is over is told as such (S94 keeps it on the record). */
function availabilityBanner(reader: Reader, record: CandidateRecord): RecordModel['availability'] {
  const { t } = reader
  const { availability, available_from: from, available_until: until } = record
  const link = record.campaign_id && record.campaign_name ? { link: { href: paths.campaign(record.campaign_id), label: t('candidates.availability.campaign') } } : {}
  const source = sourceText(reader, record)
  if (availability === 'available') return { kind: 'ok', text: availabilityText(reader, availability, from, until), detail: source, ...link }
  const period = from || until ? periodText(reader, from, until) : ''
  if (availability === 'unavailable') {
    const kept = period && t('candidates.availability.kept', { period })
    return { kind: 'warning', text: t('candidates.availability.unavailable'), detail: [source, kept].filter(Boolean).join(' · '), ...link }
  }
  if (!period) return { kind: 'info', text: t('candidates.availability.none'), detail: t('candidates.availability.noneDetail') }
  return { kind: 'info', text: t('candidates.availability.none'), detail: [t('candidates.availability.past', { period }), source].filter(Boolean).join(' · '), ...link }
}

const SOURCE_WORDS = { answer: 'candidates.availability.sourceAnswerPlain', recruiter: 'candidates.availability.sourceRecruiter', import: 'candidates.availability.sourceImport' } as const

function sourceText(reader: Reader, record: CandidateRecord): string {
  const { t } = reader
  if (!record.availability_updated_at) return ''
  const date = dayText(reader, record.availability_updated_at)
  if (record.campaign_name) return t('candidates.availability.sourceAnswer', { campaign: record.campaign_name, date })
  const source = record.availability_source as keyof typeof SOURCE_WORDS | null
  return source ? t(SOURCE_WORDS[source], { date }) : ''
}

/** Agreed to be texted or not: another fact than an opt-out, which stands with the number (S42). */
function consentModel(reader: Reader, record: CandidateRecord): RecordModel['consent'] {
  const { t } = reader
  const detail = [
    record.consent_source && t('candidates.record.consentSource', { source: record.consent_source }),
    record.consent_at && t('candidates.record.consentDate', { date: longDate(reader.language, dateIn(reader.zone, record.consent_at)) }),
  ]
  return {
    state: record.consent_given
      ? { text: t('candidates.record.consentGiven'), tone: 'ok', icon: 'circle-check' }
      : { text: t('candidates.record.consentMissing'), tone: 'warning', icon: 'lock' },
    detail: detail.filter(Boolean).join(' · '),
  }
}

function facts(viewer: Viewer, reader: Reader, record: CandidateRecord): RecordModel['facts'] {
  const { t, language } = reader
  const languageName = (code: string) => t(code === 'en' ? 'candidates.record.en' : 'candidates.record.fr')
  const rows: [string, string | null][] = [
    [t('candidates.record.email'), record.email],
    [t('candidates.record.language'), record.language ? languageName(record.language) : t('candidates.record.languageDefault', { language: languageName(viewer.company.language) })],
    [t('candidates.record.town'), [record.postal_code, record.town].filter(Boolean).join(' ')],
    [t('candidates.record.registeredOn'), record.registered_on && longDate(language, record.registered_on)],
    [t('candidates.record.externalId'), record.external_id],
  ]
  return rows.flatMap(([term, text]) => (text ? [{ term, text }] : []))
}
