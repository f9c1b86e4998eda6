import { recordInJournal } from '../auth/queries.ts'
import type { CompanyScope } from '../core/scope.ts'
import { readIdentity, writeIdentity } from '../db/installation.ts'
import type { Deps } from '../deps.ts'
import { getAccount, resumeAccount } from './account.queries.ts'

/** A person has mended what suspended the sending, and says so; a copied database is the installation from now on. Returns false when it was not suspended. */
export async function resumeSending(deps: Pick<Deps, 'db'>, scope: CompanyScope, userId: number): Promise<boolean> {
  const here = await readIdentity(deps.db)
  return deps.db.transaction().execute(async (trx) => {
    const { suspended_reason: reason } = await getAccount(trx)
    const resumed = await resumeAccount(trx)
    if (resumed && here) await writeIdentity(trx, here.identity)
    if (resumed) await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'sending.resumed', detail: { reason } })
    return resumed
  })
}
