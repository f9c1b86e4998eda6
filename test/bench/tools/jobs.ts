import { randomUUID } from 'node:crypto'
import { findViewer } from '../../../src/auth/queries.ts'
import { advanceCampaigns } from '../../../src/campaigns/advance.commands.ts'
import { tellOfClosings } from '../../../src/campaigns/closing.commands.ts'
import { launchCampaign } from '../../../src/campaigns/launch.commands.ts'
import { remindDue } from '../../../src/campaigns/reminders.commands.ts'
import { undoLaunch } from '../../../src/campaigns/undo.commands.ts'
import { readReplies } from '../../../src/availability/readings.commands.ts'
import { NO_FILTERS } from '../../../src/candidates/domain.ts'
import { saveSetting } from '../../../src/companies/queries.ts'
import { reconcileDoubts } from '../../../src/messaging/reconcile.commands.ts'
import { gatherNews } from '../../../src/notifications/gathering.commands.ts'
import type { TestApp } from '../../support/app.ts'
import { makeDraft } from '../../support/factories/campaigns.ts'
import type { Agency } from '../volume/fill.ts'

export type Office = Awaited<ReturnType<typeof openOffice>>

/** Somebody at work in the agency, for the jobs that are measured. A launch can be taken back there, so that it can be repeated. */
export async function openOffice(app: TestApp, { scope, small, admin }: Pick<Agency, 'scope' | 'small' | 'admin'>) {
  const { deps } = app
  await saveSetting(deps.db, scope, 'campaign.undo_seconds', 600)
  const { id } = await deps.db.selectFrom('app_user').select('id').where('email', '=', admin.email).executeTakeFirstOrThrow()
  const viewer = (await findViewer(deps.db, id))!
  const { id: senderId } = await deps.db.selectFrom('sms_sender').select('id').where('company_id', '=', scope.companyId).orderBy('id').limit(1).executeTakeFirstOrThrow()
  const draft = await makeDraft(deps.db, scope, { createdBy: id, senderId, audience: { mode: 'query', filters: { ...NO_FILTERS, list: String(small) }, except: [] } })
  return { deps, viewer, draft }
}

/** What workers do again and again, and the launch of a hundred people; each can be repeated. */
export function jobsOf({ deps, viewer, draft }: Office): Record<string, () => Promise<unknown>> {
  return {
    'launch of a list of a hundred, and back': async () => {
      const { version } = await deps.db.selectFrom('campaign').select('version').where('id', '=', draft.id).executeTakeFirstOrThrow()
      const launched = await launchCampaign(deps, viewer, { campaignId: draft.id, version, launchKey: randomUUID(), recipients: 1_000_000 })
      if (!launched.ok) throw new Error(`the launch was refused: ${launched.reason}`)
      const undone = await undoLaunch(deps, viewer, draft.id)
      if (!undone.ok) throw new Error(`the launch was not taken back: ${undone.reason}`)
    },
    'the clock of campaigns': () => advanceCampaigns(deps),
    'reminders that are due': () => remindDue(deps),
    'closings to come': () => tellOfClosings(deps),
    'texts that are read for answers': () => readReplies(deps),
    'news for people': () => gatherNews(deps),
    'doubts that are looked up': () => reconcileDoubts({ ...deps, records: { isClosed: () => false, find: async () => ({ outcome: 'answered', records: [], isComplete: true }) } }),
  }
}
