import type { CalendarDate } from '../core/dates.ts'
import type { Viewer } from '../web/viewer.ts'
import { shortDay } from '../words/format.ts'
import { RADII, type CandidateFilters } from './domain.ts'
import { givenFilters } from './input.ts'
import type { FilterChoices, FilterNames } from './list.queries.ts'
import { readerOf, type Reader } from './views.ts'

/** The search box and the filters, of every page that shows a search. */
export type FilterFormModel = {
  action: string
  filters: CandidateFilters
  choices: FilterChoices
  radii: { value: string; label: string }[]
  /** A filter in use must be in sight. */
  showsMore: boolean
  /** Where the page is about days, those stand among the first filters. */
  isPeriodFirst: boolean
  /** What else the address of the page says. */
  fields: [string, string][]
}

export function filterForm(viewer: Viewer, given: Pick<FilterFormModel, 'action' | 'filters' | 'choices' | 'isPeriodFirst' | 'fields'>): FilterFormModel {
  const { t } = readerOf(viewer)
  const { tag, skill, branch, consent, from, until } = given.filters
  return {
    ...given,
    radii: RADII.map((value) => ({ value, label: t('candidates.filter.radiusOf', { km: value }) })),
    showsMore: [tag, skill, branch, consent, ...(given.isPeriodFirst ? [] : [from, until])].some(Boolean),
  }
}

type Part = { name: keyof CandidateFilters; text: string }

/** The search in words. A list, an import or a branch that is gone is told too: nobody is found in it. */
export function filterParts(reader: Reader, filters: CandidateFilters, names: FilterNames): Part[] {
  const { t } = reader
  const words: Partial<Record<keyof CandidateFilters, string>> = {
    q: t('candidates.part.q', { text: filters.q }),
    trade: filters.trade,
    tag: t('candidates.part.tag', { text: filters.tag }),
    skill: filters.skill,
    town: filters.radius ? t('candidates.part.around', { text: filters.town, km: filters.radius }) : t('candidates.part.town', { text: filters.town }),
    branch: t('candidates.part.branch', { text: names.branch ?? t('candidates.part.unknown') }),
    list: t('candidates.part.list', { text: names.list ?? t('candidates.part.unknown') }),
    import: t('candidates.part.import', { text: names.import ?? t('candidates.part.unknown') }),
    availability: filters.availability && t(`candidates.availability.${filters.availability}`),
    from: freeText(reader, filters),
    until: freeText(reader, filters),
    consent: filters.consent && t(`candidates.consent.${filters.consent}`),
    textable: t(filters.textable === 'yes' ? 'candidates.part.textableYes' : 'candidates.part.textableNo'),
  }
  // The radius is told with its town, and goes with it; so is the end of a period with its start.
  const isTold = (name: string) => name === 'radius' || (name === 'until' && filters.from !== '')
  return givenFilters(filters).flatMap(([name]): Part[] => (isTold(name) ? [] : [{ name, text: words[name] ?? '' }]))
}

/** « disponible du lun. 23 nov. au ven. 27 nov. » */
function freeText({ t, language, today }: Reader, { from, until }: CandidateFilters): string {
  const [first, last] = [from || until, until || from]
  const day = (date: CalendarDate) => shortDay(language, date, Number(today.slice(0, 4)))
  return first === last ? t('candidates.part.freeOn', { date: first && day(first) }) : t('candidates.part.free', { from: day(first), until: day(last) })
}

/** The same search without one of its filters. */
export function without(filters: CandidateFilters, name: keyof CandidateFilters): CandidateFilters {
  return { ...filters, [name]: '', ...(name === 'town' ? { radius: '' } : {}), ...(name === 'from' ? { until: '' } : {}) }
}
