import { encodeCursor } from '../core/paging.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { ago, longMoment, shortDate } from '../words/format.ts'
import { catalogues, type WordKey } from '../words/index.ts'
import { shownStart } from '../sms/shown.ts'
import { TIMELINE_KINDS, type Kind, type TimelineKind, type TimelinePosition } from './domain.ts'
import { fieldLabel } from './fields.views.ts'
import type { PersonField } from './people.domain.ts'
import { optOutSource } from './phones.views.ts'
import type { TimelineRow } from './timeline.queries.ts'
import { moment, periodText, phoneText, readerOf, smsState, type Reader, type Tone } from './views.ts'

export type TimelineEvent = {
  heading: string
  icon: string
  tone?: Tone
  when: string
  datetime: string
  exact: string
  text?: string
  quote?: string
  meta?: string
  link?: { href: string; label: string }
}

export type TimelineModel = {
  tabs: { label: string; href: string; fragmentUrl: string; isCurrent: boolean }[]
  items: TimelineEvent[]
  emptyText: string
  older: Place | undefined
  newest: Place | undefined
  /** The newest page reads itself again when something happens; an older one stays as it is. */
  live: { topic: string; url: string } | undefined
}
type Place = { href: string; fragmentUrl: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/_timeline': { timeline: TimelineModel }
  }
}

type Asked = { candidateId: number; person: Kind; kind: '' | TimelineKind; before: TimelinePosition | undefined }

export function timelineModel(viewer: Viewer, { candidateId, person, kind, before }: Asked, found: { rows: TimelineRow[]; hasMore: boolean }, now: Date = new Date()): TimelineModel {
  const reader = readerOf(viewer, now)
  const { t } = reader
  const place = (query: Record<string, string>): Place => {
    const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString()
    const tail = text ? `?${text}` : ''
    return { href: `${paths.person(person, candidateId)}${tail}#timeline`, fragmentUrl: `${paths.personStep(person, candidateId, 'timeline')}${tail}` }
  }
  const last = found.rows.at(-1)
  return {
    tabs: (['', ...TIMELINE_KINDS] as const).map((one) => ({ label: t(`candidates.timeline.${one || 'all'}`), ...place({ kind: one }), isCurrent: one === kind })),
    items: found.rows.map((row) => eventModel(reader, person, row, now)),
    emptyText: t(kind === '' ? 'candidates.timeline.empty' : 'candidates.timeline.emptyKind'),
    older: found.hasMore && last ? place({ kind, before: encodeCursor([last.at_key, last.source_key, last.id]) }) : undefined,
    newest: before ? place({ kind }) : undefined,
    live: before ? undefined : { topic: `candidate:${candidateId}`, url: place({ kind }).fragmentUrl },
  }
}

type Told = Pick<TimelineEvent, 'heading' | 'icon' | 'tone' | 'text' | 'quote'> & { metas?: (string | null | false)[] }

function eventModel(reader: Reader, person: Kind, row: TimelineRow, now: Date): TimelineEvent {
  const { metas = [], ...told } = tell(reader, person, row)
  const isRecent = Math.abs(now.getTime() - row.at.getTime()) < 24 * 3_600_000
  const meta = [...metas, row.actor && reader.t('candidates.event.noteBy', { user: row.actor })].filter(Boolean).join(' · ')
  return {
    ...told,
    when: isRecent ? ago(reader.language, row.at, now) : moment(reader, row.at).text,
    datetime: row.at.toISOString(),
    exact: longMoment(reader.language, row.at, reader.zone),
    ...(meta ? { meta } : {}),
    ...(row.event === 'reply' ? { link: { href: paths.reply(row.id), label: reader.t('candidates.event.openReply') } } : row.campaign_id && row.campaign_name ? { link: { href: paths.campaign(row.campaign_id), label: row.campaign_name } } : {}),
  }
}

