import type { FastifyInstance } from 'fastify'
import { dateIn } from '../core/dates.ts'
import type { Deps } from '../deps.ts'
import { resumeSending } from '../messaging/account.commands.ts'
import { getAccount } from '../messaging/account.queries.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { CAMPAIGNS_PER_PAGE, listModel } from './index.views.ts'
import { rangeOf } from './list.domain.ts'
import { readList, rowsQuery } from './list.input.ts'
import { countTabs, listCampaigns, listShown } from './list.queries.ts'
import { listUrl, movedRowsModel } from './list.views.ts'
import { suspensionModel } from './sending.views.ts'

const VIEW = { config: { privilege: 'campaigns.view' } } as const
type ListRoute = { Querystring: Record<string, unknown> }

/** « campagnes SMS »: every campaign of the company. */
export async function listRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<ListRoute>(paths.campaigns, VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const { scope, company: { timeZone } } = viewer
    const now = new Date()
    const { state, faults } = readList(request.query, dateIn(timeZone, now))
    // What a form sends becomes the address that a link to the same list has.
    if (request.url !== listUrl(state)) return redirect(reply, listUrl(state))
    const range = faults.length > 0 ? { from: undefined, until: undefined } : rangeOf(state, dateIn(timeZone, now), timeZone, now)
    const filter = { statuses: state.statuses, mine: state.mine ? viewer.userId : null, q: state.q, range }
    const [found, counts, account] = await Promise.all([
      listCampaigns(deps.db, scope, filter, { sort: state.sort, after: state.after, limit: CAMPAIGNS_PER_PAGE + 1 }), countTabs(deps.db, scope, filter), getAccount(deps.db),
    ])
    const model = listModel(viewer, { state, faults, counts, rows: found.slice(0, CAMPAIGNS_PER_PAGE), hasMore: found.length > CAMPAIGNS_PER_PAGE, suspension: suspensionModel(viewer, account) }, now)
    const title = translator(viewer.language)('campaigns.title')
    return render(reply, 'campaigns/index', model, { title, section: 'campaigns', ...(faults.length > 0 ? { status: 422 } : {}) })
  })

  app.get<ListRoute>(paths.campaignRows, VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const { shown, moving, seen } = rowsQuery.parse(request.query)
    if (!wantsFragment(request) || shown.length === 0) return redirect(reply, paths.campaigns)
    const rows = await listShown(deps.db, viewer.scope, moving.filter((id) => shown.includes(id)))
    const { model, isNew } = movedRowsModel(viewer, rows, shown, seen)
    // Nothing new: no swap, so nothing moves under a person's hand.
    return isNew ? render(reply, 'campaigns/_rows', { rows: model }) : reply.status(204).send()
  })

  app.post(paths.sendingResumption, { config: { privilege: 'campaigns.release' } }, async (request, reply) => {
    const { scope, userId, language } = request.viewer as Viewer
    if (await resumeSending(deps, scope, userId)) flash(request, 'ok', translator(language)('campaigns.suspension.resumed'))
    return redirect(reply, paths.campaigns)
  })
}
