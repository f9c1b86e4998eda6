import type { ExclusionReason } from '../consent/domain.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { Cursor } from '../core/paging.ts'

export const AVAILABILITIES = ['available', 'unavailable', 'unknown'] as const
export type Availability = (typeof AVAILABILITIES)[number]

/** Candidates look for work, contacts work for a client; the same record otherwise (S6). */
export const KINDS = ['candidate', 'contact'] as const
export type Kind = (typeof KINDS)[number]

/** Kilometres around a town. */
export const RADII = ['5', '10', '20', '30', '50', '100'] as const

/** What is known of somebody's agreement to be texted; opted out is the number's state, whatever the record says. */
export const CONSENTS = ['given', 'missing', 'opted_out'] as const

/** A search as the page's URL holds it; an empty string means "any". Everything a campaign can start from is one of these (S10, S11). */
export type CandidateFilters = {
  kind: Kind
  /** Words; every one must match, in any order, without regard to case and accents. */
  q: string
  trade: string
  tag: string
  skill: string
  town: string
  /** Around the town instead of in it. */
  radius: '' | (typeof RADII)[number]
  /** Ids. */
  branch: string
  list: string
  import: string
  availability: '' | Availability
  /** Free on every one of these days; one date alone means that day. */
  from: '' | CalendarDate
  until: '' | CalendarDate
  consent: '' | (typeof CONSENTS)[number]
  textable: '' | 'yes' | 'no'
}

export const NO_FILTERS: CandidateFilters = Object.freeze({
  kind: 'candidate', q: '', trade: '', tag: '', skill: '', town: '', radius: '', branch: '', list: '', import: '', availability: '', from: '', until: '', consent: '', textable: '',
})

/** The order in which a search is written down and told. */
export const FILTER_NAMES = ['q', 'trade', 'tag', 'skill', 'town', 'radius', 'branch', 'list', 'import', 'availability', 'from', 'until', 'consent', 'textable'] as const satisfies readonly (keyof CandidateFilters)[]

/** Why somebody is not to be texted, seen from the record alone: the first reasons of consent/domain.ts. */
export type TextabilityReason = Exclude<ExclusionReason, 'destination_blocked' | 'no_sender' | 'duplicate_number' | 'over_limit'>

/** Whom a campaign is made for: named people, or a search as it is at that moment, without some of its results. */
export type Audience = { mode: 'selected'; ids: number[] } | { mode: 'query'; filters: CandidateFilters; except: number[] }

/** Who or what set an availability; `page`: the person, on the page of a campaign that was over. */
export const AVAILABILITY_SOURCES = ['answer', 'recruiter', 'import', 'page'] as const
export type AvailabilitySource = (typeof AVAILABILITY_SOURCES)[number]

/** How an answer came: by the page, by SMS, or taken down by a recruiter over the telephone. */
export const ANSWER_WAYS = ['link', 'reply', 'recruiter'] as const
export type AnswerWay = (typeof ANSWER_WAYS)[number]

/** Rows of one page of the list. */
export const PAGE_SIZE = 50

/** Counted exactly up to here; beyond, the page says « plus de 10 000 ». */
export const COUNTED_TO = 10_000

/** So many matches are put in order of rank; a list of more goes by name, which the index gives page by page. */
export const RANKED_TO = 2_000

/** The score of a row in a list that goes by name alone. */
export const UNRANKED = -1

/** From which row of a list (`score, sort_name, id`) and which way to read. */
export type ListPosition = { from: Cursor; direction: 'after' | 'before' }

/** More words than this narrow nothing and cost time. */
const MOST_WORDS = 8

/** The words of a search, without punctuation: « l’Isle-d’Abeau, CACES » is l, Isle, d, Abeau, CACES. */
export function searchWords(q: string): string[] {
  const words = q.normalize('NFKC').match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  return [...new Set(words)].slice(0, MOST_WORDS)
}

/** A whole number in international writing or an e-mail address: looked up as such, not as words. */
export function isContactDetail(q: string): boolean {
  return isNumber(q) || isEmail(q)
}

export function isNumber(q: string): boolean {
  return /^\+\d{7,15}$/.test(q)
}

export function isEmail(q: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(q)
}

/** What a person may want to see alone in the history of a candidate. */
export const TIMELINE_KINDS = ['notes', 'sms', 'answers', 'availability', 'consent', 'edits', 'imports'] as const
export type TimelineKind = (typeof TIMELINE_KINDS)[number]

/** The last event shown; older ones follow. `at` in microseconds since 1970, because events of one transaction share the millisecond. */
export type TimelinePosition = { at: number; source: number; id: number }
