import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { resumeSending } from '../messaging/account.commands.ts'
import { getAccount } from '../messaging/account.queries.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { LIST_TABS } from './domain.ts'
import { listQuery } from './input.ts'
import { countTabs, listCampaigns } from './list.queries.ts'
import { CAMPAIGNS_PER_PAGE, listModel, rowsModel } from './list.views.ts'
import { suspensionModel } from './sending.views.ts'

const VIEW = { config: { privilege: 'campaigns.view' } } as const

/** « campagnes SMS »: every campaign of the company. */
export async function listRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<{ Querystring: Record<string, unknown> }>(paths.campaigns, VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const state = listQuery.parse(request.query)
    const filter = { statuses: LIST_TABS[state.tab], mine: state.mine ? viewer.userId : null, q: state.q }
    const found = await listCampaigns(deps.db, viewer.scope, { ...filter, after: state.after, limit: CAMPAIGNS_PER_PAGE + 1 })
    const rows = found.slice(0, CAMPAIGNS_PER_PAGE)
    if (wantsFragment(request)) return render(reply, 'campaigns/_rows', { rows: rowsModel(viewer, rows, request.url) })
    const counts = await countTabs(deps.db, viewer.scope, filter)
    const model = listModel(viewer, state, counts, { rows, hasMore: found.length > CAMPAIGNS_PER_PAGE })
    return render(reply, 'campaigns/index', { ...model, suspension: suspensionModel(viewer, await getAccount(deps.db)) }, { title: translator(viewer.language)('campaigns.title'), section: 'campaigns' })
  })

  app.post(paths.sendingResumption, { config: { privilege: 'campaigns.release' } }, async (request, reply) => {
    const { scope, userId, language } = request.viewer as Viewer
    if (await resumeSending(deps, scope, userId)) flash(request, 'ok', translator(language)('campaigns.suspension.resumed'))
    return redirect(reply, paths.campaigns)
  })
}
