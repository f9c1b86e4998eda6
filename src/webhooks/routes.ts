import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator, type WordKey } from '../words/index.ts'
import { EVENT_TYPES, MOST_ENDPOINTS } from './domain.ts'
import { changeEndpoint, createEndpoint, moveEndpointTo, rotateSecret, sendTest, type EndpointMove } from './endpoints.commands.ts'
import { findEndpoint, listEndpoints, type EndpointRow } from './endpoints.queries.ts'
import { readEndpoint, type TypedEndpoint } from './input.ts'
import { logRoutes, showEndpoint } from './log.routes.ts'
import { endpointFormModel, endpointListModel, removalModel, rotationModel, secretModel, type FormFault } from './views.ts'

type IdRoute = { Params: { id: string } }
const EDIT = { config: { privilege: 'settings.edit' } } as const

/** « Webhooks »: where the company's other programs hear what happens, and what became of it. */
export async function webhookRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.webhooks, EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const rows = await listEndpoints(deps.db, viewer.scope)
    return render(reply, 'webhooks/index', endpointListModel(viewer, rows, MOST_ENDPOINTS), { title: translator(viewer.language)('webhooks.title'), section: 'administration' })
  })

  app.get(paths.newWebhook, EDIT, (request, reply) => showForm(request, reply, { typed: { url: '', note: '', types: EVENT_TYPES, version: 0 } }))

  app.post(paths.webhooks, EDIT, async (request, reply) => {
    const viewer = viewerOf(request)
    const { typed, faults, endpoint } = readEndpoint(request.body)
    if (faults.length > 0) return showForm(request, reply, { typed, faults }, 422)
    const outcome = await createEndpoint(deps, viewer, endpoint)
    if (!outcome.ok) return showForm(request, reply, { typed, faults: [{ field: 'url', fault: outcome.reason }] }, 422)
    return showSecret(request, reply, outcome.value.id, endpoint.url, outcome.value.secret)
  })

  app.get<IdRoute>(pattern((id) => paths.webhookStep(id, 'edit')), EDIT, async (request, reply) => {
    const endpoint = await endpointOf(deps, request)
    return showForm(request, reply, { id: endpoint.id, typed: endpoint })
  })

  app.post<IdRoute>(pattern((id) => paths.webhookStep(id, 'edit')), EDIT, async (request, reply) => {
    const { id } = await endpointOf(deps, request)
    const { typed, faults, endpoint } = readEndpoint(request.body)
    if (faults.length > 0) return showForm(request, reply, { id, typed, faults }, 422)
    const outcome = await changeEndpoint(deps, viewerOf(request), id, typed.version, endpoint)
    if (outcome.ok) return tellDone(request, reply, 'webhooks.saved', paths.webhook(id))
    if (outcome.reason !== 'stale') return showForm(request, reply, { id, typed, faults: [{ field: 'url', fault: outcome.reason }] }, 422)
    // Saved again, what was typed replaces what somebody else saved.
    return showForm(request, reply, { id, typed: { ...typed, version: (await endpointOf(deps, request)).version }, isStale: true }, 409)
  })

  app.get<IdRoute>(pattern((id) => paths.webhookStep(id, 'secret')), EDIT, async (request, reply) => {
    const model = rotationModel(viewerOf(request), await endpointOf(deps, request))
    return render(reply, 'webhooks/confirm', model, { title: model.confirm.heading, section: 'administration' })
  })

  app.post<IdRoute>(pattern((id) => paths.webhookStep(id, 'secret')), EDIT, async (request, reply) => {
    const { id, url } = await endpointOf(deps, request)
    return showSecret(request, reply, id, url, await rotateSecret(deps, viewerOf(request), id))
  })

  app.post<IdRoute>(pattern((id) => paths.webhookStep(id, 'test')), EDIT, async (request, reply) => {
    const { id } = await endpointOf(deps, request)
    const outcome = await sendTest(deps, viewerOf(request), id)
    if (!outcome.ok) return showEndpoint(deps, request, reply, { status: 409, text: 'webhooks.offNow' })
    return tellDone(request, reply, 'webhooks.tested', paths.webhookDelivery(id, outcome.value))
  })

  app.get<IdRoute>(pattern((id) => paths.webhookStep(id, 'removal')), EDIT, async (request, reply) => {
    const model = removalModel(viewerOf(request), await endpointOf(deps, request))
    return render(reply, 'webhooks/confirm', model, { title: model.confirm.heading, section: 'administration' })
  })

  const move = (step: 'pause' | 'resumption' | 'removal', action: EndpointMove, told: WordKey) =>
    app.post<IdRoute>(pattern((id) => paths.webhookStep(id, step)), EDIT, async (request, reply) => {
      const { id } = await endpointOf(deps, request)
      const outcome = await moveEndpointTo(deps, viewerOf(request), id, action)
      if (!outcome.ok) return showEndpoint(deps, request, reply, { status: 409, text: 'webhooks.moved' })
      return tellDone(request, reply, told, action === 'remove' ? paths.webhooks : paths.webhook(id))
    })
  move('pause', 'pause', 'webhooks.paused')
  move('resumption', 'resume', 'webhooks.resumed')
  move('removal', 'remove', 'webhooks.removed')

  await logRoutes(app, deps)
}

function showForm(request: FastifyRequest, reply: FastifyReply, given: { id?: number; typed: TypedEndpoint; faults?: readonly FormFault[]; isStale?: boolean }, status = 200): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const title = translator(viewer.language)(given.id === undefined ? 'webhooks.newTitle' : 'webhooks.editTitle')
  return render(reply, 'webhooks/edit', endpointFormModel(viewer, given), { title, section: 'administration', status })
}

/** In this answer and nowhere else: the database keeps it sealed, and no browser keeps the page. */
function showSecret(request: FastifyRequest, reply: FastifyReply, id: number, url: string, secret: string): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  reply.header('cache-control', 'no-store')
  return render(reply, 'webhooks/secret', secretModel(viewer, id, url, secret), { title: translator(viewer.language)('webhooks.secret.title'), section: 'administration' })
}

async function endpointOf(deps: Deps, request: FastifyRequest): Promise<EndpointRow> {
  const params = idParams.safeParse(request.params)
  const endpoint = params.success ? await findEndpoint(deps.db, viewerOf(request).scope, params.data.id) : undefined
  if (!endpoint) throw notFound('webhook endpoint')
  return endpoint
}

function tellDone(request: FastifyRequest, reply: FastifyReply, key: WordKey, url: string): FastifyReply {
  flash(request, 'ok', translator(viewerOf(request).language)(key))
  return redirect(reply, url)
}
