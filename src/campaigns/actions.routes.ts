import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { confirmForm } from './actions.input.ts'
import { confirmModel, isPossible, menuItems, type ConfirmedAction } from './actions.views.ts'
import { campaignIdOf, getCampaign } from './campaign.routes.ts'
import { cancelCampaign, closeCampaign, pauseCampaign } from './commands.ts'
import { ACTION_FROM, privilegeFor, type CampaignAction } from './domain.ts'
import { getProgress } from './progress.queries.ts'
import { countHanded, findSeen, type Handed } from './moves.queries.ts'
import type { Campaign } from './queries.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const MANAGE = { config: { privilege: 'campaigns.manage' } } as const

/** What may be done with a launched campaign: each action has a page that asks, and a POST that does it. */
export async function actionRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  confirmed(app, deps, 'pause', 'pause', (viewer, id) => pauseCampaign(deps, viewer, id))
  confirmed(app, deps, 'cancellation', 'cancel', (viewer, id, seen) => cancelCampaign(deps, viewer, id, seen))
  confirmed(app, deps, 'closing', 'close', (viewer, id, seen) => closeCampaign(deps, viewer, id, seen))
}

type Command = (viewer: Viewer, campaignId: number, seen: number | undefined) => Promise<{ ok: true; value: Handed & { taken?: number } } | { ok: false; reason: 'moved' | 'stale' }>

/** Page and POST look at the same table of what is possible now (S79). */
function confirmed(app: FastifyInstance, deps: Deps, step: 'pause' | 'cancellation' | 'closing', action: ConfirmedAction, command: Command): void {
  app.get<IdRoute>(`/campaigns/:id/${step}`, MANAGE, (request, reply) => ask(deps, request, reply, action))

  app.post<IdRoute>(`/campaigns/:id/${step}`, MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const id = campaignIdOf(request)
    // Whoever pauses waits for each trip to the database: where the route's own privilege is all it takes, none is made to look first.
    if (!asksNoMore(action)) requirePrivilege(viewer, action, await getCampaign(deps, request))
    const result = await command(viewer, id, confirmForm.parse(request.body ?? {}).seen)
    if (!result.ok) return result.reason === 'stale' ? ask(deps, request, reply, action, 409) : moved(request, reply, await getCampaign(deps, request))
    flash(request, 'ok', doneText(viewer, action, result.value))
    return redirect(reply, paths.campaign(id))
  })
}

function asksNoMore(action: ConfirmedAction): boolean {
  return ACTION_FROM[action].every((status) => privilegeFor(action, status) === MANAGE.config.privilege)
}

/** 409: it was asked before, and somebody changed the campaign meanwhile. */
async function ask(deps: Deps, request: FastifyRequest, reply: FastifyReply, action: ConfirmedAction, status: 200 | 409 = 200): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const { scope } = viewer
  const t = translator(viewer.language)
  const { id } = await getCampaign(deps, request)
  const seen = (await findSeen(deps.db, scope, id)) ?? 0
  const campaign = await getCampaign(deps, request)
  requirePrivilege(viewer, action, campaign)
  if (!isPossible(action, campaign)) return moved(request, reply, campaign)
  const [handed, progress] = await Promise.all([countHanded(deps.db, scope, id), getProgress(deps.db, scope, id)])
  const model = confirmModel(viewer, campaign, action, { seen, handed, unanswered: progress.total - progress.yes - progress.no, errors: status === 409 ? [t('actions.stale')] : [] })
  return render(reply, 'campaigns/action', model, { title: t(`actions.${action}.heading`), section: 'campaigns', status })
}

/** Somebody, or the clock, was faster: where the campaign is now and what is possible there, and 409. */
export async function moved(request: FastifyRequest, reply: FastifyReply, campaign: Campaign, sentence?: string): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const t = translator(viewer.language)
  const status = campaign.is_open || campaign.status === 'draft' ? t(`campaigns.status.${campaign.status}`) : t('campaigns.closed')
  const heading = t('problems.conflict.heading')
  const possible = menuItems(viewer, campaign).flatMap((item) => ('label' in item ? [item.label] : []))
  const hint = possible.length > 0 ? t('actions.possible', { actions: possible.join(', ') }) : ''
  return render(reply, 'errors/problem', { heading, explanation: sentence || t('actions.moved', { status }), hint, reference: '', home: paths.campaign(campaign.id) }, { title: heading, section: 'campaigns', status: 409 })
}

/** What the system stopped is in the hands of administrators, whichever action it is. */
export function requirePrivilege(viewer: Viewer, action: CampaignAction, campaign: Campaign): void {
  const privilege = privilegeFor(action, campaign.status)
  if (!viewer.privileges.has(privilege)) throw new Problem('forbidden', { privilege })
}

function doneText(viewer: Viewer, action: ConfirmedAction, { out, inFlight, waiting, taken }: Handed & { taken?: number }): string {
  const { t } = readerOf(viewer)
  if (action === 'close') return t('actions.close.done')
  return t(`actions.${action}.done`, { handed: t('actions.handed', { out, inFlight, unsent: taken ?? waiting, isFinal: action === 'cancel' ? 'yes' : 'no' }) })
}
