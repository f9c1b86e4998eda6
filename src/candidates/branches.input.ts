import { z } from 'zod'
import { decodeCursor, isCount } from '../core/paging.ts'
import { line } from '../web/typed-text.ts'
import type { BranchQuery } from './branches.queries.ts'

export const BRANCH_LIMITS = { name: 120, town: 120, phone: 40 } as const

export type BranchProblem = { field: 'name' | 'town' | 'phone'; word: 'missing' | 'long'; limit: number }
export type BranchForm = { typed: Record<'name' | 'town' | 'phone', string>; details: { name: string; town: string | null; phone: string | null }; problems: BranchProblem[] }

const query = z.object({ q: z.string().catch('').transform((text) => text.trim().slice(0, 120)), after: z.string().optional().catch(undefined) })

/** What of the list is asked for; whatever makes no sense is left out. */
export function readBranchQuery(given: unknown): BranchQuery {
  const { q, after } = query.parse(given ?? {})
  const cursor = decodeCursor(after, 3)
  const [archived, name, id] = cursor ?? []
  return { q, after: (archived === 0 || archived === 1) && typeof name === 'string' && isCount(id) ? cursor : undefined }
}

const fields = z.object({ name: line, town: line, phone: line })

export function readBranchForm(body: unknown): BranchForm {
  const typed = fields.parse(body ?? {})
  const problems = (['name', 'town', 'phone'] as const).flatMap((field): BranchProblem[] => {
    const limit = BRANCH_LIMITS[field]
    if (field === 'name' && typed.name === '') return [{ field, word: 'missing', limit }]
    return typed[field].length > limit ? [{ field, word: 'long', limit }] : []
  })
  return { typed, details: { name: typed.name, town: typed.town || null, phone: typed.phone || null }, problems }
}
