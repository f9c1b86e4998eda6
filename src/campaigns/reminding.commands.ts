/** A reminder to many: asked for at a page, made by a worker. */
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { announce } from '../notifications/commands.ts'
import type { Viewer } from '../web/viewer.ts'
import { mayDo } from './domain.ts'
import { holdCampaign } from './launch.queries.ts'
import { isPassing } from './launching.commands.ts'
import { refreshStatistics } from './launching.queries.ts'
import { findCampaign } from './queries.ts'
import { remindSilent, type ReminderRequest } from './reminders.commands.ts'
import { findRequest } from './reminders.queries.ts'
import { answerAsked, findAsked, holdRemindingIfFree, listUnanswered, noteTexts, removeAsked, saveAsked } from './reminding.queries.ts'

export const REMIND_TASK = 'campaigns.remind'

/** Up to so many people are reminded while the sender waits; more by a worker. */
export const REMINDED_AT_ONCE = 2_000

/** After this long a request that nobody works on is taken up by whoever comes by. */
const FORGOTTEN_AFTER_SECONDS = 15

/** Asks a worker to remind. Any number of clicks, tabs and people ask once. */
export async function requestReminder(deps: Pick<Deps, 'db' | 'queue'>, viewer: Pick<Viewer, 'scope' | 'userId'>, request: ReminderRequest): Promise<Outcome<{ isRepeat: boolean }, 'moved' | 'closed' | 'reminding'>> {
  const { scope, userId } = viewer
  const { campaignId, requestKey } = request
  return deps.db.transaction().execute(async (trx) => {
    const campaign = (await holdCampaign(trx, scope, campaignId)) ? await findCampaign(trx, scope, campaignId) : undefined
    if (!campaign) throw notFound('campaign')
    const asked = await findAsked(trx, scope, campaignId)
    if (asked?.request_key === requestKey || (await findRequest(trx, scope, campaignId, requestKey))) return done({ isRepeat: true })
    if (asked && !asked.answered_at) return refused('reminding')
    if (!mayDo('remind', campaign.status)) return refused('moved')
    if (!campaign.is_open) return refused('closed')
    await saveAsked(trx, scope, { ...request, userId })
    await deps.queue.enqueue(trx, REMIND_TASK, { companyId: scope.companyId, campaignId })
    return done({ isRepeat: false })
  })
}

/**
 * The worker's side. Runs again harmlessly: what is answered is left alone, and one that was killed left nothing behind. Throws where
 * another try can help.
 */
export async function answerReminder(deps: Pick<Deps, 'db' | 'pool' | 'config' | 'log'>, companyId: number, campaignId: number): Promise<void> {
  const scope = companyScope(companyId)
  const asked = await findAsked(deps.db, scope, campaignId)
  if (!asked || asked.answered_at) return
  const request = { campaignId, requestKey: asked.request_key }
  // It is one transaction, which nobody else can see into: how far it is goes through a second connection, where there is one.
  const tell = deps.pool.options.max > 1 ? (texts: number) => noteTexts(deps.db, scope, request, texts).catch((err: unknown) => deps.log.warn({ err, campaignId }, 'progress of a reminder not noted')) : undefined
  const result = await remindSilent(deps, { scope, userId: asked.requested_by }, { ...request, people: asked.people, texts: asked.texts }, { isWaiting: false, ...(tell ? { onWritten: tell } : {}) }).catch((error: unknown) => {
    if (isPassing(error)) throw error
    deps.log.error({ err: error, companyId, campaignId }, 'reminder failed')
    return refused('failed' as const)
  })
  // It would only be quicker with it: the reminder stands.
  if (result.ok) return refreshStatistics(deps.db).catch((err: unknown) => deps.log.warn({ err, campaignId }, 'statistics not refreshed'))
  if (result.reason === 'busy') throw new Error(`campaign ${campaignId} could not remind now`)
  const { reason } = result
  await deps.db.transaction().execute(async (trx) => {
    await answerAsked(trx, scope, request, { written: 0, refusal: reason })
    await announce(trx, scope, { kind: 'campaign_error', userIds: [asked.requested_by], campaignId, dedupeKey: `reminder:${asked.request_key}`, params: { reason: 'reminder' } })
  })
}

/** Takes up what a killed worker left, or what nobody came for. */
export async function resumeReminders(deps: Pick<Deps, 'db' | 'pool' | 'config' | 'log'>): Promise<void> {
  for (const { company_id: companyId, campaign_id: campaignId } of await listUnanswered(deps.db, FORGOTTEN_AFTER_SECONDS)) {
    if (!(await holdRemindingIfFree(deps.db, campaignId))) continue
    await answerReminder(deps, companyId, campaignId).catch((err: unknown) => deps.log.warn({ err, companyId, campaignId }, 'reminder not taken up'))
  }
}

/** Nobody is reminded, unless somebody is at work on it this moment. */
export async function withdrawReminder(deps: Pick<Deps, 'db'>, viewer: Pick<Viewer, 'scope'>, campaignId: number): Promise<Outcome<true, 'running' | 'answered'>> {
  const { scope } = viewer
  return deps.db.transaction().execute(async (trx) => {
    if (!(await holdRemindingIfFree(trx, campaignId))) return refused('running')
    return (await removeAsked(trx, scope, campaignId)) ? done(true as const) : refused('answered')
  })
}
