import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { getAccount } from '../messaging/account.queries.ts'
import { paths } from '../web/paths.ts'
import { redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { showDraft } from './compose.routes.ts'
import { csvHead, csvRow } from './export.views.ts'
import { campaignParams, showQuery } from './input.ts'
import { findMedianMinutes, getProgress } from './list.queries.ts'
import { findCampaign, listEvents, type Campaign } from './queries.ts'
import { countRecipients, listRecipients } from './recipients.queries.ts'
import { suspensionModel } from './sending.views.ts'
import { COUNTED_TO, digest, liveModel, RECIPIENTS_PER_PAGE, showModel, type LiveGiven, type ShowState } from './show.views.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const VIEW = { config: { privilege: 'campaigns.view' } } as const

/** One campaign with everybody it reached. */
export async function showRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id', VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const campaign = await getCampaign(deps, request)
    if (campaign.status === 'draft') return showDraft(deps, request, reply, campaign)
    const { seen: _seen, ...state } = showQuery.parse(request.query)
    const [given, events, [sample]] = await Promise.all([
      liveGiven(deps, viewer, campaign, state), listEvents(deps.db, viewer.scope, campaign.id),
      listRecipients(deps.db, viewer.scope, campaign.id, { show: 'all', q: '', limit: 1 }),
    ])
    const suspension = suspensionModel(viewer, await getAccount(deps.db))
    return render(reply, 'campaigns/show', { ...showModel(viewer, { ...given, campaign, events, sample }), suspension }, { title: campaign.name, section: 'campaigns' })
  })

  app.get<IdRoute>('/campaigns/:id/progress', VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const campaign = await getCampaign(deps, request)
    const { seen, ...state } = showQuery.parse(request.query)
    if (!wantsFragment(request) || campaign.status === 'draft') return redirect(reply, paths.campaign(campaign.id))
    const live = liveModel(viewer, await liveGiven(deps, viewer, campaign, state))
    // Nothing new: no swap, so nothing moves under a person's hand.
    if (live.url !== undefined && digest(live) === seen) return reply.status(204).send()
    return render(reply, 'campaigns/_live', { live })
  })

  app.get<IdRoute>('/campaigns/:id/export', VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const campaign = await getCampaign(deps, request)
    if (campaign.status === 'draft') throw notFound('campaign')
    const { show, q } = showQuery.parse(request.query)
    reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="campagne-${campaign.id}.csv"`).header('cache-control', 'no-store')
    return reply.send(Readable.from(csvOf(deps, viewer, campaign.id, { show, q })))
  })
}

async function liveGiven(deps: Deps, viewer: Viewer, campaign: Campaign, state: ShowState): Promise<LiveGiven> {
  const { db } = deps
  const { scope } = viewer
  const [progress, medianMinutes, rows, found] = await Promise.all([
    getProgress(db, scope, campaign.id), findMedianMinutes(db, scope, campaign.id),
    listRecipients(db, scope, campaign.id, { ...state, limit: RECIPIENTS_PER_PAGE + 1 }), countRecipients(db, scope, campaign.id, state, COUNTED_TO),
  ])
  return { campaign, state, progress, medianMinutes, found, rows: rows.slice(0, RECIPIENTS_PER_PAGE), hasMore: rows.length > RECIPIENTS_PER_PAGE }
}

/** A thousand rows at a time, so that memory stays flat however large the campaign. */
async function* csvOf(deps: Deps, viewer: Viewer, campaignId: number, query: Pick<ShowState, 'show' | 'q'>): AsyncGenerator<string> {
  yield csvHead(viewer)
  let after: { answeredAt: number; rank: number } | undefined
  for (;;) {
    const rows = await listRecipients(deps.db, viewer.scope, campaignId, { ...query, after, limit: 1_000 })
    const last = rows.at(-1)
    if (!last) return
    yield rows.map((row) => csvRow(viewer, deps.config.appUrl, row)).join('')
    after = { answeredAt: last.answered_key, rank: last.rank }
  }
}

/** The campaign of the address; another company's is not there. */
export async function getCampaign(deps: Deps, request: FastifyRequest): Promise<Campaign> {
  const params = campaignParams.safeParse(request.params)
  const campaign = params.success ? await findCampaign(deps.db, (request.viewer as Viewer).scope, params.data.id) : undefined
  if (!campaign) throw notFound('campaign')
  return campaign
}
