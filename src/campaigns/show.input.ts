import { z } from 'zod'
import { decodeCursor, isCount } from '../core/paging.ts'
import { normaliseText } from '../message-templates/merge.ts'
import { RECIPIENT_FILTERS, type RecipientFilter } from './domain.ts'

/** Which of a campaign's recipients a page shows. What makes no sense counts as not given. */
export const showQuery = z.object({
  show: z.enum(Object.keys(RECIPIENT_FILTERS) as [RecipientFilter, ...RecipientFilter[]]).catch('all'),
  /** Why they got no text: a word of the gate's. */
  reason: z.string().regex(/^[a-z_]{1,40}$/).catch(''),
  /** A batch by its number. */
  batch: z.string().catch('').transform((text) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined)),
  q: z.string().max(10_000).catch('').transform((text) => normaliseText(text).replace(/\s+/g, ' ').trim().slice(0, 120).trim()),
  after: z.string().max(400).optional().catch(undefined).transform((text) => {
    const [answeredAt, rank, offset] = decodeCursor(text, 3) ?? []
    return isCount(answeredAt) && isCount(rank) && isCount(offset) ? { answeredAt, rank, offset } : undefined
  }),
  /** What the page has seen, when it asks again by itself. */
  seen: z.string().max(80).catch(''),
  /** The newest answer that it shows, in microseconds; it lists none newer while a person is at its rows. */
  since: z.string().catch('').transform((text) => (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined)),
  held: z.literal('1').optional().catch(undefined).transform((held) => held !== undefined),
})
