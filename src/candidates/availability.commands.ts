import type { CalendarDate } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import type { Availability } from './domain.ts'
import { findNewestPeriod, lockRecord, type PeriodRow } from './periods.queries.ts'
import { setAvailability } from './queries.ts'

type TypedPeriod = { availability: Availability; from: CalendarDate | null; until: CalendarDate | null }

/**
 * A recruiter writes down when somebody is free; the newest word holds, whoever gave it (S94). `seen` is the newest word when
 * the form was made, 0 for none: one that came since is not written over unseen, 'changed' tells it, and the person decides.
 */
export async function setAvailabilityByHand(
  deps: Pick<Deps, 'db'>,
  scope: CompanyScope,
  { candidateId, userId, seen, ...typed }: TypedPeriod & { candidateId: number; userId: number; seen: number },
): Promise<Outcome<true, 'not_found'> | Outcome<true, 'changed', PeriodRow>> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await lockRecord(trx, scope, candidateId))) return refused('not_found')
    const newest = await findNewestPeriod(trx, scope, candidateId)
    // The same form sent twice, or somebody who heard the same.
    if (newest && newest.id !== seen && isSame(newest, typed)) return done(true as const)
    if (newest && newest.id !== seen) return refused('changed', newest)
    await setAvailability(trx, scope, { candidateId, userId, ...typed, source: 'recruiter' })
    return done(true as const)
  })
}

function isSame(row: PeriodRow, typed: TypedPeriod): boolean {
  return row.availability === typed.availability && (typed.availability !== 'available' || (row.available_from === typed.from && row.available_until === typed.until))
}
