import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { findDelivery, openEndpoint, queueAgain, queueFailedAgain } from './log.queries.ts'

/** `off`: the endpoint takes nothing now; `sending`: it is being delivered at this moment. */
export async function resendDelivery(deps: Pick<Deps, 'db'>, viewer: Viewer, endpointId: number, id: number): Promise<Outcome<void, 'off' | 'sending'>> {
  const { scope } = viewer
  return deps.db.transaction().execute(async (trx) => {
    if (!(await findDelivery(trx, scope, endpointId, id))) throw notFound('webhook delivery')
    if (!(await openEndpoint(trx, scope, endpointId))) return refused('off')
    if (!(await queueAgain(trx, scope, endpointId, id))) return refused('sending')
    await recordInJournal(trx, { companyId: scope.companyId, userId: viewer.userId, action: 'webhook.resent', subjectKind: 'webhook', subjectId: endpointId, detail: { count: 1 } })
    return done(undefined)
  })
}

/** Everything that was not taken of what happened since; how much that is. */
export async function resendFailed(deps: Pick<Deps, 'db'>, viewer: Viewer, endpointId: number, since: Date): Promise<Outcome<number, 'off'>> {
  const { scope } = viewer
  return deps.db.transaction().execute(async (trx) => {
    if (!(await openEndpoint(trx, scope, endpointId))) return refused('off')
    const count = await queueFailedAgain(trx, scope, endpointId, since)
    if (count > 0) await recordInJournal(trx, { companyId: scope.companyId, userId: viewer.userId, action: 'webhook.resent', subjectKind: 'webhook', subjectId: endpointId, detail: { count } })
    return done(count)
  })
}
