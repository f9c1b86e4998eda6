import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { closestWords } from './close.domain.ts'
import { lookUpWords } from './close.queries.ts'
import { isContactDetail, searchWords, type CandidateFilters } from './domain.ts'
import { countFound } from './search.queries.ts'

/** More ways to read a word than this are no help. */
const MOST_READINGS = 3

/** A search with its mistyped words put right; it finds somebody. */
export type CloseSearch = { filters: CandidateFilters; counted: number; isCapped: boolean }

/**
 * What a search that found nobody may have meant: words that nobody has are replaced by the likest that somebody has. The searches
 * are ordinary ones, so that paging, selecting all and campaigns work with exactly what is shown.
 */
export async function findCloseSearches(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Promise<CloseSearch[]> {
  const words = searchWords(filters.q)
  if (words.length === 0 || isContactDetail(filters.q)) return []
  const looked = await lookUpWords(db, scope, filters.kind, words)
  const readings = looked.map(({ word, folded, isKnown, near }) => (isKnown ? [word] : closestWords(folded, near, MOST_READINGS)))
  // One word that resembles nothing, or words that only do not go together: there is nothing to put right.
  if (readings.some((reading) => reading.length === 0) || looked.every(({ isKnown }) => isKnown)) return []
  const found: CloseSearch[] = []
  for (let n = 0; n < MOST_READINGS; n++) {
    const q = readings.map((reading) => reading[n] ?? reading[0]).join(' ')
    if (found.some((one) => one.filters.q === q)) continue
    const close = { ...filters, q }
    const count = await countFound(db, scope, close, allowedCountries)
    if (count.counted > 0) found.push({ filters: close, ...count })
  }
  return found
}
