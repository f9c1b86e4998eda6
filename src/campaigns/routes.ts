import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { resumeSending } from '../messaging/account.commands.ts'
import { getAccount } from '../messaging/account.queries.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { cancelCampaign, closeCampaign } from './commands.ts'
import { composeRoutes, showDraft, type ConfirmModel } from './compose.routes.ts'
import { LIST_TABS, mayDo, type CampaignAction } from './domain.ts'
import { csvHead, csvRow } from './export.views.ts'
import { campaignParams, listQuery, showQuery } from './input.ts'
import { launchRoutes } from './launch.routes.ts'
import { countTabs, findMedianMinutes, getProgress, listCampaigns, type Progress } from './list.queries.ts'
import { CAMPAIGNS_PER_PAGE, listModel, rowsModel } from './list.views.ts'
import { findCampaign, listEvents, type Campaign } from './queries.ts'
import { countRecipients, listRecipients } from './recipients.queries.ts'
import { suspensionModel } from './sending.views.ts'
import { COUNTED_TO, digest, liveModel, RECIPIENTS_PER_PAGE, showModel, type LiveGiven, type ShowState } from './show.views.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const VIEW = { config: { privilege: 'campaigns.view' } } as const
const MANAGE = { config: { privilege: 'campaigns.manage' } } as const

/** « campagnes SMS »: the list, one campaign with its answers, and what may be done with it. */
export async function campaignRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await composeRoutes(app, deps)
  await launchRoutes(app, deps)

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

  app.post(paths.sendingResumption, { config: { privilege: 'campaigns.release' } }, async (request, reply) => {
    const { scope, userId, language } = request.viewer as Viewer
    if (await resumeSending(deps, scope, userId)) flash(request, 'ok', translator(language)('campaigns.suspension.resumed'))
    return redirect(reply, paths.campaigns)
  })

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

async function getCampaign(deps: Deps, request: FastifyRequest): Promise<Campaign> {
  const params = campaignParams.safeParse(request.params)
  const campaign = params.success ? await findCampaign(deps.db, (request.viewer as Viewer).scope, params.data.id) : undefined
  if (!campaign) throw notFound('campaign')
  return campaign
}
