import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { getCampaign } from './campaign.routes.ts'
import { chooseFollowers } from './told.commands.ts'
import { readToldForm } from './told.input.ts'
import { listColleagues, listFollowers } from './told.queries.ts'
import { toldModel, toldPage, type ToldPage } from './told.views.ts'

type IdRoute = { Params: { id: string } }
const MANAGE = { config: { privilege: 'campaigns.manage' } } as const

/** « Qui est prévenu » of a campaign that was launched; a draft asks it among its own fields. */
export async function toldRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/told', MANAGE, (request, reply) => show(deps, request, reply))

  app.post<IdRoute>('/campaigns/:id/told', MANAGE, async (request, reply) => {
    const viewer = viewerOf(request)
    const { t } = readerOf(viewer)
    const { id } = await getCampaign(deps, request)
    const { ticked, seen } = readToldForm(request.body)
    const result = await chooseFollowers(deps, viewer, id, { ticked, seen })
    if (!result.ok && result.reason === 'stale') return show(deps, request, reply, { ticked, errors: [{ field: '', text: t('told.stale') }] })
    if (result.ok) flash(request, 'ok', t('told.done'))
    return redirect(reply, paths.campaign(id))
  })
}

/** `refused`: what was ticked, on what a colleague chose meanwhile. */
async function show(deps: Deps, request: FastifyRequest, reply: FastifyReply, refused?: { ticked: number[]; errors: ToldPage['errors'] }): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const reader = readerOf(viewer)
  const campaign = await getCampaign(deps, request)
  if (campaign.status === 'draft') return redirect(reply, paths.campaign(campaign.id))
  const [colleagues, chosen] = await Promise.all([listColleagues(deps.db, viewer.scope), listFollowers(deps.db, viewer.scope, campaign.id)])
  const told = toldModel(reader, { colleagues, chosen: refused?.ticked ?? chosen, senderId: campaign.launched_by ?? campaign.created_by, viewerId: viewer.userId })
  if (!told) {
    flash(request, 'warning', reader.t('told.alone'))
    return redirect(reply, paths.campaign(campaign.id))
  }
  const page = toldPage(viewer, reader, { campaign, told, chosen, ...(refused ? { errors: refused.errors } : {}) })
  return render(reply, 'campaigns/told', page, { title: reader.t('told.title'), section: 'campaigns', status: refused ? 409 : 200 })
}
