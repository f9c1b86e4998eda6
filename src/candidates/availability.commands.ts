import type { CalendarDate } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import type { Availability } from './domain.ts'
import { hasCandidate, setAvailability } from './queries.ts'

/** A recruiter writes down when somebody is free; the newest word holds, whoever gave it (S94). */
export async function setAvailabilityByHand(
  deps: Pick<Deps, 'db'>,
  scope: CompanyScope,
  given: { candidateId: number; userId: number; availability: Availability; from: CalendarDate | null; until: CalendarDate | null },
): Promise<Outcome<true, 'not_found'>> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await hasCandidate(trx, scope, given.candidateId))) return refused('not_found')
    await setAvailability(trx, scope, { ...given, source: 'recruiter' })
    return done(true as const)
  })
}
