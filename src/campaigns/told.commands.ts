import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import type { Viewer } from '../web/viewer.ts'
import { tell } from './commands.ts'
import { followersFrom, markOf } from './told.domain.ts'
import { listColleagues, lockFollowers, replaceFollowers } from './told.queries.ts'

/** Whom a launched campaign tells of its answers from now on. `seen`: what the form was made from. */
export async function chooseFollowers(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, given: { ticked: readonly number[]; seen: string }): Promise<Outcome<{ isNew: boolean }, 'draft' | 'stale'>> {
  const { scope } = viewer
  return deps.db.transaction().execute(async (trx): Promise<Outcome<{ isNew: boolean }, 'draft' | 'stale'>> => {
    const held = await lockFollowers(trx, scope, campaignId)
    if (!held) throw notFound('campaign')
    if (held.isDraft) return refused('draft')
    const wanted = followersFrom(given.ticked, await listColleagues(trx, scope), held.senderId)
    if (markOf(wanted) === markOf(held.chosen)) return done({ isNew: false })
    if (given.seen !== markOf(held.chosen)) return refused('stale')
    await replaceFollowers(trx, scope, campaignId, wanted)
    await tell(trx, viewer, campaignId, 'told_changed')
    return done({ isNew: true })
  })
}
