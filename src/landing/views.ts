import type { AnswerForm, AnswerProblem, GivenAnswer } from '../availability/domain.ts'
import type { QuickDate } from '../companies/branding.domain.ts'
import type { Translate } from '../words/index.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { dayAndMonth, longDate, longMoment } from '../words/format.ts'
import { COMMENT_LENGTH, OTHER_DATE, quickChoices, type QuickChoice } from '../availability/domain.ts'
import { dateIn, hourIn, isCalendarDate, addMonths, type CalendarDate } from '../core/dates.ts'
import { problemText } from '../availability/problems.views.ts'
import { frameModel, type FrameModel, type PageContext } from './frame.views.ts'
import { remember, richText, type RichText } from './domain.ts'

export type Field = { id: string; name: string; value: string; type: string; error: string; min: string; max: string }
export type Radio = { id: string; value: string; label: string; isChecked: boolean }
export type FormModel = FrameModel & {
  body: RichText
  summary: { text: string; href: string }[]
  keepUrl: string
  action: string
  method: 'post' | 'get'
  hidden: { name: string; value: string }[]
  question: string
  questionLanguage: Language | ''
  choices: Radio[]
  choiceError: string
  /** Undefined in a simple campaign. */
  dates: { radios: Radio[]; error: string; start: Field; end: Field } | undefined
  comment: { value: string; error: string; hint: string; rows: number; most: number }
  submit: string
  cancelUrl: string
}
export type SummaryLine = { term: string; text: string; isFree: boolean }
export type AnsweredModel = FrameModel & { intro: string; next: string; summary: SummaryLine[]; editUrl: string; editLabel: string }
/** `textLanguage`: of a text that is not in the language of the page. */
export type CampaignPageModel = FrameModel & { body: RichText; textLanguage: Language | '' }

export type FormState = {
  form: AnswerForm
  problems: AnswerProblem[]
  /** What is wrong with the whole, not with one field. */
  notice: string
  keepUrl: string
  hidden: { name: string; value: string }[]
  isEdit: boolean
}

/** The form, empty, prefilled, or as it was sent with what is wrong (S1, S2, S5). */
export function formModel(context: PageContext, state: FormState): FormModel {
  const { language, row, brand } = context
  const t = translator(language)
  const text = brand.texts.find((one) => one.kind === context.kind && one.language === language)!
  const errors = new Map<keyof AnswerForm, string>()
  for (const problem of state.problems) if (!errors.has(problem.field)) errors.set(problem.field, problemText(t, language, problem))
  const dates = context.kind === 'availability' ? dateFields(context, state, errors) : undefined
  const anchors: Record<keyof AnswerForm, string> = { answer: '#yes', from: `#${dates?.radios[0]?.id ?? ''}`, fromDate: '#from_date', until: '#until', comment: '#comment' }
  const summary = [...(state.notice ? [{ text: state.notice, href: '' }] : []), ...[...errors].map(([field, error]) => ({ text: error, href: anchors[field] }))]
  const question = row.question || text.question
  return {
    ...frameModel(context, text.heading, summary.length > 0),
    body: richText(text.body), summary, keepUrl: state.keepUrl,
    action: context.links.answer, method: context.links.method, hidden: state.hidden,
    question, questionLanguage: row.question && row.company_language !== language ? row.company_language : '',
    choices: [
      { id: 'yes', value: 'yes', label: text.yesLabel, isChecked: state.form.answer === 'yes' },
      { id: 'no', value: 'no', label: text.noLabel, isChecked: state.form.answer === 'no' },
    ],
    choiceError: errors.get('answer') ?? '', dates,
    comment: { value: state.form.comment, error: errors.get('comment') ?? '', hint: text.commentHint || t('landing.commentHint'), rows: 3, most: COMMENT_LENGTH },
    submit: t(state.isEdit ? 'landing.submitChange' : 'landing.submit'),
    cancelUrl: state.isEdit ? context.links.page : '',
  }
}

function dateFields(context: PageContext, { form }: FormState, errors: ReadonlyMap<keyof AnswerForm, string>): NonNullable<FormModel['dates']> {
  const { row, brand, settings, language } = context
  const { date: today, hour } = localTime(row.time_zone, row.now)
  const days = offeredDays(language, today, hour, plannedStart(context, today), settings['landing.tomorrow_from_hour'], brand.quickDates)
  const latest = latestStart(today, settings['landing.latest_start_months'])
  return {
    radios: days.map((radio) => ({ ...radio, isChecked: form.from === radio.value })), error: errors.get('from') ?? '',
    start: dateField('from_date', form.fromDate, errors.get('fromDate'), today, latest),
    end: dateField('until', form.until, errors.get('until'), today, ''),
  }
}

