import { recordInJournal } from '../auth/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { cancelUnsent } from '../messaging/cancel.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { cancelBatches, moveToCancelled, moveToClosed } from './moves.queries.ts'
import { findCampaign, recordEvent } from './queries.ts'
import type { CampaignStatus } from './domain.ts'

type Moved = Outcome<{ taken: number }, 'moved', { status: CampaignStatus }>

/** No further SMS leaves, ever; what was handed over stays handed over (S79). Answers to it are still taken until the campaign closes. */
export async function cancelCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number): Promise<Moved> {
  const { scope } = viewer
  const taken = await deps.db.transaction().execute(async (trx) => {
    if (!(await moveToCancelled(trx, scope, campaignId))) return undefined
    await cancelBatches(trx, scope, campaignId)
    const count = await cancelUnsent(trx, scope, campaignId, 'cancelled')
    await recordEvent(trx, scope, { campaignId, userId: viewer.userId, kind: 'cancelled', detail: { taken: count } })
    await recordInJournal(trx, { companyId: scope.companyId, userId: viewer.userId, action: 'campaign.cancelled', subjectKind: 'campaign', subjectId: campaignId })
    return count
  })
  return taken === undefined ? whereItStands(deps, viewer, campaignId) : done({ taken })
}

/** From now on the link shows that the request is closed; what has not left does not leave. */
export async function closeCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number): Promise<Moved> {
  const { scope } = viewer
  const taken = await deps.db.transaction().execute(async (trx) => {
    if (!(await moveToClosed(trx, scope, campaignId))) return undefined
    const count = await cancelUnsent(trx, scope, campaignId, 'closed')
    await recordEvent(trx, scope, { campaignId, userId: viewer.userId, kind: 'closed' })
    await recordInJournal(trx, { companyId: scope.companyId, userId: viewer.userId, action: 'campaign.closed', subjectKind: 'campaign', subjectId: campaignId })
    return count
  })
  return taken === undefined ? whereItStands(deps, viewer, campaignId) : done({ taken })
}

async function whereItStands(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number): Promise<Moved> {
  const campaign = await findCampaign(deps.db, viewer.scope, campaignId)
  if (!campaign) throw notFound('campaign')
  return refused('moved', { status: campaign.status })
}
