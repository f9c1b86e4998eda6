import type { Transaction } from 'kysely'
import { getSettings } from '../companies/queries.ts'
import type { Settings } from '../companies/settings.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { announce } from '../notifications/commands.ts'
import { listListeners } from '../notifications/queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { planFaults, planOfAnswers, type AnswerPlan, type PlanFault } from './closing.domain.ts'
import { closeWithEnough, countPeople, countYes, holdTarget, lockForAnswers, replaceReminderTexts, saveAnswerPlan, takeClosing } from './closing.queries.ts'
import { tell } from './commands.ts'
import { mayDo, type CampaignStatus } from './domain.ts'
import { chosenClosing } from './launch.domain.ts'
import type { Seen } from './moves.queries.ts'
import type { Texts } from './queries.ts'
import { keepLinks } from './replan.commands.ts'
import { latestStart } from './schedule.domain.ts'
import { dateWaves } from './waves.commands.ts'
import { hasWaves } from './waves.queries.ts'

/**
 * After an OUI was written, in its transaction, last of all: with the OUI that was wanted the campaign closes, once. Whoever comes
 * later finds it closed; answers that were on their way at that moment are kept, so that there may be a few more than wanted. What
 * has not left is taken back by the clock, and no gate lets it pass until then.
 */
export async function closeIfEnough(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<boolean> {
  await holdTarget(trx, scope, campaignId)
  const closed = await closeWithEnough(trx, scope, campaignId)
  if (!closed) return false
  await announce(trx, scope, { kind: 'yes_reached', userIds: await listListeners(trx, scope, campaignId), campaignId, dedupeKey: `enough:${campaignId}:${closed.yes}`, params: { count: closed.yes } })
  return true
}

/** Whoever sent it hears of a closing this long before. */
const CLOSING_HOURS = 24

/** Tells of campaigns that close by the clock before long, each closing once. */
export async function tellOfClosings({ db }: Pick<Deps, 'db'>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    for (const { id, company_id, created_by, launched_by, closes_at, waiting } of await takeClosing(trx, CLOSING_HOURS)) {
      await announce(trx, companyScope(company_id), {
        kind: 'closing_soon', userIds: [launched_by ?? created_by], campaignId: id, dedupeKey: `closing:${id}:${closes_at.getTime()}`, params: { at: closes_at.toISOString(), waiting },
      })
    }
  })
}

export type AnswersRequest = { plan: AnswerPlan; reminderTexts: Texts; seen: Seen | undefined }
export type AnswersChanged = Outcome<{ isReopened: boolean }, 'moved' | 'stale' | 'faults', { status: CampaignStatus; faults: PlanFault[] }>

/** Until when, how many, the reminder and the waiting between waves, of a campaign that was launched; one that closed takes answers again. */
export async function changeAnswers(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, request: AnswersRequest): Promise<AnswersChanged> {
  const { scope } = viewer
  return deps.db.transaction().execute(async (trx): Promise<AnswersChanged> => {
    const campaign = await lockForAnswers(trx, scope, campaignId)
    if (!campaign) throw notFound('campaign')
    const { status, is_open: isOpen } = campaign
    const stop = (reason: 'moved' | 'stale' | 'faults', faults: PlanFault[] = []) => refused(reason, { status, faults })
    if (!mayDo('answers', status)) return stop('moved')
    if (request.seen !== undefined && request.seen !== campaign.seen) return stop('stale')
    const before = planOfAnswers(campaign)
    // How large a wave is was decided with the launch; people are where they are.
    const plan: AnswerPlan = { ...request.plan, waveSize: before.waveSize, waveMinutes: before.waveSize === null ? null : (request.plan.waveMinutes ?? before.waveMinutes) }
    const settings = await getSettings(trx, scope)
    const closesAt = closingAfter(settings, campaign, before, plan)
    const faults = planFaults({ ...plan, waveSize: (await hasWaves(trx, scope, campaignId)) ? plan.waveSize : null }, {
      recipients: await countPeople(trx, scope, campaignId), yes: await countYes(trx, scope, campaignId), now: campaign.now, closesAt, latest: latestStart(campaign.time_zone, campaign.now),
      firstAt: status === 'scheduled' ? campaign.starts_at ?? undefined : undefined, hoursBetween: settings['sms.min_hours_between'], largestBatch: Number.MAX_SAFE_INTEGER,
    }).filter((fault) => fault !== 'waves_many')
    if (faults.length > 0) return stop('faults', faults)

    await saveAnswerPlan(trx, scope, campaignId, plan, closesAt)
    await replaceReminderTexts(trx, scope, campaignId, request.reminderTexts)
    await dateWaves(trx, scope, campaignId)
    await keepLinks(trx, scope, campaignId, closesAt)
    await tell(trx, viewer, campaignId, isOpen ? 'answers_changed' : 'reopened')
    return done({ isReopened: !isOpen })
  })
}

type Locked = NonNullable<Awaited<ReturnType<typeof lockForAnswers>>>

/** What was chosen, else what holds already; where a chosen day is given up, as long after the last batch as the company wants. */
function closingAfter(settings: Pick<Settings, 'campaign.open_days'>, campaign: Locked, before: AnswerPlan, plan: AnswerPlan): Date {
  const chosen = chosenClosing(plan, campaign.time_zone)
  if (chosen) return chosen
  if (before.closeOn === null && campaign.closes_at) return campaign.closes_at
  return new Date((campaign.ends_at ?? campaign.now).getTime() + settings['campaign.open_days'] * 86_400_000)
}