// The same for all candidates of a day, and slower to make than the rest of the page together.
const localTime = remember((zone: string, minute: Date) => ({ date: dateIn(zone, minute), hour: hourIn(zone, minute) }), (zone, instant) => `${zone} ${Math.floor(instant.getTime() / 60_000)}`)
const latestStart = remember(addMonths, (today, months) => `${today} ${months}`)
const offeredDays = remember(
  (language: Language, today: CalendarDate, hour: number, planned: CalendarDate | null, tomorrowFromHour: number, offered: readonly QuickDate[]): Omit<Radio, 'isChecked'>[] => [
    ...quickChoices(today, hour, { planned, tomorrowFromHour, offered }).map((choice, index) => ({ id: `from${index}`, value: choice.date, label: choiceLabel(language, choice, today) })),
    { id: 'other', value: OTHER_DATE, label: translator(language)('landing.choice.other') },
  ],
  (language, today, hour, planned, tomorrowFromHour, offered) => `${language} ${today} ${hour >= tomorrowFromHour} ${planned} ${offered.join()}`,
)

/** A native date field shows nothing but a date in ISO form: whatever else was typed is kept in a plain one. */
function dateField(name: string, value: string, error: string | undefined, min: string, max: string): Field {
  return { id: name, name, value, type: value === '' || isCalendarDate(value) ? 'date' : 'text', error: error ?? '', min, max }
}

/** The earlier answer's start, else the record's; a day of the past only as the person's own answer. */
export function plannedStart({ row }: Pick<PageContext, 'row'>, today: CalendarDate): CalendarDate | null {
  if (row.available_from) return row.available_from
  return row.candidate_availability === 'available' && row.candidate_from && row.candidate_from >= today ? row.candidate_from : null
}

function choiceLabel(language: Language, { date, label }: QuickChoice, today: CalendarDate): string {
  const t = translator(language)
  const day = date.slice(0, 4) === today.slice(0, 4) ? dayAndMonth(language, date) : longDate(language, date)
  return label === 'day' ? day.charAt(0).toUpperCase() + day.slice(1) : t(`landing.choice.${label}`, { date: day })
}

/** What the form holds when an answer is about to be changed. */
export function formOf(answer: GivenAnswer): AnswerForm {
  return { answer: answer.choice, from: answer.availableFrom ?? '', fromDate: '', until: answer.availableUntil ?? '', comment: answer.comment }
}

/** The page of a campaign code: whoever opens it is nobody in particular, so it asks nothing and knows nothing. */
export function campaignPageModel(context: PageContext): CampaignPageModel {
  const { language, row, brand } = context
  const other = row.company_language
  const own = brand.pageTexts[language] ?? brand.pageTexts[other]
  return {
    ...frameModel({ ...context, isForAll: true }, own?.heading ?? brand.displayName, false),
    body: richText(own?.body ?? ''),
    textLanguage: own && !brand.pageTexts[language] ? other : '',
  }
}

/** The answer in words, weekday included: the safety net under every date (S3, S4). */
export function answeredModel(context: PageContext, answer: GivenAnswer, isNew: boolean): AnsweredModel {
  const { language, row, brand } = context
  const t = translator(language)
  const moment = longMoment(language, answer.answeredAt, row.time_zone)
  return {
    ...frameModel(context, isNew ? t('landing.thanks') : t('landing.answeredHeading', { moment }), false),
    intro: t('landing.answered', { choice: answer.choice, moment }),
    next: t(`landing.next.${answer.choice}`, { agency: brand.displayName }),
    summary: summaryOf(t, language, answer), editUrl: context.isPreview || row.is_open ? context.links.edit : '', editLabel: t('landing.edit'),
  }
}

export function summaryOf(t: Translate, language: Language, answer: GivenAnswer): SummaryLine[] {
  const lines = [{ term: t('landing.yourAnswer'), text: t(`landing.${answer.choice}`), isFree: false }]
  if (answer.availableFrom) lines.push({ term: t('landing.yourStart'), text: longDate(language, answer.availableFrom), isFree: false })
  if (answer.availableUntil) lines.push({ term: t('landing.yourEnd'), text: longDate(language, answer.availableUntil), isFree: false })
  if (answer.comment) lines.push({ term: t('landing.yourComment'), text: answer.comment, isFree: true })
  return lines
}
