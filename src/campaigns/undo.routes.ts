import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { countHanded } from './moves.queries.ts'
import type { Campaign } from './queries.ts'
import { getCampaign } from './campaign.routes.ts'
import { undoLaunch } from './undo.commands.ts'
import { tooLateModel } from './undo.views.ts'

type IdRoute = { Params: { id: string } }
const SEND = { config: { privilege: 'campaigns.send' } } as const

/** Taking a launch back while nothing of it has left. */
export async function undoRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/undo', SEND, async (request, reply) => redirect(reply, paths.campaign((await getCampaign(deps, request)).id)))

  app.post<IdRoute>('/campaigns/:id/undo', SEND, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const { id } = await getCampaign(deps, request)
    const result = await undoLaunch(deps, viewer, id)
    if (!result.ok && result.reason === 'too_late') return showTooLate(deps, request, reply, await getCampaign(deps, request))
    flash(request, 'ok', t(result.ok ? 'launching.undo.done' : 'launching.undo.already'))
    return redirect(reply, paths.campaign(id))
  })
}

async function showTooLate(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const handed = await countHanded(deps.db, viewer.scope, campaign.id)
  const title = translator(viewer.language)('launching.undo.late')
  return render(reply, 'campaigns/undo', tooLateModel(viewer, campaign, handed.out + handed.inFlight + handed.doubtful), { title, section: 'campaigns', status: 409 })
}
