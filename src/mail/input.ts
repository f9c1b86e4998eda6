import { z } from 'zod'
import { rowId } from '../web/ids.ts'
import { LANGUAGES } from '../words/define.ts'
import { MAIL_STATUSES, type Letter } from './domain.ts'

/** A break in a header would begin another header: what stands in one line becomes one. */
const line = z.string().transform((text) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim())
const address = z.string().max(254).regex(/^[^\s\p{Cc}<>@,;:"()[\]\\]+@[^\s\p{Cc}<>@,;:"()[\]\\]+$/u, 'no address that a mail can go to')
const url = z.url({ protocol: /^https?$/, error: 'no link that a mail may hold' })
const paragraphs = z.array(z.string().max(4_000)).max(30)

const letter = z.object({
  companyId: z.int().positive().nullable(),
  to: z.object({ address, name: line.pipe(z.string().max(200)) }),
  language: z.enum(LANGUAGES),
  kind: z.string().regex(/^[a-z][a-z-]{0,39}$/),
  subject: line.pipe(z.string().min(1).max(250)),
  paragraphs,
  action: z.object({ label: line.pipe(z.string().min(1).max(120)), url }).optional(),
  closing: paragraphs.optional(),
  parts: z.array(z.object({ heading: line.pipe(z.string().min(1).max(200)), lines: paragraphs, quotes: paragraphs, action: z.object({ label: line.pipe(z.string().min(1).max(120)), url }).optional() })).max(200).optional(),
})

/** Throws for an address or a link that a mail must not hold; names and subjects become one line. */
export function readLetter(given: Letter): z.output<typeof letter> {
  return letter.parse(given)
}

export const listQuery = z.object({
  status: z.enum(MAIL_STATUSES).optional().catch(undefined),
  q: z.string().catch('').transform((text) => text.trim().slice(0, 120)),
  before: rowId.optional().catch(undefined),
})
export type ListQuery = z.output<typeof listQuery>
