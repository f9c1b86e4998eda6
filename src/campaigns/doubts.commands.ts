import type { Transaction } from 'kysely'
import { recordInJournal } from '../auth/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { countRequeued, requeueDoubts, type Chosen } from '../messaging/resend.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { reopenBatches } from './advance.queries.ts'
import { resendObstacle, type ResendObstacle } from './doubts.domain.ts'
import { countLater, lockForResend } from './doubts.queries.ts'
import { recordEvent } from './queries.ts'

/** `later`: those among them whose batch has still to begin. */
export type Resent = { resent: number; later: number }

/** More is in doubt than the person saw and counted. */
class Grown extends Error {}

/**
 * A person has confirmed that the chosen texts may arrive twice: they leave again, once. What a receipt has settled in the
 * meantime does not, and saying it twice sends nothing more.
 */
export async function resendDoubts(deps: Pick<Deps, 'db' | 'log'>, viewer: Viewer, chosen: Chosen & { count: number }): Promise<Outcome<Resent, ResendObstacle | 'grown'>> {
  try {
    return await deps.db.transaction().execute((trx) => resend(deps, trx, viewer, chosen))
  } catch (error) {
    if (error instanceof Grown) return refused('grown')
    throw error
  }
}

async function resend({ log }: Pick<Deps, 'log'>, trx: Transaction<DB>, { scope, userId }: Viewer, chosen: Chosen & { count: number }): Promise<Outcome<Resent, ResendObstacle>> {
  const { campaignId } = chosen
  const campaign = await lockForResend(trx, scope, campaignId)
  if (!campaign) throw notFound('campaign')
  // A second click is answered like the first, whatever has become of the campaign since.
  const already = await countRequeued(trx, scope, chosen, userId)
  const obstacle = resendObstacle(campaign)
  if (obstacle) return already > 0 ? done({ resent: already, later: 0 }) : refused(obstacle)
  const batchIds = await requeueDoubts(trx, scope, chosen, userId)
  if (batchIds.length === 0) return done({ resent: already, later: 0 })
  if (batchIds.length > chosen.count) throw new Grown()
  await reopenBatches(trx, [campaignId])
  await recordEvent(trx, scope, { campaignId, userId, kind: 'resent', detail: { messages: batchIds.length } })
  await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'campaign.resent', subjectKind: 'campaign', subjectId: campaignId, detail: { messages: batchIds.length } })
  log.warn({ campaign: campaignId, user: userId, messages: batchIds.length }, 'texts in doubt are sent again, as a person confirmed')
  return done({ resent: batchIds.length, later: await countLater(trx, batchIds) })
}
