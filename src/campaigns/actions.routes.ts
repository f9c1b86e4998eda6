import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { cancelCampaign, closeCampaign } from './commands.ts'
import type { ConfirmModel } from './compose.routes.ts'
import { mayDo, type CampaignAction } from './domain.ts'
import { getProgress, type Progress } from './list.queries.ts'
import type { Campaign } from './queries.ts'
import { getCampaign } from './show.routes.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const MANAGE = { config: { privilege: 'campaigns.manage' } } as const

/** What may be done with a launched campaign: each action has a page that asks, and a POST that does it. */
export async function actionRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  confirmed(app, deps, 'closing', 'close', closeCampaign)
  confirmed(app, deps, 'cancellation', 'cancel', cancelCampaign)
}

/** A page that asks, and the POST that does it. Both look at the same table of what is possible now (S79). */
function confirmed(app: FastifyInstance, deps: Deps, step: 'closing' | 'cancellation', action: CampaignAction & ('close' | 'cancel'), command: typeof closeCampaign): void {
  app.get<IdRoute>(`/campaigns/:id/${step}`, MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    const isPossible = mayDo(action, campaign.status) && (action !== 'close' || campaign.is_open)
    if (!isPossible) return moved(request, reply, campaign)
    const progress = await getProgress(deps.db, viewer.scope, campaign.id)
    const confirm = confirmModel(viewer, campaign, action, progress)
    return render(reply, 'campaigns/confirm', { crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }], confirm }, { title: confirm.heading, section: 'campaigns' })
  })

  app.post<IdRoute>(`/campaigns/:id/${step}`, MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const campaign = await getCampaign(deps, request)
    const result = await command(deps, viewer, campaign.id)
    if (!result.ok) return moved(request, reply, await getCampaign(deps, request))
    flash(request, 'ok', translator(viewer.language)(action === 'close' ? 'campaigns.closing.done' : 'campaigns.cancel.done'))
    return redirect(reply, paths.campaign(campaign.id))
  })
}

function confirmModel(viewer: Viewer, campaign: Campaign, action: 'close' | 'cancel', progress: Progress): ConfirmModel {
  const t = translator(viewer.language)
  const cancel = { href: paths.campaign(campaign.id), label: t('campaigns.cancel.keep') }
  if (action === 'close') {
    return {
      heading: t('campaigns.closing.heading'), text: t('campaigns.closing.text'), action: paths.campaignStep(campaign.id, 'closing'), cancel,
      points: [
        t('campaigns.closing.waiting', { count: progress.total - progress.yes - progress.no }),
        ...(progress.remaining > 0 ? [t('campaigns.closing.unsent', { count: progress.remaining })] : []),
        t('campaigns.closing.final'),
      ],
      submit: { label: t('campaigns.closing.submit'), icon: 'lock' },
    }
  }
  return {
    heading: t('campaigns.cancel.heading'), text: t('campaigns.cancel.text', { remaining: progress.remaining }), action: paths.campaignStep(campaign.id, 'cancellation'), cancel,
    points: [t('campaigns.cancel.sent', { sent: progress.total - progress.remaining - progress.blocked }), t('campaigns.cancel.final')],
    submit: { label: t('campaigns.cancel.submit'), icon: 'ban', isDanger: true },
  }
}

/** Somebody, or the clock, was faster: the campaign as it is now, with a sentence, and 409. */
async function moved(request: FastifyRequest, reply: FastifyReply, campaign: Campaign): Promise<FastifyReply> {
  const t = translator((request.viewer as Viewer).language)
  const status = campaign.is_open ? t(`campaigns.status.${campaign.status}`) : t('campaigns.closed')
  const heading = t('problems.conflict.heading')
  return render(reply, 'errors/problem', { heading, explanation: t('campaigns.action.moved', { status }), hint: '', reference: '', home: paths.campaign(campaign.id) }, { title: heading, section: 'campaigns', status: 409 })
}
