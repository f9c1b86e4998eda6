/** Until when answers are taken, how many are enough, the reminder and the waves: in fields and in words. */
import type { Reader } from '../candidates/views.ts'
import { LANGUAGES, type Language } from '../words/define.ts'
import { wholeNumber } from '../words/format.ts'
import { planOfAnswers, smallestWave, WAVE_WAITS, type AnswerPlan, type PlanFault } from './closing.domain.ts'
import type { PlanFields, PlanProblem, TypedPlan } from './closing.input.ts'
import { MESSAGE_LENGTH } from './domain.ts'
import type { Inspection } from './inspection.ts'
import { chosenClosing, closingOf } from './launch.domain.ts'
import { lintModel, type LintModel } from './preview.views.ts'
import type { Campaign, Texts } from './queries.ts'
import { USUAL_REMINDER } from './reminders.domain.ts'
import { momentText, problemText, startFieldsModel } from './schedule.views.ts'

type Option = { value: string; label: string; hint?: string; isChecked: boolean }
type Field = { name: string; label: string; value: string; error: string; hint?: string; suffix?: string; inputmode?: string; width: 'short' | 'medium'; type?: string; options?: { value: string; label: string }[]; autocomplete: 'off'; attrs: Record<string, string> }

export type AnswersModel = {
  closing: { options: Option[]; on: Field; time: Field }
  yes: Field
  remind: { options: Option[]; hours: Field; error: string }
  texts: { language: Language; name: string; label: string; hint: string; value: string; isMain: boolean; isOpen: boolean; length: number }[]
  /** What stands against the words of the reminder, and what it costs. */
  lint: LintModel
  waves: { label: string; hint: string; isChecked: boolean; isFixed: boolean; size: Field; wait: Field } | undefined
  /** What all this comes to, and what is wrong with it. */
  lines: string[]
  faults: string[]
}

/** What a person typed must not be put back by the answer to an earlier save. */
const TYPED_IN = { autocomplete: 'off', attrs: { 'hx-morph-skip': '' } } as const

type Given = {
  plan: AnswerPlan
  texts: Texts
  /** Languages of the reminder, the company's own first. */
  languages: readonly Language[]
  typed: TypedPlan | undefined
  showsProblems: boolean
  faults: readonly { fault: PlanFault; text: string }[]
  zone: string
  now: Date
  openDays: number
  /** Draft: waves can be chosen. Running: their size is what it is. None: there are none to come. */
  waves: 'draft' | 'running' | 'none'
  usualHint: string
  lines: string[]
  lint: LintModel
}

/** The section of a draft. */
export function draftAnswersModel(reader: Reader, draft: Campaign, inspection: Inspection, typed: TypedPlan | undefined, showsProblems: boolean): AnswersModel {
  const { settings, context, reminder } = inspection
  const { t } = reader
  return answersModel(reader, {
    plan: planOfAnswers(draft), texts: draft.reminder_texts, typed, showsProblems, zone: draft.time_zone, now: context.now, openDays: settings['campaign.open_days'], waves: 'draft',
    languages: languagesOf(draft.texts, context.language), usualHint: t('reminders.closing.usualHint', { days: settings['campaign.open_days'] }),
    faults: inspection.answerFaults.map((fault) => ({ fault, text: planFaultText(reader, fault, inspection) })), lines: planLines(reader, draft, inspection),
    lint: reminder ? lintModel(t, { ...inspection, ...reminder, replyWords: [] }) : [],
  })
}

/** Those the first text is written in, the company's own first. */
export function languagesOf(texts: Texts, main: Language): Language[] {
  return [main, ...LANGUAGES.filter((language) => language !== main && (texts[language] ?? '') !== '')]
}

export function answersModel(reader: Reader, given: Given): AnswersModel {
  const { t } = reader
  const { plan, typed, zone, now } = given
  const fields = typed?.fields ?? fieldsOf(plan)
  const problems = given.showsProblems ? typed?.problems ?? [] : []
  const error = (field: PlanProblem['field']) => problems.filter((problem) => problem.field === field).map((problem) => planProblemText(reader, problem, { zone, now }))[0] ?? ''
  const start = startFieldsModel(reader, { on: fields.on, time: fields.time }, [], { zone, now })
  const radio = (name: string, value: string, chosen: string, hint = ''): Option => ({ value, label: t(`reminders.${name}.${value}` as never), ...(hint ? { hint } : {}), isChecked: value === chosen })
  const isHidden = typed !== undefined && !given.showsProblems
  return {
    closing: {
      options: [radio('closing', 'usual', fields.closing, given.usualHint), radio('closing', 'date', fields.closing)],
      on: { ...start.on, name: 'close_on', label: t('reminders.closeOn'), error: error('close_on') }, time: { ...start.time, name: 'close_time', label: t('reminders.closeTime'), error: error('close_time') },
    },
    yes: { name: 'close_yes', label: t('reminders.yes'), hint: t('reminders.yesHint'), value: fields.yes, suffix: t('reminders.yesSuffix'), inputmode: 'numeric', width: 'short', error: error('close_yes'), ...TYPED_IN },
    remind: {
      options: [radio('remind', 'off', fields.remind), radio('remind', '24', fields.remind), radio('remind', '48', fields.remind), radio('remind', 'other', fields.remind)],
      hours: { name: 'remind_hours', label: t('reminders.hours'), value: fields.hours, suffix: t('reminders.hoursSuffix'), inputmode: 'numeric', width: 'short', error: error('remind_hours'), ...TYPED_IN }, error: '',
    },
    texts: textFields(t, given.languages, given.texts),
    lint: given.lint,
    waves: wavesModel(reader, given, fields, error('wave_size')),
    lines: typed ? [] : given.lines,
    faults: isHidden ? (typed?.problems ?? []).map((problem) => `${planProblemText(reader, problem, { zone, now })}.`) : typed ? [] : given.faults.map(({ text }) => `${text}.`),
  }
}

