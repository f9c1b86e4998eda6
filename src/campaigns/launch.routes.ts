import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound, Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { wholeNumber } from '../words/format.ts'
import { isOverridden, mayOverride, mayReach } from './audience.domain.ts'
import { checkModel, hasWarnings, type CheckGiven, type CheckModel } from './check.views.ts'
import { launchForm } from './input.ts'
import { inspectDraft, type Inspection } from './inspection.ts'
import { launchCampaign, type Launch, type LaunchRefusal } from './launch.commands.ts'
import { LAUNCHED_AT_ONCE, requestLaunch } from './launching.commands.ts'
import { findLaunchRequest } from './launching.queries.ts'
import { laterRefusalText, launchedText, refusalText } from './launching.views.ts'
import { getPerson } from './people.queries.ts'
import { findCampaign, findTwin, type Campaign } from './queries.ts'
import { getCampaign } from './campaign.routes.ts'

type IdRoute = { Params: { id: string } }
const SEND = { config: { privilege: 'campaigns.send' } } as const

/** The same people and words twice within this time is a mistake, not a wish. */
const TWIN_HOURS = 24

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
    const launch = { campaignId: campaign.id, version, launchKey, recipients }

    // Any number of clicks, tabs and people: one launch, which they all may watch.
    if (campaign.is_launching) return redirect(reply, paths.campaignStep(campaign.id, 'launching'))

    let isLong = false
    if (campaign.status === 'draft') {
      if (!mayReach(campaign.audience, viewer.privileges)) throw new Problem('forbidden', { privilege: 'campaigns.send_list' })
      if (isOverridden(campaign) && !mayOverride(viewer.privileges, campaign.audience)) throw new Problem('forbidden', { privilege: 'consent.override' })
      const given = await checkGiven(deps, viewer, campaign, launchKey)
      const errors = refusals(viewer, given, { version, typed, isChecked: checked === '1', recipients })
      if (errors.length > 0) {
        const isStale = version !== campaign.version
        return showCheckOr(deps, request, reply, campaign, { status: isStale ? 409 : 422, errors, typed, isChecked: checked === '1' && !isStale })
      }
      isLong = given.inspection.counts.total > LAUNCHED_AT_ONCE
      const [blocker] = given.inspection.blockers
      if (isLong && blocker) return showRefusal(deps, request, reply, blocker)
    }
    return isLong ? launchByWorker(deps, request, reply, launch) : launchNow(deps, request, reply, launch)
  })
}

async function launchNow(deps: Deps, request: FastifyRequest, reply: FastifyReply, launch: Launch): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const result = await launchCampaign(deps, viewer, launch)
  if (!result.ok) return showRefusal(deps, request, reply, result.reason)
  const launched = result.value.isRepeat ? undefined : await findCampaign(deps.db, viewer.scope, launch.campaignId)
  const text = launched ? launchedText(viewer, launched) : ''
  if (text) flash(request, 'ok', text)
  return redirect(reply, paths.campaign(launch.campaignId))
}

async function launchByWorker(deps: Deps, request: FastifyRequest, reply: FastifyReply, launch: Launch): Promise<FastifyReply> {
  const result = await requestLaunch(deps, request.viewer as Viewer, launch)
  return result.ok ? redirect(reply, paths.campaignStep(launch.campaignId, 'launching')) : showRefusal(deps, request, reply, result.reason)
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

/** What the page must say before anything is launched. The launch itself asks again what could hurt somebody. */
function refusals(viewer: Viewer, given: CheckGiven, form: { version: number; typed: string; isChecked: boolean; recipients: number }): CheckModel['errors'] {
  const t = translator(viewer.language)
  const { counts, settings } = given.inspection
  if (form.version !== given.campaign.version) return [{ field: '', text: t('check.stale') }]
  const errors: CheckModel['errors'] = []
  if (given.twin) errors.push({ field: '', text: t('check.blocked') })
  if (hasWarnings(viewer, given) && !form.isChecked) errors.push({ field: 'checked', text: t('check.confirmBad') })
  if (form.recipients >= settings['campaign.typed_confirmation_from'] && form.typed !== String(form.recipients)) {
    errors.push({ field: 'typed', text: t('check.typedBad', { count: wholeNumber(viewer.language, counts.recipients) }) })
  }
  return errors
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
  const given = await checkGiven(deps, viewer, campaign, randomUUID())
  const { status = 200, ...rest } = shown
  const errors = rest.errors ?? (await lastRefusal(deps, viewer, campaign, given.inspection))
  return render(reply, 'campaigns/check', checkModel(viewer, { ...given, ...rest, errors }), { title: translator(viewer.language)('check.title'), section: 'campaigns', status })
}

async function checkGiven(deps: Deps, viewer: Viewer, campaign: Campaign, launchKey: string): Promise<CheckGiven> {
  // To one person, contacts of the last days say it already.
  const inspection = await inspectDraft(deps.db, deps.config, viewer.scope, campaign, { places: [1], checkOf: campaign.id })
  const { db } = deps
  const twin = await findTwin(db, viewer.scope, campaign.id, TWIN_HOURS)
  const overlaps = campaign.is_single ? [] : inspection.overlaps
  return { campaign, inspection, launchKey, samples: await samplesOf(deps, viewer, inspection), twin, overlaps: overlaps.filter(({ id }) => id !== twin?.id) }
}

/** What a worker answered to the launch of this very draft, for whoever looks after the page of that launch was closed. */
async function lastRefusal(deps: Deps, viewer: Viewer, campaign: Campaign, inspection: Inspection): Promise<CheckModel['errors']> {
  const asked = await findLaunchRequest(deps.db, viewer.scope, campaign.id)
  return asked?.refusal && asked.version === campaign.version ? [{ field: '', text: laterRefusalText(viewer, asked.refusal, inspection) }] : []
}

/** Three people of the audience, first, middle and last, and the one whose text is longest. */
async function samplesOf(deps: Deps, viewer: Viewer, inspection: Inspection): Promise<CheckGiven['samples']> {
  const { members, groups, measured: { longest } } = inspection
  const group = groups.find(({ first_position }) => first_position === longest?.position)
  if (!group) return members
  const known = members.find(({ position }) => position === group.first_position)
  const first = known ?? { ...group, ...(await getPerson(deps.db, viewer.scope, group.first_id)), position: group.first_position }
  return [first, ...members.filter((member) => member !== known)]
}
