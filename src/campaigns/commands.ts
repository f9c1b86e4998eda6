import { setTimeout as wait } from 'node:timers/promises'
import type { Transaction } from 'kysely'
import { recordInJournal } from '../auth/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { cancelUnsent } from '../messaging/cancel.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { mayDo, type CampaignAction, type CampaignStatus } from './domain.ts'
import { cancelBatches, countHanded, moveToCancelled, moveToClosed, moveToPaused, waitForGates, type Handed, type Seen } from './moves.queries.ts'
import { findCampaign, recordEvent, type CampaignEventKind } from './queries.ts'

/** Moved: it is where this cannot start. Stale: somebody changed it since the page was made. */
export type Moved<Value> = Outcome<Value, 'moved' | 'stale', { status: CampaignStatus }>

/**
 * Nothing leaves any more until somebody resumes. Effective once this returns: what is in flight then is all that may still
 * go out. Asks for no `seen`, unlike the others: stopping is right whatever was changed meanwhile. `waits`: as a part of a
 * transaction it is effective with the commit, and before that there is nothing to wait for.
 */
export async function pauseCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, { waits = true } = {}): Promise<Moved<Handed>> {
  const { scope } = viewer
  const isPaused = await moveToPaused(deps.db, scope, campaignId, viewer)
  if (!isPaused) return whereItStands(deps, viewer, campaignId, 'pause')
  // It is paused whether or not they can be waited for; then the figure may lack what a slow gate lets through.
  if (waits) await Promise.race([waitForGates(deps.db, scope, campaignId).catch(passOverLockTimeout), wait(GATE_PATIENCE_MS)])
  return done(await countHanded(deps.db, scope, campaignId))
}

/** No further SMS leaves, ever; what was handed over stays handed over (S79). Answers to it are still taken until the campaign closes. */
export async function cancelCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, seen?: Seen): Promise<Moved<Handed & { taken: number }>> {
  const { scope } = viewer
  const taken = await deps.db.transaction().execute(async (trx) => {
    if (!(await moveToCancelled(trx, scope, campaignId, seen))) return undefined
    await cancelBatches(trx, scope, campaignId, ['planned', 'running', 'held'])
    const count = await cancelUnsent(trx, scope, campaignId, 'cancelled')
    await tell(trx, viewer, campaignId, 'cancelled', { taken: count })
    return count
  })
  return taken === undefined ? whereItStands(deps, viewer, campaignId, 'cancel') : done({ ...(await countHanded(deps.db, scope, campaignId)), taken })
}

/** From now on the link shows that the request is closed; what has not left does not leave. */
export async function closeCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, seen?: Seen): Promise<Moved<Handed & { taken: number }>> {
  const { scope } = viewer
  const taken = await deps.db.transaction().execute(async (trx) => {
    if (!(await moveToClosed(trx, scope, campaignId, seen))) return undefined
    // A batch that has begun is done once what it is handing over has ended.
    await cancelBatches(trx, scope, campaignId, ['planned', 'held'])
    const count = await cancelUnsent(trx, scope, campaignId, 'closed')
    await tell(trx, viewer, campaignId, 'closed')
    return count
  })
  return taken === undefined ? whereItStands(deps, viewer, campaignId, 'close') : done({ ...(await countHanded(deps.db, scope, campaignId)), taken })
}

/** For all gates together: new ones go on taking numbers while the old ones end. */
const GATE_PATIENCE_MS = 120

// PostgreSQL, appendix A.
const LOCK_NOT_AVAILABLE = '55P03'

function passOverLockTimeout(error: unknown): void {
  if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error
}

/** In the campaign's history and in the company's journal. */
export async function tell(trx: Transaction<DB>, viewer: Viewer, campaignId: number, kind: CampaignEventKind, detail: Record<string, string | number> = {}): Promise<void> {
  const { scope, userId } = viewer
  await recordEvent(trx, scope, { campaignId, userId, kind, detail })
  await recordInJournal(trx, { companyId: scope.companyId, userId, action: `campaign.${kind}`, subjectKind: 'campaign', subjectId: campaignId, detail })
}

async function whereItStands(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, action: CampaignAction): Promise<Moved<never>> {
  const campaign = await findCampaign(deps.db, viewer.scope, campaignId)
  if (!campaign) throw notFound('campaign')
  const isPossible = mayDo(action, campaign.status) && (action !== 'close' || campaign.is_open)
  return refused(isPossible ? 'stale' : 'moved', { status: campaign.status })
}