/** A field for the words in each language; where there are none, the usual ones. */
export function textFields(t: Reader['t'], languages: readonly Language[], texts: Texts): AnswersModel['texts'] {
  return languages.map((language, index) => ({
    language, name: `reminder_${language}`, label: t(`reminders.text.${language}`), hint: t('reminders.textHint'), value: texts[language] || USUAL_REMINDER[language], isMain: index === 0, isOpen: index === 0 || Boolean(texts[language]),
    length: MESSAGE_LENGTH,
  }))
}

function wavesModel({ t }: Reader, { waves }: Given, fields: PlanFields, sizeError: string): AnswersModel['waves'] {
  if (waves === 'none') return undefined
  return {
    label: t('reminders.waves'), hint: t('reminders.wavesHint'), isChecked: fields.waves, isFixed: waves === 'running',
    size: { name: 'wave_size', label: t('reminders.waveSize'), value: fields.size, suffix: t('reminders.waveSuffix'), inputmode: 'numeric', width: 'short', error: sizeError, ...TYPED_IN },
    wait: { name: 'wave_wait', label: t('reminders.waveWait'), type: 'select', value: fields.wait, options: WAVE_WAITS.map((minutes) => ({ value: String(minutes), label: waitText({ t }, minutes) })), width: 'medium', error: '', ...TYPED_IN },
  }
}

function fieldsOf({ closeOn, closeTime, closeAtYes, remindAfterHours: hours, waveSize, waveMinutes }: AnswerPlan): PlanFields {
  return {
    closing: closeOn === null ? 'usual' : 'date', on: closeOn ?? '', time: closeTime ?? '18:00', yes: closeAtYes === null ? '' : String(closeAtYes),
    remind: hours === null ? 'off' : hours === 24 ? '24' : hours === 48 ? '48' : 'other', hours: hours === null || hours === 24 || hours === 48 ? '' : String(hours),
    waves: waveSize !== null, size: waveSize === null ? '' : String(waveSize), wait: String(waveMinutes ?? 60),
  }
}

/** « 2 heures ». */
export function waitText({ t }: Pick<Reader, 't'>, minutes: number): string {
  if (minutes % 1_440 === 0) return t('reminders.wait.days', { n: minutes / 1_440 })
  return minutes % 60 === 0 ? t('reminders.wait.hours', { n: minutes / 60 }) : t('reminders.wait.minutes', { n: minutes })
}

/** What the plan comes to, a sentence each: on the draft and on the check page. */
export function planLines(reader: Reader, draft: Parameters<typeof closingOf>[0], { batches, settings, reminder }: Pick<Inspection, 'batches' | 'settings' | 'reminder'>): string[] {
  const { t, language } = reader
  const { closeAtYes, remindAfterHours, waveSize, waveMinutes } = planOfAnswers(draft)
  const chosen = chosenClosing(planOfAnswers(draft), draft.time_zone)
  const until = chosen ?? (batches.length > 0 ? closingOf(draft, batches, settings) : undefined)
  return [
    until ? t('reminders.line.until', { moment: momentText(reader, until, draft.time_zone) }) : t('check.answersUntil', { days: settings['campaign.open_days'] }),
    ...(closeAtYes === null ? [] : [t('reminders.line.yes', { count: wholeNumber(language, closeAtYes) })]),
    ...(remindAfterHours === null ? [] : [t('reminders.line.remind', { hours: remindAfterHours })]),
    ...(reminder && reminder.measured.totalSegments > 0 ? [t('reminders.line.cost', { total: wholeNumber(language, reminder.measured.totalSegments), segments: reminder.measured.longest?.measure.segments ?? 1 })] : []),
    ...(waveSize === null || waveMinutes === null || closeAtYes === null ? [] : [t('reminders.line.waves', { size: wholeNumber(language, waveSize), wait: waitText(reader, waveMinutes), yes: wholeNumber(language, closeAtYes), count: batches.length })]),
    ...(chosen && batches.some(({ dueAt }) => dueAt >= chosen) ? [t('reminders.line.cut')] : []),
  ]
}

/** Whether some of the list would never get the text: the answers close before its batch. */
export function isCutOff(draft: Parameters<typeof closingOf>[0], { batches }: Pick<Inspection, 'batches'>): boolean {
  const chosen = chosenClosing(planOfAnswers(draft), draft.time_zone)
  return chosen !== undefined && batches.some(({ dueAt }) => dueAt >= chosen)
}

export function planProblemText(reader: Reader, problem: PlanProblem, at: { zone: string; now: Date }): string {
  const { t } = reader
  if (problem.field === 'close_on' || problem.field === 'close_time') {
    const { reason } = problem.start
    return reason === 'on_missing' || reason === 'time_missing' ? t(`reminders.bad.${reason}`) : problemText(reader, problem.start, at)
  }
  return t(`reminders.bad.${problem.field}`)
}

export function planFaultText(reader: Reader, fault: PlanFault, given: { counts: { recipients: number }; settings: Pick<Inspection['settings'], 'sms.min_hours_between' | 'campaign.first_batch_size'>; yes?: number }): string {
  const { t, language } = reader
  return t(`reminders.fault.${fault}`, {
    recipients: wholeNumber(language, given.counts.recipients), smallest: wholeNumber(language, smallestWave(given.counts.recipients)), largest: wholeNumber(language, given.settings['campaign.first_batch_size']),
    hours: given.settings['sms.min_hours_between'], yes: given.yes ?? 0,
  })
}
