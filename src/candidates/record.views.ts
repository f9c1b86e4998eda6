import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longDate } from '../words/format.ts'
import { NO_FILTERS } from './domain.ts'
import { NOTE_LENGTH } from './input.ts'
import { searchUrl } from './list.views.ts'
import type { PeriodsModel } from './periods.views.ts'
import { phoneModel, type PhoneModel } from './phones.views.ts'
import { privacyModel, type ConsentAuthor, type PrivacyModel } from './privacy.views.ts'
import type { CandidatePhone, CandidateRecord } from './queries.ts'
import type { ReadingRow } from './readings.queries.ts'
import { readingsModel, type ReadingsModel } from './readings.views.ts'
import { stripModel, type StripModel } from './strip.views.ts'
import type { TimelineModel } from './timeline.views.ts'
import { availabilityText, dayText, nameOf, periodText, readerOf, textablePill, type Pill, type Reader } from './views.ts'

export type RecordModel = {
  crumbs: { label: string; href: string }[]
  heading: string
  subtitle: string
  skills: string[]
  tags: { label: string; href: string }[]
  textable: Pill
  callUrl: string | undefined
  editUrl: string | undefined
  /** Where an answer given on the telephone is written down; only while there is something to answer. */
  answerUrl: string | undefined
  /** Texts of theirs that may be answers. */
  readings: ReadingsModel | undefined
  /** The message to this one person, wherever on the page it starts. */
  sms: PhoneModel['sms']
  /** Nobody asks a contact when he is free; where one was asked all the same, it shows. */
  availability: AvailabilityBanner | undefined
  phones: PhoneModel[]
  privacy: PrivacyModel
  facts: { term: string; text: string; href?: string }[]
  /** Undefined for who may not edit. */
  note: { action: string; body: string; error: string | undefined } | undefined
  /** What happened, or what was ever said of the availability: one of the two is shown. */
  tabs: { label: string; items: { label: string; href: string; isCurrent: boolean }[] } | undefined
  timeline: TimelineModel | undefined
  periods: PeriodsModel | undefined
}

type AvailabilityBanner = { kind: 'ok' | 'warning' | 'info'; text: string; detail: string; link?: { href: string; label: string }; editUrl?: string; strip?: StripModel | undefined }

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/show': RecordModel
  }
}

type Known = { record: CandidateRecord; phones: CandidatePhone[]; author: ConsentAuthor; allowedCountries: readonly string[] }
/** The main part of the page, with the heading of a tab that is not the first. */
type Shown = { timeline: TimelineModel; note?: { body: string; error: string } | undefined; asked: Asked; periods?: never; heading?: never } | { periods: PeriodsModel; heading: string; timeline?: never; note?: never; asked?: never }

/** What they were asked by campaigns: may they still answer, and which of their texts may be answers? */
type Asked = { isOpen: boolean; readings: readonly ReadingRow[] }

