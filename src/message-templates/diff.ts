/** What changed between two texts, word by word; a merge field is one word. Pure. */
import { diffArrays } from 'diff'

export type DiffPart = { text: string; mark: 'same' | 'added' | 'removed' }

const WORDS = /\{[^{}\n]*\}|[\p{L}\p{N}]+|\s|./gsu

/** Enough for two of the longest texts that share nothing; what a form may hold beyond them is not compared for ever. */
const MOST_EDITS = 4_000

export function wordDiff(before: string, after: string): DiffPart[] {
  const changes = diffArrays(before.match(WORDS) ?? [], after.match(WORDS) ?? [], { maxEditLength: MOST_EDITS })
  if (!changes) return [{ text: before, mark: 'removed' }, { text: after, mark: 'added' }]
  return changes.map(({ value, added, removed }) => ({
    text: value.join(''), mark: added ? 'added' : removed ? 'removed' : 'same',
  }))
}
