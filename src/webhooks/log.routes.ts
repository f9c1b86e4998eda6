import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render, type Flash } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator, type WordKey } from '../words/index.ts'
import { findEndpoint } from './endpoints.queries.ts'
import { deliveryParams, logQuery, readSince } from './input.ts'
import { resendDelivery, resendFailed } from './log.commands.ts'
import { findDelivery, listAttempts, listDeliveries } from './log.queries.ts'
import { DELIVERIES_PER_PAGE, deliveryModel, deliveryTitle, endpointModel, stateModel } from './log.views.ts'

type DeliveryRoute = { Params: { id: string; delivery: string } }
const EDIT = { config: { privilege: 'settings.edit' } } as const

/** More tries than this are made by hand only. */
const MOST_TRIES_SHOWN = 100

const ofEndpoint = paths.webhook(0).replace('/0', '/:id')
const ofDelivery = `${ofEndpoint}/deliveries/:delivery`

/** One endpoint, what it was told, and what it answered. */
export async function logRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(ofEndpoint, EDIT, (request, reply) => showEndpoint(deps, request, reply))

  app.post(`${ofEndpoint}/resending`, EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const { typed, since } = readSince(request.body, viewer.company.timeZone)
    if (!since) return showEndpoint(deps, request, reply, { status: 422, since: { typed, isWrong: true } })
    const { id } = await endpointOf(deps, request)
    const outcome = await resendFailed(deps, viewer, id, since)
    if (!outcome.ok) return showEndpoint(deps, request, reply, { status: 409, text: 'webhooks.offNow', since: { typed, isWrong: false } })
    flash(request, 'ok', translator(viewer.language)('webhooks.resendFailed.done', { count: outcome.value }))
    return redirect(reply, paths.webhook(id))
  })

  app.get<DeliveryRoute>(ofDelivery, EDIT, (request, reply) => showDelivery(deps, request, reply))

  app.get<DeliveryRoute>(`${ofDelivery}/state`, EDIT, async (request, reply) => {
    const { endpoint, delivery, attempts } = await deliveryOf(deps, request)
    return render(reply, 'webhooks/_state', { delivery: stateModel(viewerOf(request), endpoint, delivery, attempts) })
  })

  app.post<DeliveryRoute>(`${ofDelivery}/resending`, EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const { endpoint, delivery } = await deliveryOf(deps, request)
    const outcome = await resendDelivery(deps, viewer, endpoint.id, delivery.id)
    const t = translator(viewer.language)
    if (!outcome.ok) return showDelivery(deps, request, reply, { status: 409, flash: { kind: 'error', text: t(outcome.reason === 'off' ? 'webhooks.offNow' : 'webhooks.sendingNow') } })
    flash(request, 'ok', t('webhooks.resent'))
    return redirect(reply, paths.webhookDelivery(endpoint.id, delivery.id))
  })
}

/** `text`: why what was asked for was not done. */
export async function showEndpoint(deps: Deps, request: FastifyRequest, reply: FastifyReply, given: { status?: number; text?: WordKey; since?: { typed: string; isWrong: boolean } } = {}): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const endpoint = await endpointOf(deps, request)
  const query = logQuery.parse(request.query)
  const rows = await listDeliveries(deps.db, viewer.scope, endpoint.id, query, DELIVERIES_PER_PAGE + 1)
  const model = endpointModel(viewer, { endpoint, rows, query, now: await getNow(deps.db), ...(given.since ? { since: given.since } : {}) })
  return render(reply, 'webhooks/show', model, {
    title: new URL(endpoint.url).host, section: 'administration', status: given.status ?? 200, ...(given.text ? { flash: { kind: 'error', text: translator(viewer.language)(given.text) } } : {}),
  })
}

async function showDelivery(deps: Deps, request: FastifyRequest, reply: FastifyReply, more: { status?: number; flash?: Flash } = {}): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const { endpoint, delivery, attempts } = await deliveryOf(deps, request)
  return render(reply, 'webhooks/delivery', deliveryModel(viewer, endpoint, delivery, attempts), { title: deliveryTitle(viewer, delivery), section: 'administration', ...more })
}

async function endpointOf(deps: Deps, request: FastifyRequest) {
  const params = idParams.safeParse(request.params)
  const endpoint = params.success ? await findEndpoint(deps.db, viewerOf(request).scope, params.data.id) : undefined
  if (!endpoint) throw notFound('webhook endpoint')
  return endpoint
}

async function deliveryOf(deps: Deps, request: FastifyRequest) {
  const endpoint = await endpointOf(deps, request)
  const { scope } = viewerOf(request)
  const params = deliveryParams.safeParse(request.params)
  const delivery = params.success ? await findDelivery(deps.db, scope, endpoint.id, params.data.delivery) : undefined
  if (!delivery) throw notFound('webhook delivery')
  return { endpoint, delivery, attempts: await listAttempts(deps.db, scope, delivery.id, MOST_TRIES_SHOWN) }
}
