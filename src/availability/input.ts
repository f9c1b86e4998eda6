import { z } from 'zod'
import type { AnswerForm } from './domain.ts'

// A repeated field arrives as a list, a forged body as anything: both count as not filled in, and are asked for again.
const oneLine = z.string().catch('').transform((text) => clean(text).replace(/\s+/g, ' ').trim().slice(0, 200))
// Browsers send CRLF and count a line break once.
const lines = z.string().catch('').transform((text) => clean(text.replaceAll('\r\n', '\n').replaceAll('\r', '\n')).trim())

const FIELDS = z.object({ answer: oneLine, from: oneLine, from_date: oneLine, until: oneLine, comment: lines })

/** The answer form as it was sent; never fails. */
export function answerForm(body: unknown): AnswerForm {
  const fields = FIELDS.parse(typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {})
  return { answer: fields.answer, from: fields.from, fromDate: fields.from_date, until: fields.until, comment: fields.comment }
}

/** PostgreSQL refuses NUL; other control characters and halves of surrogate pairs are no text either. */
function clean(text: string): string {
  return text.toWellFormed().replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, ' ')
}
