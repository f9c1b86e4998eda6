import { done, refused, type Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { launchCampaign, type Launch, type LaunchRefusal } from './launch.commands.ts'
import { holdCampaign, holdCampaignIfFree } from './launch.queries.ts'
import { answerLaunchRequest, findLaunchRequest, listForgotten, noteWritten, refreshStatistics, removeLaunchRequest, saveLaunchRequest } from './launching.queries.ts'
import { findCampaign } from './queries.ts'
import { announce } from '../notifications/commands.ts'
import type { Viewer } from '../web/viewer.ts'

export const LAUNCH_TASK = 'campaigns.launch'

/** A list of up to so many is launched while its sender waits; a longer one by a worker, so that no page has to stay open. */
export const LAUNCHED_AT_ONCE = 2_000

/** After this long a request that nobody works on is taken up by whoever comes by. */
const FORGOTTEN_AFTER_SECONDS = 15

type Requested = Outcome<{ isRepeat: boolean }, Extract<LaunchRefusal, 'stale' | 'launched' | 'launching' | 'busy'>>

/** Asks a worker to launch. Any number of clicks, tabs and people ask once; until there is an answer the draft stays as it is. */
export async function requestLaunch(deps: Pick<Deps, 'db' | 'queue'>, viewer: Pick<Viewer, 'scope' | 'userId'>, launch: Launch): Promise<Requested> {
  const { scope, userId } = viewer
  try {
    return await deps.db.transaction().execute(async (trx): Promise<Requested> => {
      const draft = (await holdCampaign(trx, scope, launch.campaignId)) ? await findCampaign(trx, scope, launch.campaignId) : undefined
      if (!draft) throw notFound('campaign')
      if (draft.launch_key === launch.launchKey) return done({ isRepeat: true })
      if (draft.status !== 'draft') return refused('launched')
      const asked = await findLaunchRequest(trx, scope, launch.campaignId)
      if (asked && !asked.answered_at) return asked.launch_key === launch.launchKey ? done({ isRepeat: true }) : refused('launching')
      if (draft.version !== launch.version) return refused('stale')
      await saveLaunchRequest(trx, scope, { ...launch, userId })
      await deps.queue.enqueue(trx, LAUNCH_TASK, { companyId: scope.companyId, campaignId: launch.campaignId })
      return done({ isRepeat: false })
    })
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return refused('busy')
    throw error
  }
}

// PostgreSQL, appendix A.
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * The worker's side. Runs again harmlessly: what is answered is left alone, and a launch that was killed left nothing behind.
 * Throws where another try can help.
 */
export async function answerRequest(deps: Pick<Deps, 'db' | 'pool' | 'config' | 'log'>, companyId: number, campaignId: number): Promise<void> {
  const scope = companyScope(companyId)
  const asked = await findLaunchRequest(deps.db, scope, campaignId)
  if (!asked || asked.answered_at) return
  const request = { campaignId, launchKey: asked.launch_key }
  // The launch is one transaction, which nobody else can see into: how far it is goes through a second connection. The
  // embedded database has no second one, and waiting for it would be for ever.
  const tell = deps.pool.options.max > 1 ? (texts: number) => noteWritten(deps.db, scope, request, texts).catch((err: unknown) => deps.log.warn({ err, campaignId }, 'progress of a launch not noted')) : undefined
  const result = await launchCampaign(deps, { scope, userId: asked.requested_by }, { ...request, version: asked.version, recipients: asked.recipients }, tell).catch((error: unknown) => {
    if (isPassing(error)) throw error
    deps.log.error({ err: error, companyId, campaignId }, 'launch failed')
    return refused('failed' as const)
  })
  // It would only be quicker with it: the launch stands.
  if (result.ok) return refreshStatistics(deps.db).catch((err: unknown) => deps.log.warn({ err, campaignId }, 'statistics not refreshed'))
  if (result.reason === 'busy') throw new Error(`campaign ${campaignId} could not be launched now`)
  const { reason } = result
  await deps.db.transaction().execute(async (trx) => {
    await answerLaunchRequest(trx, scope, request, reason)
    await announce(trx, scope, { kind: 'campaign_error', userIds: [asked.requested_by], campaignId, dedupeKey: `launch:${asked.launch_key}`, params: { reason: 'launch' } })
  })
}

/** The database went away or is on its way back: nothing is wrong with what was being done. */
export function isPassing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|08...|53...|57P..|40001)$/.test(code ?? '') || /connection|timeout exceeded when trying to connect/i.test(message ?? '')
}

/** Takes up what a killed worker left, or what nobody came for. */
export async function resumeLaunches(deps: Pick<Deps, 'db' | 'pool' | 'config' | 'log'>): Promise<void> {
  for (const { company_id: companyId, campaign_id: campaignId } of await listForgotten(deps.db, FORGOTTEN_AFTER_SECONDS)) {
    await answerRequest(deps, companyId, campaignId).catch((err: unknown) => deps.log.warn({ err, companyId, campaignId }, 'launch not taken up'))
  }
}

/** The draft is free again, unless somebody is launching it this moment. */
export async function withdrawLaunch(deps: Pick<Deps, 'db'>, viewer: Pick<Viewer, 'scope'>, campaignId: number): Promise<Outcome<true, 'running' | 'answered'>> {
  const { scope } = viewer
  return deps.db.transaction().execute(async (trx) => {
    if (!(await holdCampaignIfFree(trx, scope, campaignId))) return refused('running')
    return (await removeLaunchRequest(trx, scope, campaignId)) ? done(true as const) : refused('answered')
  })
}
