import type { Transaction } from 'kysely'
import { companyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { cancelUnsent } from '../messaging/cancel.queries.ts'
import {
  closeOneExpired, completeFinished, holdInterrupted, lockDue, lockEmptied, lockFinished, lockInterrupted, lockOneEnded, lockReopened, reopenBatches, startOrHold, type CampaignKey,
} from './advance.queries.ts'
import { cancelBatches } from './moves.queries.ts'
import { suspendFailing } from './suspension.commands.ts'
import { finishBatches } from './waves.commands.ts'

/** A batch that is later than this would surprise people: a person decides (S78). */
const LATE_MINUTES = 30

/** When nobody was at work for longer, what should have left meanwhile is out of date; a shorter gap heals alone. */
const GAP_MINUTES = 30

/** A worker that froze in the middle of a hand-over gives it back when it wakes; after this long nobody is on the way any more. */
const LOOK_BACK_HOURS = 24

type Work = Pick<Deps, 'db'>

/**
 * What should be under way by now? Due batches start or are held, campaigns whose time is over close, emptied batches are done,
 * finished campaigns complete, and where too much fails, sending stops. Called every few seconds by every worker; a call that
 * comes late, twice or at the same time as another changes nothing.
 */
export async function advanceCampaigns(deps: Work): Promise<void> {
  await step(deps, lockDue, (trx, ids) => startOrHold(trx, ids, LATE_MINUTES))
  await untilNone(() => closeOne(deps))
  await untilNone(() => tidyOne(deps))
  await step(deps, (trx) => lockReopened(trx, LOOK_BACK_HOURS), reopenBatches)
  await step(deps, lockEmptied, finishBatches)
  await step(deps, lockFinished, completeFinished)
  await suspendFailing(deps)
}

/** Before a worker sends its first text: what was interrupted for long does not simply go on. */
export async function holdAfterGap(deps: Work): Promise<void> {
  await step(deps, (trx) => lockInterrupted(trx, GAP_MINUTES), holdInterrupted)
}

async function step(deps: Work, lock: (trx: Transaction<DB>) => Promise<number[]>, act: (trx: Transaction<DB>, ids: number[]) => Promise<unknown>): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const ids = await lock(trx)
    if (ids.length > 0) await act(trx, ids)
  })
}

/** One campaign per transaction: the locks of many messages are not held for the sake of another campaign. */
async function untilNone(work: () => Promise<boolean>): Promise<void> {
  while (await work());
}

function closeOne(deps: Work): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    const closed = await closeOneExpired(trx)
    if (closed) await takeBack(trx, closed, 'closed')
    return closed !== undefined
  })
}

function tidyOne(deps: Work): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    const ended = await lockOneEnded(trx, LOOK_BACK_HOURS)
    if (ended) await takeBack(trx, ended, ended.reason)
    return ended !== undefined
  })
}

/** What has not left does not leave. A batch that has sent already is done once what it is handing over has ended. */
async function takeBack(trx: Transaction<DB>, { companyId, campaignId }: CampaignKey, reason: 'cancelled' | 'closed'): Promise<void> {
  const scope = companyScope(companyId)
  await cancelBatches(trx, scope, campaignId, reason === 'closed' ? ['planned', 'held'] : ['planned', 'running', 'held'])
  await cancelUnsent(trx, scope, campaignId, reason)
}
