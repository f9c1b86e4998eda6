import type { Transaction } from 'kysely'
import { getSettings } from '../companies/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import { notFound } from '../core/problem.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { expireLinks } from '../links/queries.ts'
import { listTargetCodes } from '../links/targets.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import { tell } from './commands.ts'
import { mayDo, type CampaignStatus } from './domain.ts'
import type { Seen } from './moves.queries.ts'
import { replan, startingAt, type Choice, type DatedBatch, type ReplanFault } from './replan.domain.ts'
import { findLeft, listShortLivedCodes, lockForReplan, saveDates, saveReplanned } from './replan.queries.ts'
import type { Start } from './schedule.domain.ts'

export type ReplanRequest = Choice & { seen?: Seen | undefined }
type Refusal = ReplanFault | 'moved' | 'stale' | 'nothing_planned'
export type Replanned = Outcome<{ dated: DatedBatch[]; start: Start }, Refusal, { status: CampaignStatus; next: CalendarDate }>

/** The sending goes on at a new date (S79): what is left keeps its recipients and their order. */
export function resumeCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, request: ReplanRequest): Promise<Replanned> {
  return giveNewDates(deps, viewer, campaignId, request, 'resume')
}

/** New dates for the batches that have not begun, other weekends, or both; a running one goes on (S79). */
export function rescheduleCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, request: ReplanRequest): Promise<Replanned> {
  return giveNewDates(deps, viewer, campaignId, request, 'reschedule')
}

/** What the system stopped goes on, because somebody looked at the reason; what was measured until now no longer counts (S80). */
export function releaseCampaign(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, request: ReplanRequest): Promise<Replanned> {
  return giveNewDates(deps, viewer, campaignId, request, 'release')
}

const TOLD_AS = { resume: 'resumed', reschedule: 'rescheduled', release: 'released' } as const

async function giveNewDates(deps: Pick<Deps, 'db'>, viewer: Viewer, campaignId: number, request: ReplanRequest, action: keyof typeof TOLD_AS): Promise<Replanned> {
  const { scope } = viewer
  return deps.db.transaction().execute(async (trx): Promise<Replanned> => {
    const campaign = await lockForReplan(trx, scope, campaignId)
    if (!campaign) throw notFound('campaign')
    const left = await findLeft(trx, scope, campaignId, action === 'reschedule' ? 'planned' : 'unfinished')
    const { status } = campaign
    const stop = (reason: Refusal, next: CalendarDate = '') => refused(reason, { status, next })
    if (!mayDo(action, status)) return stop('moved')
    if (request.seen !== undefined && request.seen !== campaign.seen) return stop('stale')
    if (action === 'reschedule' && left.batches.length === 0) return stop('nothing_planned')
    // Where everything has left already there is nothing to date: the campaign goes on to its end.
    const plan = left.batches.length === 0 ? done([]) : replan(left, request)
    if (!plan.ok) return stop(plan.reason, plan.detail.next)

    const start = request.start === 'now' || plan.value.length === 0 ? startingAt(left.zone, left.now) : request.start
    await saveDates(trx, scope, campaignId, plan.value)
    const { closes_at } = await saveReplanned(trx, scope, campaignId, { start, allowWeekends: request.allowWeekends, goesOn: action !== 'reschedule', isReleased: action === 'release' })
    if (closes_at) await keepLinks(trx, scope, campaignId, closes_at)
    await tell(trx, viewer, campaignId, TOLD_AS[action], { on: start.on, time: start.time })
    return done({ dated: plan.value, start })
  })
}

/** Whoever may still answer must find the page. */
export async function keepLinks(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, closesAt: Date): Promise<void> {
  const codes = await listShortLivedCodes(trx, scope, campaignId, closesAt)
  if (codes.length === 0) return
  const settings = await getSettings(trx, scope)
  await expireLinks(trx, scope, [...codes, ...(await listTargetCodes(trx, scope, campaignId))], new Date(closesAt.getTime() + settings['link.days_after_closing'] * 86_400_000))
}
