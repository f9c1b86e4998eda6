import { recordInJournal } from '../auth/queries.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { getAccount, resumeAccount } from './account.queries.ts'

/** A person has mended what suspended the sending, and says so. Returns false when it was not suspended. */
export async function resumeSending(deps: Pick<Deps, 'db'>, scope: CompanyScope, userId: number): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    const { suspended_reason: reason } = await getAccount(trx)
    const resumed = await resumeAccount(trx)
    if (resumed) await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'sending.resumed', detail: { reason } })
    return resumed
  })
}
