import { choicePill, doubtTexts } from '../candidates/readings.views.ts'
import { nameOf, periodText, readerOf, type Pill, type Reader } from '../candidates/views.ts'
import { addMonths, dateIn, isCalendarDate } from '../core/dates.ts'
import { shownText } from '../sms/shown.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { longMoment } from '../words/format.ts'
import type { AnswerSubject, OpenSending } from './answers.queries.ts'
import type { Back } from './answers.input.ts'
import { COMMENT_LENGTH, type AnswerForm, type AnswerProblem } from './domain.ts'
import { problemText } from './problems.views.ts'
import type { ReplyReading } from './readings.queries.ts'

type Field = { value: string; type: 'date' | 'text'; error: string }

/** An answer written down for somebody: on the telephone, or as their text is read. */
export type AnswerFormModel = {
  name: string
  crumbs: { label: string; href: string }[]
  facts: { rows: { term: string; text: string }[] }
  /** What is answered so far. */
  current: { choice: Pill; period: string; comment: string; way: string } | undefined
  text: { seen: string; body: string; doubts: string[] } | undefined
  notice: { text: string; keepUrl: string } | undefined
  errors: { field: string; text: string }[]
  /** Undefined: nothing can be saved, and `notice` says why. */
  form:
    | {
        action: string
        hidden: [string, string][]
        choices: { value: string; label: string; isChecked: boolean }[]
        choiceError: string
        dates: { from: Field; until: Field; isStartOptional: boolean; min: string; max: string } | undefined
        comment: { value: string; error: string; most: number }
        submit: string
      }
    | undefined
  dismissal: { action: string; back: string } | undefined
  cancelUrl: string
}

export type AnswersModel = { name: string; crumbs: { label: string; href: string }[]; sendings: { href: string; label: string; sent: string; choice: Pill | undefined }[]; backUrl: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'availability/answer': { answer: AnswerFormModel }
    'availability/answers': { answers: AnswersModel }
  }
}

export type AnswerPage = {
  subject: AnswerSubject
  back: Back
  /** The text that is read as an answer; else it was said on the telephone. */
  reading?: ReplyReading | undefined
  typed: AnswerForm
  hidden: [string, string][]
  problems?: readonly AnswerProblem[]
  notice?: { text: string; keeps: boolean } | undefined
  latestStartMonths: number
}

export function subjectName(viewer: Viewer, { candidateId, firstName, lastName }: Pick<AnswerSubject, 'candidateId' | 'firstName' | 'lastName'>): string {
  const { t } = readerOf(viewer)
  return candidateId === null ? t('audience.people.gone') : nameOf(t, { id: candidateId, first_name: firstName, last_name: lastName })
}

/** Where the person was when they opened the form. */
export function backUrl({ campaignId, candidateId, personKind }: AnswerSubject, back: Back, reading?: Pick<ReplyReading, 'id'>): string {
  if (back === 'reply' && reading) return paths.reply(reading.id)
  return back === 'record' && candidateId !== null ? paths.person(personKind, candidateId) : paths.campaign(campaignId)
}

export function answerFormModel(viewer: Viewer, page: AnswerPage): AnswerFormModel {
  const { subject, reading, back } = page
  const reader = readerOf(viewer, subject.now)
  const { t, language, zone } = reader
  const name = subjectName(viewer, subject)
  const leads = backUrl(subject, back, reading)
  const errors = errorsOf(reader, page.problems ?? [])
  const mayDecide = subject.isOpen && (!reading || (reading.state === 'uncertain' && !reading.is_overtaken))
  return {
    name,
    crumbs: back === 'campaign' ? [{ label: t('campaigns.title'), href: paths.campaigns }, { label: subject.campaignName, href: leads }] : [{ label: name, href: leads }],
    facts: { rows: [{ term: t('readings.campaign'), text: subject.campaignName }, ...(subject.question ? [{ term: t('readings.question'), text: subject.question }] : [])] },
    current: subject.answer && {
      choice: choicePill(reader, subject.answer.choice), period: subject.answer.availableFrom || subject.answer.availableUntil ? periodText(reader, subject.answer.availableFrom, subject.answer.availableUntil) : '',
      comment: subject.answer.comment, way: wayText(reader, subject.answer),
    },
    text: reading && { seen: t('readings.seen', { name, moment: longMoment(language, reading.received_at, zone) }), body: shownText(reading.body), doubts: reading.reading ? doubtTexts(reader, reading.reading) : [] },
    notice: page.notice ? { text: page.notice.text, keepUrl: page.notice.keeps ? leads : '' } : mayDecide ? undefined : { text: whyNot(reader, subject, reading), keepUrl: '' },
    errors: [...errors].map(([field, text]) => ({ field, text })),
    form: mayDecide ? formOf(reader, page, errors) : undefined,
    dismissal: mayDecide && reading ? { action: paths.readingDismissal(reading.id), back } : undefined,
    cancelUrl: leads,
  }
}

