/** What changed between two texts, word by word; a merge field is one word. Pure. */
import { diffArrays } from 'diff'

export type DiffPart = { text: string; mark: 'same' | 'added' | 'removed' }

const WORDS = /\{[^{}\n]*\}|[\p{L}\p{N}]+|\s|./gsu

/** Texts that differ in more words than this share nothing worth showing, and comparing them to the end would hold everybody up. */
const MOST_EDITS = 300

export function wordDiff(before: string, after: string): DiffPart[] {
  const changes = diffArrays(before.match(WORDS) ?? [], after.match(WORDS) ?? [], { maxEditLength: MOST_EDITS })
  if (!changes) return [{ text: before, mark: 'removed' }, { text: after, mark: 'added' }]
  return changes.map(({ value, added, removed }) => ({
    text: value.join(''), mark: added ? 'added' : removed ? 'removed' : 'same',
  }))
}
