import type { FastifyInstance } from 'fastify'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { getLastWork } from '../messaging/account.queries.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { withdrawLaunch } from './launching.commands.ts'
import { findLaunchRequest, isHeld } from './launching.queries.ts'
import { launchedText, launchingModel, launchingPage, type Delay } from './launching.views.ts'
import { getCampaign } from './campaign.routes.ts'

type IdRoute = { Params: { id: string } }

/** So long a launch may wait before the page says what it waits for. */
const LATE_SECONDS = 20

/** Workers tell every few seconds that they are there. */
const SILENT_SECONDS = 60

/** News of a launch are told to who comes so soon after it; later the campaign's own page says everything. */
export const NEWS_MS = 60_000

/** The page of a launch that a worker makes: how far it is, and then on to the campaign or back to the check. */
export async function launchingRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/launching', { config: { privilege: 'campaigns.view' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const campaign = await getCampaign(deps, request)
    const asked = await findLaunchRequest(deps.db, viewer.scope, campaign.id)
    if (campaign.status !== 'draft') {
      const isNews = asked?.answered_at && Date.now() - asked.answered_at.getTime() < NEWS_MS
      const text = isNews ? launchedText(viewer, campaign) : ''
      if (text) flash(request, 'ok', text)
      return redirect(reply, paths.campaign(campaign.id))
    }
    if (!asked || asked.answered_at) return redirect(reply, asked?.refusal ? paths.campaignStep(campaign.id, 'check') : paths.campaign(campaign.id))
    const launching = launchingModel(viewer, asked, await delayOf(deps, asked.age_seconds, () => isHeld(deps.db, viewer.scope, campaign.id)))
    if (wantsFragment(request)) return render(reply, 'campaigns/_launching', { launching })
    return render(reply, 'campaigns/launching', launchingPage(viewer, campaign, launching), { title: translator(viewer.language)('launching.title'), section: 'campaigns' })
  })

  app.post<IdRoute>('/campaigns/:id/launching', { config: { privilege: 'campaigns.send' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const { id } = await getCampaign(deps, request)
    const result = await withdrawLaunch(deps, viewer, id)
    if (result.ok) flash(request, 'ok', t('launching.withdrawn'))
    else if (result.reason === 'running') flash(request, 'warning', t('launching.withdraw.running'))
    // Where it is still asked for, its page; where it was answered, what became of it.
    return redirect(reply, result.ok ? paths.campaign(id) : paths.campaignStep(id, 'launching'))
  })
}

/** Why nothing is seen of what a worker was asked to make so long ago. */
export async function delayOf(deps: Deps, ageSeconds: number, isAtWork: () => Promise<boolean>): Promise<Delay> {
  if (ageSeconds < LATE_SECONDS || (await isAtWork())) return undefined
  const lastWork = await getLastWork(deps.db)
  const now = await getNow(deps.db)
  return lastWork === null || now.getTime() - lastWork.getTime() > SILENT_SECONDS * 1000 ? 'no_worker' : 'queued'
}
