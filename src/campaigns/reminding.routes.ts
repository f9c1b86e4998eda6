import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { requirePrivilege } from './actions.routes.ts'
import { getCampaign } from './campaign.routes.ts'
import { delayOf, NEWS_MS } from './launching.routes.ts'
import { launchingPage } from './launching.views.ts'
import { withdrawReminder } from './reminding.commands.ts'
import { findAsked, holdRemindingIfFree } from './reminding.queries.ts'
import { remindingModel } from './reminding.views.ts'

type IdRoute = { Params: { id: string } }

/** The page of a reminder that a worker makes: how far it is, and then on to the campaign or back to the form. */
export async function remindingRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/reminding', { config: { privilege: 'campaigns.view' } }, async (request, reply) => {
    const viewer = viewerOf(request)
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    const asked = await findAsked(deps.db, viewer.scope, campaign.id)
    if (!asked || asked.answered_at) {
      const isNews = asked?.answered_seconds !== null && asked !== undefined && asked.answered_seconds * 1000 < NEWS_MS
      if (isNews && asked.refusal === null) flash(request, 'ok', t('reminders.done', { count: asked.written }))
      return redirect(reply, isNews && asked.refusal !== null && viewer.privileges.has('campaigns.manage') ? paths.campaignStep(campaign.id, 'reminder') : paths.campaign(campaign.id))
    }
    const launching = remindingModel(viewer, asked, await delayOf(deps, asked.age_seconds, async () => !(await holdRemindingIfFree(deps.db, campaign.id))))
    if (wantsFragment(request)) return render(reply, 'campaigns/_launching', { launching })
    return render(reply, 'campaigns/launching', launchingPage(viewer, campaign, launching), { title: t('reminders.preparing.title'), section: 'campaigns' })
  })

  app.post<IdRoute>('/campaigns/:id/reminding', { config: { privilege: 'campaigns.manage' } }, async (request, reply) => {
    const viewer = viewerOf(request)
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    requirePrivilege(viewer, 'remind', campaign)
    const result = await withdrawReminder(deps, viewer, campaign.id)
    if (result.ok) flash(request, 'ok', t('reminders.preparing.withdrawn'))
    else if (result.reason === 'running') flash(request, 'warning', t('reminders.preparing.running'))
    return redirect(reply, result.ok ? paths.campaign(campaign.id) : paths.campaignStep(campaign.id, 'reminding'))
  })
}
