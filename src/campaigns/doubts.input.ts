import { z } from 'zod'
import { decodeCursor, isCount } from '../core/paging.ts'
import { rowIds } from '../web/ids.ts'

const number = z.string().regex(/^\d{1,16}$/).transform(Number)

export const doubtsQuery = z.object({
  after: z.string().max(400).optional().catch(undefined).transform((text) => {
    const [key, id, offset] = decodeCursor(text, 3) ?? []
    return isCount(key) && isCount(id) && isCount(offset) ? { key, id, offset } : undefined
  }),
})

export type ResendForm = z.output<typeof resendForm>
export const resendForm = z.object({
  which: z.enum(['ticked', 'all']).catch('ticked'),
  ids: rowIds,
  /** What the page showed: how many, and when. */
  total: number.catch(0),
  seen: number.catch(0),
  typed: z.string().transform((text) => text.replace(/[\s\u00a0\u202f]/g, '').slice(0, 20)).catch(''),
})
