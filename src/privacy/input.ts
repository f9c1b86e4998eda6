import { z } from 'zod'
import { LANGUAGES } from '../words/define.ts'

export const personParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })

/** How a copy is wanted; whatever makes no sense is the readable page in the reader's language. */
export const copyForm = z.object({ format: z.enum(['page', 'json']).catch('page'), language: z.enum(LANGUAGES).optional().catch(undefined) })
