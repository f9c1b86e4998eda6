import { z } from 'zod'
import { isCalendarDate } from '../core/dates.ts'
import { decodeCursor, type Cursor } from '../core/paging.ts'
import { rowId } from '../web/ids.ts'
import { SUBJECT_KINDS, type JournalFilter } from './domain.ts'

const day = z.string().refine(isCalendarDate).optional().catch(undefined)

const query = z.object({
  person: z.union([z.literal('system'), rowId]).optional().catch(undefined),
  name: z.string().catch('').transform((text) => text.trim().slice(0, 80)),
  kind: z.enum(SUBJECT_KINDS).optional().catch(undefined),
  object: z.string().catch('').transform((text) => text.trim().slice(0, 80)),
  from: day,
  until: day,
  before: z.string().optional().catch(undefined),
})

/** What stands in the address; whatever makes no sense is left out. */
export function readJournalQuery(given: unknown): { filter: JournalFilter; before: Cursor | undefined } {
  const { before, ...filter } = query.parse(given)
  const cursor = decodeCursor(before, 2)
  return { filter, before: cursor?.every((part) => Number.isSafeInteger(part)) ? cursor : undefined }
}
