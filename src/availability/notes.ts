import type { CampaignKind } from '../campaigns/domain.ts'
import type { Language } from '../words/define.ts'
import { longDate, longMoment } from '../words/format.ts'
import { translator } from '../words/index.ts'
import type { Answer, AnswerSource, GivenAnswer } from './domain.ts'

/** What somebody left on the page of a campaign that is over: no answer, and told as none. */
export function leftNote({ choice, availableFrom, availableUntil, comment }: Answer, { campaignName, language, timeZone }: NoteSubject, at: Date): string {
  const t = translator(language)
  return [
    t('availability.note.left', { choice, campaign: campaignName, moment: longMoment(language, at, timeZone) }),
    ...(availableFrom ? [t('availability.note.from', { date: longDate(language, availableFrom) })] : []),
    ...(availableUntil ? [t('availability.note.until', { date: longDate(language, availableUntil) })] : []),
    ...(comment ? [t('availability.note.leftComment', { comment })] : []),
  ].join('\n')
}

/** An answer with the way it came: `by` typed or confirmed it. */
export type NotedAnswer = GivenAnswer & { source?: AnswerSource; by?: string | undefined }
export type NoteSubject = { kind: CampaignKind; campaignName: string; language: Language; timeZone: string }

/**
 * The follow-up note an answer leaves, in the agency's language (S90 to S94). The candidate's own words stand after
 * « retour SMS : » (S91); dates follow where they were given (S92).
 */
export function answerNote(answer: NotedAnswer, { kind, campaignName, language, timeZone }: NoteSubject): string {
  const t = translator(language)
  const told = { choice: answer.choice, campaign: campaignName, moment: longMoment(language, answer.answeredAt, timeZone) }
  const facts = [t(answer.version > 1 ? 'availability.note.corrected' : 'availability.note.answered', told)]
  if (answer.availableFrom) facts.push(t('availability.note.from', { date: longDate(language, answer.availableFrom) }))
  if (answer.availableUntil) facts.push(t('availability.note.until', { date: longDate(language, answer.availableUntil) }))
  const way = answer.source === 'recruiter' ? t('availability.note.typed', { name: answer.by ?? '' }) : answer.source === 'reply' ? t('availability.note.byReply', { name: answer.by ?? 'none' }) : ''
  if (way) facts.push(way)
  const comment = answer.comment ? t('availability.note.comment', { comment: answer.comment }) : t('availability.note.noComment')
  return (kind === 'simple' ? [comment, ...facts] : answer.comment ? [...facts, comment] : facts).join('\n')
}
