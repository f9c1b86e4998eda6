import type { GivenAnswer } from '../availability/domain.ts'
import type { LeftAvailability } from '../availability/page.queries.ts'
import { longDate, longMoment } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { JUST_ANSWERED_MINUTES, richText } from './domain.ts'
import { frameModel, type FrameModel, type PageContext } from './frame.views.ts'
import { formModel, summaryOf, type FormModel, type FormState, type SummaryLine } from './views.ts'

/** `left`: what the person said after the end; `offer`: where they may. */
export type ClosedModel = FrameModel & { text: string; advice: string; summary: SummaryLine[]; summaryHeading: string; left: LeftModel | undefined; next: string; offer: { url: string; label: string } | undefined }

/** The campaign is over (S6): what the person answered and said since, and whether they may say it anew. */
export function closedModel(context: PageContext, answer: GivenAnswer | undefined, given?: LeftAvailability): ClosedModel {
  const { language, row, brand } = context
  const t = translator(language)
  const left = given && leftModel(context, given)
  return {
    ...frameModel(context, t(left?.isNew ? 'landing.left.thanks' : 'landing.closedHeading'), false),
    left, next: t(`landing.next.${choiceOf(given)}`, { agency: brand.displayName }),
    offer: mayLeave(context) ? { url: context.links.availability, label: t(left?.isNew ? 'landing.left.change' : 'landing.left.offer') } : undefined,
    text: row.closed_at ? t('landing.closed', { date: longMoment(language, row.closed_at, row.time_zone) }) : '',
    advice: t('landing.closedAdvice', { agency: brand.displayName }),
    summary: answer ? summaryOf(t, language, answer) : [], summaryHeading: t('landing.closedAnswer'),
  }
}

/** Whether this person may say anew when they are free: the company wants it, and they look for work. */
export function mayLeave({ settings, row, isPreview }: PageContext): boolean {
  return settings['landing.after_closing'] === 'offered' && (isPreview || row.candidate_kind === 'candidate')
}

/** The page as an availability campaign without an answer has it, whatever this one asked. */
export function leavingContext(context: PageContext): PageContext {
  const { row } = context
  return { ...context, kind: 'availability', row: { ...row, question: null, version: null, choice: null, available_from: null, available_until: null, comment: null, answered_at: null } }
}

export function leaveModel(context: PageContext, { action, ...state }: Pick<FormState, 'form' | 'problems' | 'notice' | 'hidden'> & { action: string }): FormModel {
  const t = translator(context.language)
  const asked = formModel(leavingContext(context), { ...state, keepUrl: '', isEdit: false })
  return {
    ...asked, ...frameModel(context, t('landing.left.heading'), asked.summary.length > 0),
    body: richText(t('landing.left.intro', { agency: context.brand.displayName })), action, submit: t('landing.left.submit'), cancelUrl: context.links.page,
  }
}

type LeftModel = { isNew: boolean; intro: string; summary: SummaryLine[] }

/** What the person left here last; thanked for at first. */
function leftModel({ language, row }: PageContext, left: LeftAvailability): LeftModel {
  const t = translator(language)
  const choice = choiceOf(left)
  const summary = [{ term: t('landing.left.said'), text: t(`landing.${choice}`), isFree: false }]
  if (left.availability === 'available' && left.availableFrom) summary.push({ term: t('landing.yourStart'), text: longDate(language, left.availableFrom), isFree: false })
  if (left.availability === 'available' && left.availableUntil) summary.push({ term: t('landing.yourEnd'), text: longDate(language, left.availableUntil), isFree: false })
  return {
    isNew: row.now.getTime() - left.at.getTime() < JUST_ANSWERED_MINUTES * 60_000,
    intro: t('landing.left.since', { moment: longMoment(language, left.at, row.time_zone) }), summary,
  }
}

function choiceOf(left: LeftAvailability | undefined): 'yes' | 'no' {
  return left?.availability === 'available' ? 'yes' : 'no'
}
