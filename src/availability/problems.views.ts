import { dayAndMonth, longDate } from '../words/format.ts'
import type { Language } from '../words/define.ts'
import type { Translate } from '../words/index.ts'
import { COMMENT_LENGTH, type AnswerProblem } from './domain.ts'

/** What is wrong with a field of the answer form, to the candidate. */
export function problemText(t: Translate, language: Language, problem: AnswerProblem): string {
  switch (problem.problem) {
    case 'comment_too_long': return t('availability.problem.comment_too_long', { max: COMMENT_LENGTH, length: problem.length })
    // No such day, so no formatter can write it; the month alone it can.
    case 'date_impossible': return t('availability.problem.date_impossible', { date: `${problem.day} ${dayAndMonth(language, `2028-${String(problem.month).padStart(2, '0')}-01`).split(' ').at(-1)}` })
    case 'date_unreadable': return t('availability.problem.date_unreadable', { example: '23/11/2026' })
    case 'dates_disagree': return t('availability.problem.dates_disagree', { date: longDate(language, problem.date), other: longDate(language, problem.other) })
    case 'choice_missing': case 'start_missing': return t(`availability.problem.${problem.problem}`)
    default: return t(`availability.problem.${problem.problem}`, { date: longDate(language, problem.date) })
  }
}
