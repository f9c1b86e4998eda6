import { z } from 'zod'
import { candidateFilters } from '../candidates/input.ts'
import { decodeCursor } from '../core/paging.ts'
import { rowId } from '../web/ids.ts'
import { LIST_TABS } from './domain.ts'

/** Cut far beyond what is allowed, so that what is too long is told and kept as it was typed. */
const TYPED = 2_000
const line = z.string().transform((text) => text.replaceAll('\u0000', '').replace(/\s+/g, ' ').trim().slice(0, TYPED)).catch('')

export const folderForm = z.object({
  name: line,
  description: z.string().transform((text) => text.replaceAll('\r\n', '\n').replaceAll('\u0000', '').trim().slice(0, TYPED)).catch(''),
})
export type FolderForm = z.infer<typeof folderForm>

export const searchForm = z.object({ name: line, shared: z.string().catch('') }).transform(({ name, shared }) => ({ name, isShared: shared === 'on' }))
export type SearchForm = z.infer<typeof searchForm>

/** What is to be saved, from an address or a form. */
export function readSearch(given: unknown) {
  return candidateFilters.parse(given ?? {})
}

/** Where a selection goes; `step` is missing when the selection has only been brought along. */
export const additionForm = z.object({ step: z.string().catch(''), target: rowId.optional().catch(undefined), name: line })

/** The list that people leave, which is the one whose people are shown. */
export const removalForm = z.object({ list: rowId.optional().catch(undefined), step: z.string().catch('') })

export const overviewQuery = z.object({
  tab: z.enum(LIST_TABS).catch('folders'),
  after: z.string().max(2000).optional().catch(undefined).transform((text) => {
    const [sort, id] = decodeCursor(text, 2) ?? []
    return typeof sort === 'string' && !sort.includes('\u0000') && typeof id === 'number' && Number.isSafeInteger(id) ? { sort, id } : undefined
  }),
})
