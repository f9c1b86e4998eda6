import { recordInJournal } from '../auth/queries.ts'
import { removeCampaignNotes } from '../candidates/notes.queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { removeLinks } from '../links/queries.ts'
import { listTargetCodes } from '../links/targets.queries.ts'
import { removeNewsOf } from '../notifications/queries.ts'
import { forgetTemplateUse } from '../message-templates/queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { forgetLaunch } from '../webhooks/emit.queries.ts'
import { holdCampaign, prepareForManyRows } from './launch.queries.ts'
import { hasStatisticsSince, refreshStatistics } from './launching.queries.ts'
import { findCampaign, recordEvent } from './queries.ts'
import { proposedStart } from './schedule.domain.ts'
import { mayStillUndo, moveToDraft, removeBatches, removeRecipients } from './undo.queries.ts'

/** Rows per statement, so that none takes long. */
const STRETCH = 5_000

/** Without knowing the new rows, the planner reads whole tables for each row that is taken away. From so many on, that hurts. */
const MANY = 1_000

/**
 * Takes a launch back as if it had never been: nothing leaves, the links are unknown, the campaign is a draft again. The campaign
 * is held first, as the clock does before it starts a batch: one of the two finds the other's work done.
 */
export async function undoLaunch(deps: Pick<Deps, 'db'>, viewer: Pick<Viewer, 'scope' | 'userId'>, campaignId: number): Promise<Outcome<{ recipients: number }, 'moved' | 'too_late'>> {
  const { scope, userId } = viewer
  await knowRows(deps, viewer, campaignId)
  return deps.db.transaction().execute(async (trx) => {
    const campaign = (await holdCampaign(trx, scope, campaignId)) ? await findCampaign(trx, scope, campaignId) : undefined
    if (!campaign) throw notFound('campaign')
    if (campaign.status === 'draft') return refused('moved')
    if (!(await mayStillUndo(trx, scope, campaignId))) return refused('too_late')
    const recipients = campaign.audience_counts?.recipients ?? 0

    await prepareForManyRows(trx)
    for (let after = 0; after < recipients; after += STRETCH) {
      await removeLinks(trx, scope, await removeRecipients(trx, scope, campaignId, { after, to: after + STRETCH }))
    }
    await removeLinks(trx, scope, await listTargetCodes(trx, scope, campaignId))
    await removeBatches(trx, scope, campaignId)
    await removeCampaignNotes(trx, scope, campaignId)
    await removeNewsOf(trx, scope, campaignId)
    await forgetLaunch(trx, scope, campaignId)
    const { template_id } = await moveToDraft(trx, scope, campaignId, proposedStart(campaign.time_zone, await getNow(trx)))
    if (template_id !== null) await forgetTemplateUse(trx, scope, template_id)
    await recordEvent(trx, scope, { campaignId, userId, kind: 'undone', detail: { recipients } })
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'campaign.undone', subjectKind: 'campaign', subjectId: campaignId, detail: { recipients } })
    return done({ recipients })
  })
}

/** The worker of a long launch looks at the rows right after it; somebody may be faster. */
async function knowRows({ db }: Pick<Deps, 'db'>, { scope }: Pick<Viewer, 'scope'>, campaignId: number): Promise<void> {
  const campaign = await findCampaign(db, scope, campaignId)
  if (!campaign?.launched_at || (campaign.audience_counts?.recipients ?? 0) < MANY || (await hasStatisticsSince(db, campaign.launched_at))) return
  // Somebody else is looking, then: it would only have been quicker.
  await refreshStatistics(db).catch(() => undefined)
}
