import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { wholeNumber } from '../words/format.ts'
import { checkModel, type CheckGiven, type CheckModel } from './check.views.ts'
import { attemptLaunch, lookAtDraft, type CheckFault } from './checking.ts'
import { launchForm } from './input.ts'
import { inspectDraft, type Inspection } from './inspection.ts'
import type { LaunchRefusal } from './launch.commands.ts'
import { findLaunchRequest } from './launching.queries.ts'
import { laterRefusalText, launchedText, refusalText } from './launching.views.ts'
import { findCampaign, type Campaign } from './queries.ts'
import { getCampaign } from './campaign.routes.ts'

type IdRoute = { Params: { id: string } }
const SEND = { config: { privilege: 'campaigns.send' } } as const

/** The check page and the button that sends. */
export async function launchRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/check', SEND, async (request, reply) => {
    const campaign = await getCampaign(deps, request)
    return showCheckOr(deps, request, reply, campaign, {})
  })

  app.post<IdRoute>('/campaigns/:id/launch', SEND, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    const form = launchForm.safeParse(request.body ?? {})
    if (!form.success) return showCheckOr(deps, request, reply, campaign, { status: 409, errors: [{ field: '', text: t('check.stale') }] })
    const { version, launch_key: launchKey, recipients, typed, checked } = form.data

    // Any number of clicks, tabs and people: one launch, which they all may watch.
    if (campaign.is_launching) return redirect(reply, paths.campaignStep(campaign.id, 'launching'))

    const result = await attemptLaunch(deps, viewer, campaign, { campaignId: campaign.id, version, launchKey, recipients, typed, isChecked: checked === '1' })
    if (!result.ok && result.reason === 'unconfirmed') {
      const { given, faults } = result.detail
      const isStale = faults.includes('stale')
      return showCheckOr(deps, request, reply, campaign, { status: isStale ? 409 : 422, errors: faults.map((fault) => faultError(viewer, fault, given)), typed, isChecked: checked === '1' && !isStale })
    }
    if (!result.ok) return showRefusal(deps, request, reply, result.reason)
    if (result.value.isLong) return redirect(reply, paths.campaignStep(campaign.id, 'launching'))
    const launched = result.value.isRepeat ? undefined : await findCampaign(deps.db, viewer.scope, campaign.id)
    const text = launched ? launchedText(viewer, launched) : ''
    if (text) flash(request, 'ok', text)
    return redirect(reply, paths.campaign(campaign.id))
  })
}

async function showRefusal(deps: Deps, request: FastifyRequest, reply: FastifyReply, reason: LaunchRefusal): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  if (reason === 'deleted') throw notFound('campaign')
  const now = await getCampaign(deps, request)
  if (reason === 'launched') {
    flash(request, 'warning', translator(viewer.language)('check.again'))
    return redirect(reply, paths.campaign(now.id))
  }
  // Another click was faster, and one launch is enough: this one may watch it.
  if (reason === 'launching') return redirect(reply, paths.campaignStep(now.id, 'launching'))
  if (reason === 'busy') reply.header('retry-after', 5)
  const inspection = await inspectDraft(deps.db, deps.config, viewer.scope, now)
  return showCheckOr(deps, request, reply, now, { status: 409, errors: [{ field: '', text: refusalText(viewer, reason, inspection) }] })
}

/** Where it is said, and how. */
function faultError(viewer: Viewer, fault: CheckFault, { inspection }: CheckGiven): CheckModel['errors'][number] {
  const t = translator(viewer.language)
  switch (fault) {
    case 'stale': return { field: '', text: t('check.stale') }
    case 'twin': return { field: '', text: t('check.blocked') }
    case 'warnings': return { field: 'checked', text: t('check.confirmBad') }
    case 'typed': return { field: 'typed', text: t('check.typedBad', { count: wholeNumber(viewer.language, inspection.counts.recipients) }) }
  }
}

type Shown = { status?: number; errors?: CheckModel['errors']; typed?: string; isChecked?: boolean }

/** The check page of a draft; what is being launched or was launched has a page of its own. */
async function showCheckOr(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign, shown: Shown): Promise<FastifyReply> {
  if (campaign.status !== 'draft') return redirect(reply, paths.campaign(campaign.id))
  return campaign.is_launching ? redirect(reply, paths.campaignStep(campaign.id, 'launching')) : showCheck(deps, request, reply, campaign, shown)
}

async function showCheck(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign, shown: Shown = {}): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  // A fresh key for what is shown now: the key of a refused click must not launch something else later.
  const given = await lookAtDraft(deps, viewer, campaign, randomUUID())
  const { status = 200, ...rest } = shown
  const errors = rest.errors ?? (await lastRefusal(deps, viewer, campaign, given.inspection))
  return render(reply, 'campaigns/check', checkModel(viewer, { ...given, ...rest, errors }), { title: translator(viewer.language)('check.title'), section: 'campaigns', status })
}

/** What a worker answered to the launch of this very draft, for whoever looks after the page of that launch was closed. */
async function lastRefusal(deps: Deps, viewer: Viewer, campaign: Campaign, inspection: Inspection): Promise<CheckModel['errors']> {
  const asked = await findLaunchRequest(deps.db, viewer.scope, campaign.id)
  return asked?.refusal && asked.version === campaign.version ? [{ field: '', text: laterRefusalText(viewer, asked.refusal, inspection) }] : []
}
