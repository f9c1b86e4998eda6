import { z } from 'zod'
import type { CandidateFilters } from '../candidates/domain.ts'
import { filtersToQuery } from '../candidates/input.ts'
import { paths } from '../web/paths.ts'
import { BOARD_LOOKS, BOARD_SORTS, type BoardChoice } from './domain.ts'

/** How the board is to be shown, from its address; what does not fit counts as not asked for. */
export const boardQuery = z.object({
  weeks: z.enum(['13']).optional().catch(undefined),
  sort: z.enum(BOARD_SORTS).catch('longest'),
  view: z.enum(BOARD_LOOKS).catch(''),
  figures: z.enum(['all']).optional().catch(undefined),
}).transform(({ weeks, sort, view, figures }): BoardChoice => ({ weeks: weeks ? 13 : 6, sort, look: view, countsAll: figures !== undefined }))

/** What the address says beside the search; nothing where it is as always. */
export function choiceFields({ weeks, sort, look, countsAll }: BoardChoice): [string, string][] {
  const fields: [string, string][] = [['weeks', weeks === 13 ? '13' : ''], ['sort', sort === 'name' ? sort : ''], ['view', look], ['figures', countsAll ? 'all' : '']]
  return fields.filter(([, value]) => value !== '')
}

/** The one query string of a board. */
export function boardQueryString(filters: CandidateFilters, choice: BoardChoice): string {
  return [filtersToQuery(filters), new URLSearchParams(choiceFields(choice)).toString()].filter(Boolean).join('&')
}

export function boardUrl(filters: CandidateFilters, choice: BoardChoice, place: Record<string, string> = {}): string {
  const query = [boardQueryString(filters, choice), new URLSearchParams(place).toString()].filter(Boolean).join('&')
  return query ? `${paths.board}?${query}` : paths.board
}
