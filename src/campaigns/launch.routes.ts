import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound, Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { wholeNumber } from '../words/format.ts'
import { mayReach } from './audience.domain.ts'
import { findMember, type AudienceMember } from './audience.queries.ts'
import { checkModel, hasWarnings, type CheckGiven, type CheckModel } from './check.views.ts'
import { campaignParams, launchForm } from './input.ts'
import { inspectDraft, type Inspection } from './inspection.ts'
import { launchCampaign } from './launch.commands.ts'
import { findCampaign, findTwin, type Campaign } from './queries.ts'

type IdRoute = { Params: { id: string } }
const SEND = { config: { privilege: 'campaigns.send' } } as const

/** The same people and words twice within this time is a mistake, not a wish. */
const TWIN_HOURS = 24

/** The check page and the button that sends. */
export async function launchRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/check', SEND, async (request, reply) => {
    const campaign = await getCampaign(deps, request)
    if (campaign.status !== 'draft') return redirect(reply, paths.campaign(campaign.id))
    return showCheck(deps, request, reply, campaign)
  })

  app.post<IdRoute>('/campaigns/:id/launch', SEND, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    const form = launchForm.safeParse(request.body ?? {})
    if (!form.success) return showCheckOr(deps, request, reply, campaign, { status: 409, errors: [{ field: '', text: t('campaigns.check.stale') }] })
    const { version, launch_key: launchKey, recipients, typed, checked } = form.data

    if (campaign.status === 'draft') {
      if (!mayReach(campaign.audience, viewer.privileges)) throw new Problem('forbidden', { privilege: 'campaigns.send_list' })
      const given = await checkGiven(deps, viewer, campaign, launchKey)
      const errors = refusals(viewer, given, { version, typed, isChecked: checked === '1', recipients })
      if (errors.length > 0) {
        const isStale = version !== campaign.version
        return showCheckOr(deps, request, reply, campaign, { status: isStale ? 409 : 422, errors, typed, isChecked: checked === '1' && !isStale })
      }
    }
    const result = await launchCampaign(deps, viewer, { campaignId: campaign.id, version, launchKey, recipients })
    if (result.ok) {
      if (!result.value.isRepeat) {
        const launched = await findCampaign(deps.db, viewer.scope, campaign.id)
        flash(request, 'ok', t('campaigns.launched', { count: launched?.audience_counts?.recipients ?? 0 }))
      }
      return redirect(reply, paths.campaign(campaign.id))
    }
    switch (result.reason) {
      case 'deleted': throw notFound('campaign')
      case 'launched': {
        flash(request, 'warning', t('campaigns.check.again'))
        return redirect(reply, paths.campaign(campaign.id))
      }
      case 'busy': reply.header('retry-after', 5)
    }
    const now = await getCampaign(deps, request)
    const inspection = await inspectDraft(deps.db, deps.config, viewer.scope, now)
    const text = result.reason === 'grown'
      ? t('campaigns.check.grown', { count: wholeNumber(viewer.language, inspection.counts.recipients) })
      : t(result.reason === 'busy' ? 'campaigns.check.busy' : result.reason === 'stale' ? 'campaigns.check.stale' : 'campaigns.check.blocked')
    return showCheckOr(deps, request, reply, now, { status: 409, errors: [{ field: '', text }] })
  })
}

/** What the page must say before anything is launched. The launch itself asks again what could hurt somebody. */
function refusals(viewer: Viewer, given: CheckGiven, form: { version: number; typed: string; isChecked: boolean; recipients: number }): CheckModel['errors'] {
  const t = translator(viewer.language)
  const { counts, settings } = given.inspection
  if (form.version !== given.campaign.version) return [{ field: '', text: t('campaigns.check.stale') }]
  const errors: CheckModel['errors'] = []
  if (given.twin) errors.push({ field: '', text: t('campaigns.check.blocked') })
  if (hasWarnings(viewer, given) && !form.isChecked) errors.push({ field: 'checked', text: t('campaigns.check.confirmBad') })
  if (form.recipients >= settings['campaign.typed_confirmation_from'] && form.typed !== String(form.recipients)) {
    errors.push({ field: 'typed', text: t('campaigns.check.typedBad', { count: wholeNumber(viewer.language, counts.recipients) }) })
  }
  return errors
}

type Shown = { status?: number; errors?: CheckModel['errors']; typed?: string; isChecked?: boolean }

async function showCheckOr(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign, shown: Shown): Promise<FastifyReply> {
  return campaign.status === 'draft' ? showCheck(deps, request, reply, campaign, shown) : redirect(reply, paths.campaign(campaign.id))
}

async function showCheck(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign, shown: Shown = {}): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  // A fresh key for what is shown now: the key of a refused click must not launch something else later.
  const given = await checkGiven(deps, viewer, campaign, randomUUID())
  const { status = 200, ...rest } = shown
  return render(reply, 'campaigns/check', checkModel(viewer, { ...given, ...rest }), { title: translator(viewer.language)('campaigns.check.title'), section: 'campaigns', status })
}

async function checkGiven(deps: Deps, viewer: Viewer, campaign: Campaign, launchKey: string): Promise<CheckGiven> {
  const inspection = await inspectDraft(deps.db, deps.config, viewer.scope, campaign)
  return { campaign, inspection, launchKey, samples: await samplesOf(deps, viewer, inspection), twin: await findTwin(deps.db, viewer.scope, campaign.id, TWIN_HOURS) }
}

/** Three people of the audience, first, middle and last, and the one whose text is longest. */
async function samplesOf(deps: Deps, viewer: Viewer, inspection: Inspection): Promise<AudienceMember[]> {
  const total = inspection.counts.recipients
  const longest = inspection.measured.longest?.position
  const places = [...new Set([...(longest ? [longest] : []), 1, Math.ceil(total / 2), total])].filter((place) => place >= 1)
  const people = await Promise.all(places.map((place) => findMember(deps.db, viewer.scope, inspection.spec, place)))
  return people.filter((person) => person !== undefined)
}

async function getCampaign(deps: Deps, request: FastifyRequest): Promise<Campaign> {
  const params = campaignParams.safeParse(request.params)
  const campaign = params.success ? await findCampaign(deps.db, (request.viewer as Viewer).scope, params.data.id) : undefined
  if (!campaign) throw notFound('campaign')
  return campaign
}
