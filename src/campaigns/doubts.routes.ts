import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { getCampaign } from './campaign.routes.ts'
import { resendDoubts, type Resent } from './doubts.commands.ts'
import { doubtsQuery, resendForm, type ResendForm } from './doubts.input.ts'
import { listDoubts, summariseDoubts } from './doubts.queries.ts'
import { DOUBTS_PER_PAGE, doubtsModel, type Refusal } from './doubts.views.ts'
import type { Campaign } from './queries.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const VIEW = { config: { privilege: 'campaigns.view' } } as const
const MANAGE = { config: { privilege: 'campaigns.manage' } } as const

/** Texts of which nobody knows whether they were sent: who they were for, what is known, and sending them again. */
export async function doubtRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<IdRoute>('/campaigns/:id/doubts', VIEW, async (request, reply) => showDoubts(deps, request, reply, await getCampaign(deps, request)))

  app.post<IdRoute>('/campaigns/:id/doubts', MANAGE, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const campaign = await getCampaign(deps, request)
    const form = resendForm.parse(request.body ?? {})
    const count = form.which === 'all' ? form.total : form.ids.length
    const refusal = refusalOf(viewer, form, count)
    if (refusal) return showDoubts(deps, request, reply, campaign, { status: 422, refusals: [refusal], typed: form })
    const result = await resendDoubts(deps, viewer, { campaignId: campaign.id, messageIds: form.which === 'all' ? 'all' : form.ids, seenAt: form.seen, count })
    if (!result.ok) {
      const text = result.reason === 'grown' ? t('doubts.resend.grown') : t(`doubts.obstacle.${result.reason}`)
      return showDoubts(deps, request, reply, await getCampaign(deps, request), { status: 409, refusals: [{ field: '', text }], typed: form })
    }
    flash(request, result.value.resent > 0 ? 'ok' : 'warning', outcomeText(viewer, result.value, count))
    return redirect(reply, paths.campaign(campaign.id))
  })
}

function refusalOf(viewer: Viewer, { typed }: ResendForm, count: number): Refusal | undefined {
  const t = translator(viewer.language)
  if (count === 0) return { field: 'which', text: t('doubts.resend.none') }
  return typed === String(count) ? undefined : { field: 'typed', text: t('doubts.resend.wrong', { count: wholeNumber(viewer.language, count) }) }
}

function outcomeText({ language }: Viewer, { resent, later }: Resent, count: number): string {
  const t = translator(language)
  if (resent === 0) return t('doubts.resend.nothing')
  return [
    t('doubts.resend.done', { count: resent }),
    ...(count > resent ? [t('doubts.resend.settled', { count: count - resent })] : []),
    ...(later > 0 ? [t('doubts.resend.later', { count: later })] : []),
  ].join(' ')
}

type Shown = { status?: number; refusals?: Refusal[]; typed?: ResendForm }

async function showDoubts(deps: Deps, request: FastifyRequest, reply: FastifyReply, campaign: Campaign, { status = 200, ...shown }: Shown = {}): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  if (campaign.status === 'draft') return redirect(reply, paths.campaign(campaign.id))
  const { after } = doubtsQuery.parse(request.query)
  const summary = await summariseDoubts(deps.db, viewer.scope, campaign.id)
  const found = await listDoubts(deps.db, viewer.scope, campaign.id, { after, limit: DOUBTS_PER_PAGE + 1 })
  const model = doubtsModel(viewer, {
    campaign, summary, rows: found.slice(0, DOUBTS_PER_PAGE), hasMore: found.length > DOUBTS_PER_PAGE, offset: after?.offset ?? 0, hasBooks: deps.records !== undefined, ...shown,
  })
  return render(reply, 'campaigns/doubts', model, { title: translator(viewer.language)('doubts.title'), section: 'campaigns', status })
}
