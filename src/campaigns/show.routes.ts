import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import type { Deps } from '../deps.ts'
import { listTargetVisits } from '../links/targets.queries.ts'
import { getAccount } from '../messaging/account.queries.ts'
import { paths } from '../web/paths.ts'
import { redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { findChosen } from './codes.queries.ts'
import { chosenRows, visitRows } from './codes.views.ts'
import { getCampaign } from './campaign.routes.ts'
import { sumOf } from './charts.domain.ts'
import { countOpened, findAnswerHours, type Opened } from './charts.queries.ts'
import { showDraft } from './compose.routes.ts'
import { createKept } from './kept.ts'
import { countLeftOut, findMedianMinutes, findPace, getProgress, listBatches } from './progress.queries.ts'
import { listEvents, type Campaign } from './queries.ts'
import { countRecipients, findSample, listRecipients } from './recipients.queries.ts'
import { listReadings } from '../candidates/readings.queries.ts'
import { READINGS_SHOWN } from '../candidates/readings.views.ts'
import { findCampaignReplies } from './replies.queries.ts'
import { suspensionModel } from './sending.views.ts'
import { findCourse } from './reminders.weighing.ts'
import { showQuery } from './show.input.ts'
import { COUNTED_TO, digest, liveModel, RECIPIENTS_PER_PAGE, showModel, type LiveGiven, type Looked } from './show.views.ts'
import type { ShowState } from './stats.views.ts'
import { listTold } from './told.queries.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const VIEW = { config: { privilege: 'campaigns.view' } } as const

/** One campaign with everybody it reached. */
export async function showRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  // Of 25,000 people it is the dearest figure of the page, and nobody waits for it.
  const kept = createKept<Opened>()
  const liveOf = (viewer: Viewer, campaign: Campaign, state: ShowState, looked: Looked) =>
    liveGiven(deps, viewer, campaign, state, looked, () => kept(`${viewer.scope.companyId} ${campaign.id}`, () => countOpened(deps.db, viewer.scope, campaign.id)))

  app.get<IdRoute>('/campaigns/:id', VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const campaign = await getCampaign(deps, request)
    if (campaign.is_launching) return redirect(reply, paths.campaignStep(campaign.id, 'launching'))
    if (campaign.status === 'draft') return showDraft(deps, request, reply, campaign)
    const { state } = readShown(request)
    return render(reply, 'campaigns/show', showModel(viewer, await liveOf(viewer, campaign, state, { since: undefined, isHeld: false })), { title: campaign.name, section: 'campaigns' })
  })

  app.get<IdRoute>('/campaigns/:id/progress', VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const campaign = await getCampaign(deps, request)
    const { seen, state, looked } = readShown(request)
    if (!wantsFragment(request) || campaign.status === 'draft') return redirect(reply, paths.campaign(campaign.id))
    const live = liveModel(viewer, await liveOf(viewer, campaign, state, looked))
    // Nothing new: no swap, so nothing moves under a person's hand.
    if (live.url !== undefined && digest(live) === seen) return reply.status(204).send()
    return render(reply, 'campaigns/_live', { live })
  })
}

export function readShown(request: FastifyRequest): { state: ShowState; seen: string; looked: Looked } {
  const { seen, since, held: isHeld, ...state } = showQuery.parse(request.query)
  return { state, seen, looked: { since, isHeld } }
}

async function liveGiven(deps: Deps, viewer: Viewer, campaign: Campaign, state: ShowState, looked: Looked, opened: () => Promise<Opened>): Promise<LiveGiven> {
  const { db, config } = deps
  const { scope } = viewer
  const { id } = campaign
  const isNarrowed = state.q !== '' || state.reason !== '' || state.batch !== undefined
  // The table as it stands is left alone, so nobody needs to be looked up for it.
  const list = () => (looked.isHeld ? [] : listRecipients(db, scope, id, { ...state, limit: RECIPIENTS_PER_PAGE + 1 }))
  const [counted, medianMinutes, rows, found, batches, leftOut, pace, events, account, sample, references, answered, openedBy, course, replies, readings, told] = await Promise.all([
    getProgress(db, scope, id), findMedianMinutes(db, scope, id), list(),
    isNarrowed ? countRecipients(db, scope, id, state, COUNTED_TO) : undefined, listBatches(db, scope, id), countLeftOut(db, scope, id), findPace(db, scope, id), listEvents(db, scope, id), getAccount(db),
    findSample(db, scope, id), referencesOf(deps, viewer, campaign), findAnswerHours(db, scope, id, viewer.company.timeZone), opened(), findCourse(db, viewer, campaign, state.show === 'waiting'), findCampaignReplies(db, scope, id),
    campaign.is_open ? listReadings(db, scope, { campaignId: id }, READINGS_SHOWN + 1) : [], listTold(db, scope, id),
  ])
  // Somebody may have answered between the two: the bars and the numbers above them are the same.
  const progress = { ...counted, yes: sumOf(answered.hours, 'yes'), no: sumOf(answered.hours, 'no') }
  const keepsSince = looked.since !== undefined && (looked.isHeld || state.after !== undefined)
  return {
    perSecond: Math.min((config.sending.perSecond * pace.pace) / Math.max(1, pace.running), pace.per_second ?? Infinity),
    campaign, state, progress, medianMinutes, found, batches, leftOut, events, sample, references, suspension: suspensionModel(viewer, account), replies, readings, course, told,
    charts: { ...answered, opened: openedBy },
    news: {
      ...looked, newestAt: answered.newestAt, keepsSince,
      count: keepsSince && answered.newestAt > looked.since! ? await countRecipients(db, scope, id, state, COUNTED_TO, looked.since) : 0,
    },
    rows: rows.slice(0, RECIPIENTS_PER_PAGE), hasMore: rows.length > RECIPIENTS_PER_PAGE,
  }
}

/** Nothing is asked of a campaign whose text refers to nothing: most do not, and the page asks again every few seconds. */
async function referencesOf({ db }: Deps, viewer: Viewer, { id, codes }: Campaign): Promise<LiveGiven['references']> {
  if (Object.values(codes).every((choice) => choice === null)) return []
  const [chosen, visits] = await Promise.all([findChosen(db, viewer.scope, codes), listTargetVisits(db, viewer.scope, id)])
  return [...chosenRows(readerOf(viewer), chosen, viewer.privileges.has('jobs.confidential')), ...visitRows(readerOf(viewer), visits)]
}
