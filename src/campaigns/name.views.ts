import type { Audience, CandidateFilters } from '../candidates/domain.ts'
import { NO_FILTERS } from '../candidates/domain.ts'
import type { findAudienceNames } from '../candidates/list.queries.ts'
import { filterParts } from '../candidates/filters.views.ts'
import { nameOf, type Reader } from '../candidates/views.ts'
import { shortDate } from '../words/format.ts'

type Names = Awaited<ReturnType<typeof findAudienceNames>>

/** S21: the person, the list or saved search, else what was searched for, or « Sélection », and the date. */
export function defaultName(reader: Reader, audience: Audience, names: Names, person?: { id: number; first_name: string; last_name: string }): string {
  return reader.t('campaigns.defaultName', { what: person ? nameOf(reader.t, person) : whatFor(reader, audience, names), date: shortDate(reader.language, reader.today) })
}

function whatFor(reader: Reader, audience: Audience, names: Names): string {
  if (audience.mode === 'selected') return reader.t('campaigns.untitled')
  if (names.search) return names.search
  const filters: CandidateFilters = { ...NO_FILTERS, ...audience.filters }
  const parts = filterParts(reader, filters, names).map((part) => shortly(reader, filters, names, part))
  return parts.length === 0 ? reader.t('campaigns.wholeList', { kind: filters.kind }) : parts.join(', ').slice(0, 120)
}

/** In a name, a list is known by its own, and words stand for themselves. */
function shortly({ t }: Reader, filters: CandidateFilters, names: Names, { name, text }: { name: keyof CandidateFilters; text: string }): string {
  switch (name) {
    case 'q': case 'tag': return filters[name]
    case 'town': return filters.radius ? text : filters.town
    case 'branch': case 'list': case 'import': return names[name] ?? text
    case 'availability': return filters.availability && t(`campaigns.filter.${filters.availability}`)
    case 'textable': return t(filters.textable === 'yes' ? 'campaigns.filter.textable' : 'campaigns.filter.notTextable')
    default: return text
  }
}
