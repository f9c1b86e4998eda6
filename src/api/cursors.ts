import { decodeCursor, encodeCursor, type Cursor } from '../core/paging.ts'
import { ApiProblem } from './problem.ts'

type Part = 'text' | 'id' | 'number' | 'moment'
type PartValue<Kind extends Part> = Kind extends 'text' ? string : number
type Parts<Kinds extends readonly Part[]> = { -readonly [Index in keyof Kinds]: PartValue<Kinds[Index]> }

/** Where a page begins: undefined at the beginning. A cursor that is none of ours ends the request. */
export function readCursor<const Kinds extends readonly Part[]>(text: string | undefined, kinds: Kinds): Parts<Kinds> | undefined {
  if (text === undefined) return undefined
  const parts = decodeCursor(text, kinds.length)
  if (!parts || !parts.every((part, index) => isPart(part, kinds[index]!))) throw new ApiProblem('bad_cursor')
  return parts as unknown as Parts<Kinds>
}

/** Microseconds since 1970; no calendar of the database goes on for ever. */
const LATEST = 4e15

function isPart(part: Cursor[number], kind: Part): boolean {
  if (kind === 'text') return typeof part === 'string' && part.isWellFormed() && !part.includes('\u0000')
  if (typeof part !== 'number' || !Number.isSafeInteger(part)) return false
  if (kind === 'moment') return part >= 0 && part < LATEST
  return kind === 'number' || part > 0
}

/** `rows`: one more than a page, where there are more; `at`: the place of a row in the order of the list. */
export function pageOfRows<Row, Item>(rows: readonly Row[], limit: number, at: (row: Row) => Cursor, toItem: (row: Row) => Item): { data: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { data: shown.map(toItem), next_cursor: rows.length > limit && last !== undefined ? encodeCursor(at(last)) : null }
}
