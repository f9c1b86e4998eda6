/** Schemas that every resource is made of: what a value is, how it is told in the documentation, and an example of it. */
import { z } from 'zod'
import { isCalendarDate } from '../core/dates.ts'
import { LANGUAGES } from '../words/define.ts'
import type { WordKey } from '../words/index.ts'

declare module 'zod' {
  interface GlobalMeta {
    /** The description, in both languages. */
    words?: WordKey
  }
}

/** Ids of the pages; of so few digits that they are exact as numbers. */
export const id = () => z.int().min(1).max(999_999_999_999_999).meta({ examples: [1042] })

/** What people type in one line: without control signs, of which NUL cannot even be stored. */
export const line = (longest: number) => z.string().max(longest).regex(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069\p{Cs}]*$/u)

/** Several lines. */
export const lines = (longest: number) => z.string().max(longest).regex(/^(?:[^\p{Cc}\u202a-\u202e\u2066-\u2069\p{Cs}]|[\n\r\t])*$/u)

export const day = () => z.iso.date().refine(isCalendarDate).meta({ examples: ['2026-12-01'] })

/** A moment, in UTC. */
export const moment = () => z.iso.datetime().meta({ examples: ['2026-11-22T09:30:00Z'] })

export const e164 = () => z.string().regex(/^\+[1-9]\d{6,14}$/).meta({ examples: ['+33639980001'] })

export const language = () => z.enum(LANGUAGES)

export const idParams = z.strictObject({ id: id() })

const MOST_ON_PAGE = 50

/** Of every list: how many, and from where on. */
export const pageQuery = {
  limit: z.int().min(1).max(MOST_ON_PAGE).default(MOST_ON_PAGE).meta({ words: 'api.field.limit' }),
  cursor: z.string().min(1).max(2_000).optional().meta({ words: 'api.field.cursor' }),
}

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().meta({ words: 'api.field.next_cursor', examples: [null] }),
  })
}

/** As the product stores what stands in one line. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

export function isoMoment(date: Date): string
export function isoMoment(date: Date | null): string | null
export function isoMoment(date: Date | null): string | null {
  return date === null ? null : date.toISOString()
}
