import { z } from 'zod'
import { rowId } from '../web/ids.ts'
import { REPLY_FILTERS, type ReplySearch } from './domain.ts'

const line = (most: number) => z.string().transform((text) => text.normalize('NFC').replace(/\p{Cc}+/gu, ' ').trim().slice(0, most)).catch('')
const id = rowId.optional().catch(undefined)

export const replyQuery = z.object({ show: z.enum(REPLY_FILTERS).catch('all'), q: line(100), campaign: id, candidate: id, before: id }).transform((query): ReplySearch => query)

/** Everything unread up to the newest text that the page showed. */
export const readForm = z.object({ up_to: rowId.optional().catch(undefined), campaign: id, candidate: id })

export const decisionForm = z.object({ decision: z.enum(['stop', 'not_stop']) })

export const personQuery = z.object({ q: line(100) })
export const personForm = z.object({ candidate: id, add_number: z.unknown().optional().transform((value) => value === 'on') })

/** Where to go back to: a page of replies, or the text itself. */
export const backForm = z.object({ back: z.string().regex(/^\?[\w=&%.+-]{0,300}$/).catch(''), from: z.literal('text').optional().catch(undefined) })

export const olderQuery = z.object({ before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional().catch(undefined) })
