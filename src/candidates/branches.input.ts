import { z } from 'zod'
import { line } from '../web/typed-text.ts'

export const BRANCH_LIMITS = { name: 120, town: 120, phone: 40 } as const

export type BranchProblem = { field: 'name' | 'town' | 'phone'; word: 'missing' | 'long'; limit: number }
export type BranchForm = { typed: Record<'name' | 'town' | 'phone', string>; details: { name: string; town: string | null; phone: string | null }; problems: BranchProblem[] }

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
