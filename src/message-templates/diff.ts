/** What changed between two texts, word by word; a merge field is one word. Pure. */
import { diffArrays } from 'diff'

export type DiffPart = { text: string; mark: 'same' | 'added' | 'removed' }

const WORDS = /\{[^{}\n]*\}|[\p{L}\p{N}]+|\s|./gsu

export function wordDiff(before: string, after: string): DiffPart[] {
  return diffArrays(before.match(WORDS) ?? [], after.match(WORDS) ?? []).map(({ value, added, removed }) => ({
    text: value.join(''), mark: added ? 'added' : removed ? 'removed' : 'same',
  }))
}
