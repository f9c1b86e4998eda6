import { z } from 'zod'
import { normaliseText } from '../message-templates/merge.ts'
import { rowId } from '../web/ids.ts'
import { LANGUAGES } from '../words/define.ts'
import { MESSAGE_LENGTH } from './domain.ts'
import type { Texts } from './queries.ts'

export type ReminderForm = {
  /** Undefined on a form that was not made by the page. */
  requestKey: string | undefined
  people: number
  typed: string
  templateId: number | undefined
  texts: Texts
  press: 'send' | 'show' | 'load'
}

const fields = z.object({
  request_key: z.uuid().optional().catch(undefined),
  people: z.string().regex(/^\d{1,9}$/).transform(Number).catch(0),
  typed: z.string().transform((text) => text.replace(/[\s\u00a0\u202f]/g, '').slice(0, 12)).catch(''),
  template: z.unknown().optional(),
  action: z.enum(['send', 'show', 'load']).catch('send'),
})

export function readReminder(body: unknown): ReminderForm {
  const form = fields.parse(body ?? {})
  const texts = (body ?? {}) as Record<string, unknown>
  return {
    requestKey: form.request_key, people: form.people, typed: form.typed, templateId: rowId.safeParse(form.template).data, press: form.action,
    texts: Object.fromEntries(LANGUAGES.flatMap((language) => {
      const text = texts[`reminder_${language}`]
      const plain = typeof text === 'string' ? normaliseText(text).slice(0, MESSAGE_LENGTH).trim() : ''
      return plain === '' ? [] : [[language, plain] as const]
    })),
  }
}
