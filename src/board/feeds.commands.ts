import { findBranch } from '../candidates/branches.queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { hashToken } from '../web/secrets.ts'
import type { Viewer } from '../web/viewer.ts'
import { newFeedToken } from './feeds.domain.ts'
import { replaceFeed, revokeFeed } from './feeds.queries.ts'

/** A new address of a calendar; the one there was ends. The token is told here and never again. */
export async function makeFeed(deps: Pick<Deps, 'db'>, { scope, userId }: Pick<Viewer, 'scope' | 'userId'>, of: 'mine' | number): Promise<Outcome<{ token: string }, 'no_branch'>> {
  const token = newFeedToken()
  return deps.db.transaction().execute(async (trx) => {
    const branch = of === 'mine' ? undefined : await findBranch(trx, scope, of)
    if (of !== 'mine' && (!branch || branch.isArchived)) return refused('no_branch')
    const { id } = await replaceFeed(trx, scope, { userId, kind: branch ? 'branch' : 'mine', branchId: branch?.id ?? null, hash: hashToken(token) })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'calendar.made', detail: { calendar: id } })
    return done({ token })
  })
}

/** Nobody reads it any more. One's own, or a colleague's for whoever manages people. */
export async function endFeed(deps: Pick<Deps, 'db'>, { scope, userId, privileges }: Pick<Viewer, 'scope' | 'userId' | 'privileges'>, id: number): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    const ended = await revokeFeed(trx, scope, id, { userId, ownerId: privileges.has('users.manage') ? undefined : userId })
    if (ended) await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'calendar.revoked', subjectKind: 'user', subjectId: ended.user_id, detail: { calendar: id } })
    return ended !== undefined
  })
}
