import type { Deps } from '../deps.ts'
import { takeGathering, tellAnswers, tellTrouble } from './gathering.queries.ts'

/**
 * What nobody can announce as it happens: answers, whose transactions must not wait for each other, and trouble that concerns many.
 * Called every few seconds by every worker; a call that comes late, twice or at the same time as another changes nothing.
 */
export async function gatherNews({ db }: Pick<Deps, 'db'>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (await takeGathering(trx)) await tellAnswers(trx)
  })
  await tellTrouble(db)
}
