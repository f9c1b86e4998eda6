import type { CalendarDate } from '../core/dates.ts'

/** Why a person should look at how a text was read before it counts as an answer. */
export const DOUBTS = ['mixed', 'question', 'condition', 'other_person', 'no_choice', 'dates', 'date_vague', 'date_past', 'date_far', 'wants_stop', 'unclear'] as const
export type Doubt = (typeof DOUBTS)[number]

/** What a text says as an answer, as far as it was understood. Without doubts it is certain. */
export type ReadText = {
  choice: 'yes' | 'no' | null
  from: CalendarDate | null
  until: CalendarDate | null
  comment: string
  doubts: Doubt[]
}