function formOf(reader: Reader, { subject, reading, typed, hidden, back, latestStartMonths, notice }: AnswerPage, errors: ReadonlyMap<string, string>): NonNullable<AnswerFormModel['form']> {
  const { t } = reader
  const field = (value: string, error: string | undefined): Field => ({ value, error: error ?? '', type: value === '' || isCalendarDate(value) ? 'date' : 'text' })
  const today = dateIn(reader.zone, subject.now)
  return {
    action: reading ? paths.reading(reading.id) : paths.recipientAnswer(subject.recipientId),
    hidden: [...hidden, ['back', back]],
    choices: (['yes', 'no'] as const).map((value) => ({ value, label: t(`readings.${value}`), isChecked: typed.answer === value })),
    choiceError: errors.get('answer') ?? '',
    dates: subject.kind === 'availability'
      ? { from: field(typed.fromDate, errors.get('from_date')), until: field(typed.until, errors.get('until')), isStartOptional: reading !== undefined, min: today, max: addMonths(today, latestStartMonths) }
      : undefined,
    comment: { value: typed.comment, error: errors.get('comment') ?? '', most: COMMENT_LENGTH },
    submit: t(notice?.keeps ? 'readings.replace' : 'readings.submit'),
  }
}

const CONTROLS = { answer: 'answer', from: 'from_date', fromDate: 'from_date', until: 'until', comment: 'comment' } as const

/** The first fault of each field, by the id of its control. */
function errorsOf({ t, language }: Reader, problems: readonly AnswerProblem[]): Map<string, string> {
  const errors = new Map<string, string>()
  for (const problem of problems) {
    const control = CONTROLS[problem.field]
    if (!errors.has(control)) errors.set(control, problem.problem === 'start_missing' ? t('readings.startMissing') : problemText(t, language, problem))
  }
  return errors
}

function wayText({ t, language, zone }: Reader, { source, by, answeredAt }: NonNullable<AnswerSubject['answer']>): string {
  return t(`readings.way.${source}`, { moment: longMoment(language, answeredAt, zone), name: by ?? 'none' })
}

function whyNot({ t }: Reader, { isOpen }: AnswerSubject, reading: ReplyReading | undefined): string {
  if (reading && reading.state !== 'uncertain') return t('readings.decided', { name: reading.decided_by ?? 'none' })
  return isOpen ? t('readings.overtaken') : t('readings.closed')
}

/** Which of the campaigns that still take answers is meant. */
export function answersModel(viewer: Viewer, person: { kind: 'candidate' | 'contact'; id: number; first_name: string; last_name: string }, sendings: readonly OpenSending[]): AnswersModel {
  const reader = readerOf(viewer)
  const { t, language, zone } = reader
  const name = nameOf(t, person)
  const record = paths.person(person.kind, person.id)
  return {
    name, crumbs: [{ label: name, href: record }], backUrl: record,
    sendings: sendings.map(({ recipientId, campaignName, sentAt, choice }) => ({
      href: `${paths.recipientAnswer(recipientId)}?back=record`, label: campaignName,
      sent: sentAt ? t('readings.pick.sent', { date: longMoment(language, sentAt, zone) }) : t('readings.pick.notSent'), choice: choice ? choicePill(reader, choice) : undefined,
    })),
  }
}
