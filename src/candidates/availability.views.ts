import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { AVAILABILITIES, type Availability } from './domain.ts'
import type { PeriodRow } from './periods.queries.ts'
import type { CandidateRecord } from './queries.ts'
import { sourceText, toldText } from './periods.views.ts'
import { dayText, nameOf, readerOf } from './views.ts'

export type AvailabilityModel = {
  name: string
  action: string
  states: { value: Availability; label: string; isChecked: boolean }[]
  from: string
  until: string
  /** The newest word when the form was made. */
  seen: number
  /** What came while the form was open. */
  changed: { text: string; detail: string } | undefined
  errors: { field: string; text: string }[]
  cancelUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/availability': { form: AvailabilityModel }
  }
}

export type TypedAvailability = { state?: Availability | undefined; from: string; until: string; seen: number }
export type AvailabilityProblem = { field: 'state' | 'from' | 'until'; word: 'state' | 'date' | 'order' }

type FormState = { record: CandidateRecord; seen: number; typed?: TypedAvailability | undefined; problems?: readonly AvailabilityProblem[]; changed?: PeriodRow | undefined }

export function availabilityModel(viewer: Viewer, { record, seen, typed, problems = [], changed }: FormState): AvailabilityModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const chosen = typed ? typed.state : record.availability
  // What is over, or an older answer's, would only be typed away.
  const isCurrent = record.availability === 'available'
  return {
    name: nameOf(t, record),
    action: paths.personStep(record.kind, record.id, 'availability'),
    states: AVAILABILITIES.map((value) => ({ value, label: t(`people.availability.${value}`), isChecked: value === chosen })),
    from: typed?.from ?? (isCurrent ? (record.available_from ?? '') : ''),
    until: typed?.until ?? (isCurrent ? (record.available_until ?? '') : ''),
    seen,
    changed: changed && {
      text: t('periods.changed'),
      detail: t('periods.changedDetail', { period: toldText(reader, changed), source: sourceText(t, changed), date: dayText(reader, changed.at) }),
    },
    errors: problems.map(({ field, word }) => ({ field, text: t(`people.availability.problem.${word}`) })),
    cancelUrl: paths.person(record.kind, record.id),
  }
}
