import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { closestWords } from './close.domain.ts'
import { lookUpWords } from './close.queries.ts'
import { isContactDetail, searchWords, type CandidateFilters } from './domain.ts'
import { countFound, findsSomebody, type Found } from './search.queries.ts'

/** More ways to read a word than this are no help. */
const MOST_READINGS = 3

/** What a search may have meant, likest first; each finds somebody. Only of the first it is known how many. */
export type CloseSearches = Found & { filters: CandidateFilters; others: CandidateFilters[] }

/**
 * What a search that found nobody may have meant: words that nobody has are replaced by the likest that somebody has. The searches
 * are ordinary ones, so that paging, selecting all and campaigns work with exactly what is shown.
 */
export async function findCloseSearches(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Promise<CloseSearches | undefined> {
  const words = searchWords(filters.q)
  if (words.length === 0 || isContactDetail(filters.q)) return undefined
  const looked = await lookUpWords(db, scope, filters.kind, words)
  const readings = looked.map(({ word, folded, isKnown, near }) => (isKnown ? [word] : closestWords(folded, near, MOST_READINGS)))
  // One word that resembles nothing, or words that only do not go together: there is nothing to put right.
  if (readings.some((reading) => reading.length === 0) || looked.every(({ isKnown }) => isKnown)) return undefined
  let first: CloseSearches | undefined
  for (let n = 0; n < MOST_READINGS; n++) {
    const close = { ...filters, q: readings.map((reading) => reading[n] ?? reading[0]).join(' ') }
    if (!first) {
      const count = await countFound(db, scope, close, allowedCountries)
      if (count.counted > 0) first = { filters: close, ...count, others: [] }
    } else if (![first.filters, ...first.others].some(({ q }) => q === close.q) && (await findsSomebody(db, scope, close, allowedCountries))) first.others.push(close)
  }
  return first
}