function tell(reader: Reader, person: Kind, row: TimelineRow): Told {
  const { t } = reader
  const words = row.body ? { quote: row.body } : {}
  switch (row.event) {
    case 'note_manual':
      return { heading: t('candidates.event.note_manual'), icon: 'pencil', tone: 'accent', ...words }
    case 'note_automatic':
      return { heading: t('candidates.event.note_automatic'), icon: 'file-text', tone: 'accent', ...words }
    case 'answer':
      return tellAnswer(reader, row)
    case 'availability':
      return { heading: t('candidates.timeline.availability'), icon: row.value === 'unavailable' ? 'calendar-x' : 'calendar-check', tone: row.value === 'available' ? 'ok' : 'neutral', text: row.value === 'available' ? periodText(reader, row.available_from, row.available_until) : t(`candidates.availability.${row.value as 'unavailable' | 'unknown'}`) }
    case 'reply':
      return tellReply(reader, row)
    case 'opt_out':
    case 'opt_in':
      return { heading: t(`candidates.event.${row.event}`), icon: row.event === 'opt_out' ? 'message-square-off' : 'message-square', tone: row.event === 'opt_out' ? 'error' : 'ok', ...words, metas: [row.e164 && phoneText(reader, row.e164, null), row.event === 'opt_in' && row.origin === 'sms' ? t('candidates.source.sms_in') : optOutSource(t, row.origin)] }
    case 'held':
    case 'released':
      return { heading: t(`candidates.event.${row.event}`), icon: row.event === 'held' ? 'circle-question-mark' : 'message-square', tone: row.event === 'held' ? 'warning' : 'ok', metas: [row.e164 && phoneText(reader, row.e164, null)] }
    case 'consent_given':
    case 'consent_withdrawn':
      return tellConsent(reader, row)
    case 'created':
    case 'edited':
      return { heading: t(`people.event.${row.event}`), icon: row.event === 'created' ? 'user-plus' : 'pencil', ...(row.body ? { text: (row.body.split(' ') as PersonField[]).map((field) => fieldLabel(t, field, person)).join(', ') } : {}) }
    case 'import_create':
    case 'import_update':
      return { heading: t(`candidates.event.${row.event}`), icon: 'file-up', metas: [t('candidates.event.importFile', { file: row.body ?? '', line: row.version ?? 0 })] }
    case 'sms':
      return tellSms(reader, row)
    case 'override':
      // The box was not ticked, and somebody with the right decided to text all the same (S103).
      return { heading: t(row.value === 'no_consent' ? 'candidates.event.overrideConsent' : 'candidates.event.overrideOptOut'), icon: 'shield', tone: 'warning', ...words, metas: [row.e164 && phoneText(reader, row.e164, null)] }
  }
}

function tellConsent(reader: Reader, row: TimelineRow): Told {
  const { t } = reader
  const isGiven = row.event === 'consent_given'
  const source = t('people.event.consentSource', { source: row.body ?? '', date: row.available_from ? shortDate(reader.language, row.available_from) : '' })
  return {
    heading: t(isGiven ? 'people.event.consentGiven' : 'people.event.consentWithdrawn'), icon: isGiven ? 'circle-check' : 'lock', tone: isGiven ? 'ok' : 'warning',
    metas: [source, row.origin && t('people.privacy.byImport', { file: row.origin })],
  }
}

function tellAnswer(reader: Reader, row: TimelineRow): Told {
  const { t } = reader
  const choice = row.value ?? 'no'
  const period = row.available_from || row.available_until ? periodText(reader, row.available_from, row.available_until) : ''
  const by = row.origin === 'reply' ? t('candidates.event.answerByReply') : row.origin === 'recruiter' ? t('candidates.event.answerByRecruiter') : null
  return {
    heading: t((row.version ?? 1) > 1 ? 'candidates.event.answerCorrected' : 'candidates.event.answer', { choice }),
    icon: choice === 'yes' ? 'circle-check' : 'circle-x',
    tone: choice === 'yes' ? 'ok' : 'error',
    ...(period ? { text: period } : {}),
    ...(row.body ? { quote: row.body } : {}),
    metas: [by],
  }
}

/** What the person texted; whoever has not read it yet sees that, and answers from there. */
function tellReply(reader: Reader, row: TimelineRow): Told {
  const { t } = reader
  const { text } = shownStart(row.body ?? '')
  return {
    heading: t(row.failure_reason === 'incomplete' ? 'candidates.event.incomplete' : row.version === 1 ? 'candidates.event.replyUnread' : 'candidates.event.reply'),
    icon: 'message-square-reply', tone: 'info', ...(text ? { quote: text } : {}),
    metas: [row.e164 && phoneText(reader, row.e164, null), row.origin === 'automatic' && t('candidates.event.automatic'), row.campaign_name],
  }
}

const NOT_YET = new Set(['queued', 'leased', 'submitting'])
const NEVER = new Set(['skipped', 'cancelled', 'rejected'])

function tellSms(reader: Reader, row: TimelineRow): Told {
  const { t } = reader
  const state = smsState(t, row.value ?? '')
  const reason = failureText(reader, row.failure_reason)
  const heading = NOT_YET.has(row.value ?? '') ? 'smsPending' : NEVER.has(row.value ?? '') ? 'smsNotSent' : row.origin === 'auto_response' ? 'smsAuto' : row.origin === 'confirmation' ? 'smsConfirmation' : 'sms'
  return {
    heading: t(`candidates.event.${heading}`),
    icon: state.tone === 'ok' ? 'send' : state.icon,
    tone: state.tone,
    ...(row.body ? { quote: row.body } : {}),
    metas: [reason ? t('candidates.sms.why', { state: state.text, reason }) : state.text, row.is_shared && t('candidates.event.shared')],
  }
}

/** Our words for a failure; an unknown one says nothing rather than something wrong. */
function failureText({ t, language }: Reader, reason: string | null): string {
  const key = `candidates.failure.${reason ?? ''}`
  return key in catalogues[language] ? t(key as WordKey) : ''
}
