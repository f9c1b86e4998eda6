import { z } from 'zod'
import { START_FIELD_LENGTH, type StartFields } from './schedule.input.ts'

/** What the page was made from, if it says so; anything else is passed over, for the status decides in any case. */
const seen = z.string().regex(/^\d{1,16}$/).transform(Number).optional().catch(undefined)
const typed = z.string().transform((text) => text.slice(0, START_FIELD_LENGTH)).catch('')
const ticked = z.unknown().optional().transform((value) => value === 'on')

export const confirmForm = z.object({ seen })

export type ReplanForm = {
  startsNow: boolean
  fields: StartFields
  allowWeekends: boolean
  seen: number | undefined
  /** The weekend of which the page has warned. */
  warned: string
  hasRead: boolean
  /** Which button was pressed. */
  press: 'do' | 'show' | 'propose'
}

const replanFields = z.object({
  starts: z.enum(['now', 'later']).catch('later'), start_on: typed, start_time: typed, weekends: ticked, seen, warned: typed, read: ticked,
  action: z.enum(['do', 'show', 'propose']).catch('do'),
})

export function readReplan(body: unknown): ReplanForm {
  const form = replanFields.parse(body ?? {})
  return {
    startsNow: form.starts === 'now', fields: { on: form.start_on, time: form.start_time }, allowWeekends: form.weekends, seen: form.seen, warned: form.warned,
    hasRead: form.read, press: form.action,
  }
}
