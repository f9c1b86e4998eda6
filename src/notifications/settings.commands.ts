import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Choices } from './domain.ts'
import { judgeAgain, saveChoices } from './settings.queries.ts'

/** What one wants to be told by mail, from now on; it also decides about what waits for a mail or a digest. */
export async function chooseNotifications({ db }: Pick<Deps, 'db'>, { scope, userId }: Pick<Viewer, 'scope' | 'userId'>, choices: Choices, version: number): Promise<Outcome<true, 'moved-on'>> {
  return db.transaction().execute(async (trx) => {
    if (!(await saveChoices(trx, scope, userId, choices, version))) return refused('moved-on')
    await judgeAgain(trx, scope, userId)
    return done(true as const)
  })
}
