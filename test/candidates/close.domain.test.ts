import { expect, test } from 'vitest'
import { closestWords, distance, lettersAllowed } from '../../src/candidates/close.domain.ts'

test.each([
  ['coffreur', 'coffreur', 0, 0],
  ['cofreur', 'coffreur', 1, 1],
  ['dupnot', 'dupont', 1, 1],
  ['martn', 'martin', 1, 1],
  ['cofr', 'coffreur', 4, 1],
  ['', 'a', 1, 0],
  ['kévin', 'kévin', 0, 0],
])('%s and %s differ in %i letters, their beginnings in %i', (asked, word, whole, start) => {
  expect(distance(asked, word)).toEqual({ whole, start })
})

test('short words are never corrected, long ones by two letters at most', () => {
  expect(['a', 'bois', 'macon', 'grutier'].map(lettersAllowed)).toEqual([0, 1, 1, 2])
  expect(closestWords('lyn', ['lyon'], 3)).toEqual([])
})

test('whole words come before beginnings, and no more than asked for', () => {
  expect(closestWords('cofreur', ['coffreuse', 'decoffreur', 'coffreur', 'zingueur'], 3)).toEqual(['coffreur', 'coffreuse'])
  expect(closestWords('martn', ['marteau', 'martin', 'martine', 'martins'], 2)).toEqual(['martin', 'marteau'])
})
