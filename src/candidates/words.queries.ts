import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { isContactDetail, KINDS, searchWords, type CandidateFilters, type Kind } from './domain.ts'
import type { Condition } from './filters.queries.ts'

/** What one index answers: words, each the beginning of a word on the record, a tag and a qualification as a whole. */
export type Words = Pick<CandidateFilters, 'kind' | 'q' | 'tag' | 'skill'>

export function asksForWords({ q, tag, skill }: Words): boolean {
  return tag !== '' || skill !== '' || wordsOf(q).length > 0
}

/** Of the record `c`, looked at for another reason. */
export function hasEachWord(words: Words): Condition[] {
  return asksForWords(words) ? [sql<boolean>`c.search_words @@ replace(${asked(words)}, chr(1), '')::tsquery`] : []
}

/** The same, where the planner may begin with it. */
export function hasWords(scope: CompanyScope, words: Words): Condition[] {
  return asksForWords(words) ? [sql<boolean>`${KEYS} @@ search_everywhere(${scope.companyId}, ${words.kind}, ${askedKnown(scope, words)})`] : []
}

/** The same people as whole records, found shelf after shelf of the index: whoever stops early has not gathered all of them. */
export function recordsWithWords(scope: CompanyScope, words: Words): RawBuilder<unknown> {
  return recordsAsked(scope, words.kind, sql`(select ${askedKnown(scope, words)})`)
}

/** A shelf of the index holds neighbours by id. */
export const PEOPLE_OF_SHELF = 65_536

/** Candidates and contacts alike, as ids. */
export function idsWithWords(scope: CompanyScope, q: string): RawBuilder<unknown> {
  return sql.join(KINDS.map((kind) => sql`select c.id from ${recordsWithWords(scope, { kind, q, tag: '', skill: '' })} c`), sql` union all `)
}

/** Whether anybody has a word that begins like this one. */
export function isWordKnown(scope: CompanyScope, kind: Kind, word: RawBuilder<unknown>): Condition {
  return sql<boolean>`exists (select from ${recordsAsked(scope, kind, sql`search_asked_known(${scope.companyId}, array[${word}], '', '')`)} as known)`
}

/** The fields in the order of rank, by the weights of their words. */
const FIELDS = ['A', 'B', 'C', 'D'] as const

/**
 * Smaller is better. Each word counts by the first field where it begins a word (name 0, trade 2, skills 4, town 6; one more when
 * it is only the beginning of that word).
 */
export function searchScore(q: string): RawBuilder<number> {
  const words = searchWords(q)
  if (words.length === 0) return sql`0`
  return sql`(${sql.join(words.map(wordScore), sql` + `)})`
}

function wordScore(word: string): RawBuilder<number> {
  const query = sql`replace(search_asked(array[${word}], '', ''), chr(1), '')`
  const branches = FIELDS.flatMap((field, place) => [`:${field}`, `:*${field}`].map((where, step) => sql`when c.search_words @@ replace(${query}, ':*', ${where})::tsquery then ${sql.lit(2 * place + step)}`))
  return sql`case ${sql.join(branches, sql` `)} else ${sql.lit(2 * FIELDS.length)} end`
}

const KEYS = sql`candidate_search_keys(c.company_id, c.kind, c.id, c.search_words)`

/** A telephone number or an e-mail address is looked up as such. */
function wordsOf(q: string): string[] {
  return isContactDetail(q) ? [] : searchWords(q)
}

function asked({ q, tag, skill }: Words): RawBuilder<string> {
  return sql`search_asked(${wordsOf(q)}::text[], ${tag}, ${skill})`
}

/** The same by the words that people have, which the index finds sooner than beginnings. */
function askedKnown({ companyId }: CompanyScope, { q, tag, skill }: Words): RawBuilder<string> {
  return sql`search_asked_known(${companyId}, ${wordsOf(q)}::text[], ${tag}, ${skill})`
}

function recordsAsked({ companyId }: CompanyScope, kind: Kind, query: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(
    select c.* from unnest(search_shelves(${companyId}, ${kind})) shelf
    cross join lateral (select c.* from candidate c where ${KEYS} @@ replace(${query}, chr(1), shelf)::tsquery and c.company_id = ${companyId} and c.kind = ${kind} offset 0) c)`
}
