import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { AVAILABILITIES, type Availability } from './domain.ts'
import type { CandidateRecord } from './queries.ts'
import { nameOf, readerOf } from './views.ts'

export type AvailabilityModel = {
  name: string
  action: string
  states: { value: Availability; label: string; isChecked: boolean }[]
  from: string
  until: string
  errors: { field: string; text: string }[]
  cancelUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/availability': { form: AvailabilityModel }
  }
}

export type TypedAvailability = { state?: Availability | undefined; from: string; until: string }
export type AvailabilityProblem = { field: 'state' | 'from' | 'until'; word: 'state' | 'date' | 'order' }

export function availabilityModel(viewer: Viewer, record: CandidateRecord, typed?: TypedAvailability, problems: readonly AvailabilityProblem[] = []): AvailabilityModel {
  const { t } = readerOf(viewer)
  const chosen = typed ? typed.state : record.availability
  // What is over, or an older answer's, would only be typed away.
  const isCurrent = record.availability === 'available'
  return {
    name: nameOf(t, record),
    action: paths.personStep(record.kind, record.id, 'availability'),
    states: AVAILABILITIES.map((value) => ({ value, label: t(`people.availability.${value}`), isChecked: value === chosen })),
    from: typed?.from ?? (isCurrent ? (record.available_from ?? '') : ''),
    until: typed?.until ?? (isCurrent ? (record.available_until ?? '') : ''),
    errors: problems.map(({ field, word }) => ({ field, text: t(`people.availability.problem.${word}`) })),
    cancelUrl: paths.person(record.kind, record.id),
  }
}