export function recordModel(viewer: Viewer, { record, phones, author, allowedCountries, timeline, note, asked, periods, heading }: Known & Shown): RecordModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const mayEdit = viewer.privileges.has('candidates.edit')
  const maySend = viewer.company.canSendSms && viewer.privileges.has('campaigns.send')
  const isUnasked = record.kind === 'contact' && !record.availability_updated_at
  const banner = availabilityBanner(reader, record)
  const hasChoice = phones.filter(({ is_textable }) => is_textable).length > 1
  const numbers = phones.map((phone) => phoneModel(reader, phone, { record, hasChoice, allowedCountries, mayEdit, maySend }))
  return {
    crumbs: [{ label: t(record.kind === 'contact' ? 'nav.contacts' : 'nav.candidates'), href: record.kind === 'contact' ? paths.contacts : paths.candidates }],
    heading: heading ?? nameOf(t, record),
    subtitle: [record.trade, record.organisation, record.town, record.branch_name].filter(Boolean).join(' · '),
    skills: record.skills,
    tags: record.tags.map((tag) => ({ label: tag, href: searchUrl({ ...NO_FILTERS, kind: record.kind, tag }) })),
    textable: textableModel(reader, record),
    callUrl: numbers.find(({ callUrl }) => callUrl)?.callUrl,
    editUrl: mayEdit ? paths.personStep(record.kind, record.id, 'edit') : undefined,
    answerUrl: mayEdit && asked?.isOpen ? paths.personAnswers(record.kind, record.id) : undefined,
    readings: readingsModel(viewer, reader, asked?.readings ?? [], 'record', new Date()),
    sms: numbers.find(({ sms }) => sms)?.sms,
    availability: isUnasked ? undefined : { ...banner, strip: stripModel(reader, record, banner.text), ...(mayEdit ? { editUrl: paths.personStep(record.kind, record.id, 'availability') } : {}) },
    phones: numbers,
    privacy: privacyModel(viewer, reader, { record, phones, author }),
    facts: facts(viewer, reader, record),
    note: mayEdit && timeline ? { action: paths.personStep(record.kind, record.id, 'notes'), body: note?.body ?? '', error: note?.error } : undefined,
    tabs: isUnasked ? undefined : recordTabs(reader, record, periods !== undefined),
    timeline,
    periods,
  }
}

function recordTabs({ t }: Reader, { kind, id }: CandidateRecord, isHistory: boolean): NonNullable<RecordModel['tabs']> {
  const items = [
    { label: t('candidates.timeline.title'), href: paths.person(kind, id), isCurrent: !isHistory },
    { label: t('periods.tab'), href: paths.personStep(kind, id, 'periods'), isCurrent: isHistory },
  ]
  return { label: t('candidates.record.tabs'), items }
}

export function noteProblem(viewer: Viewer, body: string): string | undefined {
  const { t } = readerOf(viewer)
  if (body === '') return t('candidates.note.missing')
  return body.length > NOTE_LENGTH ? t('candidates.note.tooLong', { max: NOTE_LENGTH, length: body.length }) : undefined
}

function textableModel({ t, language }: Reader, { reason }: CandidateRecord): Pill {
  const text = reason === null ? t('candidates.record.textable') : t('candidates.record.notTextable', { reason: t(`candidates.reason.${reason}`).toLocaleLowerCase(language) })
  return { ...textablePill(t, reason), text }
}

/** What holds today, and where it comes from; a period that is over is told as such (S94 keeps it on the record). */
function availabilityBanner(reader: Reader, record: CandidateRecord): AvailabilityBanner {
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
  if (record.availability_source === 'page') return t('candidates.availability.sourcePage', { campaign: record.campaign_name ?? '?', date })
  if (record.campaign_name) return t('candidates.availability.sourceAnswer', { campaign: record.campaign_name, date, way: record.answer_source ?? 'link' })
  const source = record.availability_source as keyof typeof SOURCE_WORDS | null
  return source ? t(SOURCE_WORDS[source], { date }) : ''
}

function facts(viewer: Viewer, reader: Reader, record: CandidateRecord): RecordModel['facts'] {
  const { t, language } = reader
  const languageName = (code: string) => t(code === 'en' ? 'candidates.record.en' : 'candidates.record.fr')
  const rows: [string, string | null, string?][] = [
    [t('candidates.record.email'), record.email, `mailto:${encodeURIComponent(record.email ?? '').replace('%40', '@')}`],
    [t('candidates.record.language'), record.language ? languageName(record.language) : t('candidates.record.languageDefault', { language: languageName(viewer.company.language) })],
    [t('candidates.record.town'), [record.postal_code, record.town].filter(Boolean).join(' ')],
    [t('people.field.branch_id'), record.branch_name, searchUrl({ ...NO_FILTERS, kind: record.kind, branch: String(record.branch_id ?? '') })],
    [t('candidates.record.registeredOn'), record.registered_on && longDate(language, record.registered_on)],
    [t('candidates.record.externalId'), record.external_id],
  ]
  return rows.flatMap(([term, text, href]) => (text ? [{ term, text, ...(href ? { href } : {}) }] : []))
}
