import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { endKey, makeKey } from './keys.commands.ts'
import { keysQuery, readKeyForm, type KeyFault, type TypedKey } from './keys.input.ts'
import { findKey, listActors, listKeys } from './keys.queries.ts'
import { keyFormModel, keyModel, KEYS_PER_PAGE, keysModel, madeKeyModel, revocationModel, typedKey } from './keys.views.ts'

type IdRoute = { Params: { id: string } }
/** Whoever makes a key lets somebody act as anybody of the company. */
const MANAGE = { config: { privilege: 'users.manage' } } as const

/** « Clés d'API »: what other programs of the agency show. */
export async function keyRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.apiKeys, MANAGE, async (request, reply) => {
    const viewer = viewerOf(request)
    const { after } = keysQuery.parse(request.query)
    const [rows, now] = await Promise.all([listKeys(deps.db, viewer.scope, { before: after, limit: KEYS_PER_PAGE + 1 }), getNow(deps.db)])
    return render(reply, 'api/keys', keysModel(viewer, { rows, isFirst: after === undefined, now }), { title: translator(viewer.language)('api.keys.title'), section: 'administration' })
  })

  app.get(paths.newApiKey, MANAGE, (request, reply) => showForm(request, reply, typedKey(viewerOf(request))))

  app.post(paths.apiKeys, MANAGE, async (request, reply) => {
    const viewer = viewerOf(request)
    const { typed, faults, form, formId } = readKeyForm(request.body)
    if (!form) return showForm(request, reply, typed, faults, formId, 422)
    const made = await makeKey(deps, viewer, form)
    if (made.ok) return render(reply, 'api/key-made', madeKeyModel(made.value.key, deps.config.appUrl), { title: translator(viewer.language)('api.key.madeTitle', { name: form.name }), section: 'administration' })
    if (made.reason === 'no_person') return showForm(request, reply, typed, [{ field: 'person', fault: 'unknown' }], formId, 422)
    flash(request, 'warning', translator(viewer.language)('api.key.twice'))
    return redirect(reply, paths.apiKeys)
  })

  app.get<IdRoute>(pattern(paths.apiKey), MANAGE, async (request, reply) => {
    const key = await getKey(request)
    return render(reply, 'api/key', keyModel(viewerOf(request), key, await getNow(deps.db)), { title: key.name, section: 'administration' })
  })

  app.get<IdRoute>(pattern(paths.apiKeyRevocation), MANAGE, async (request, reply) => {
    const key = await getKey(request)
    if (key.revokedAt) return redirect(reply, paths.apiKey(key.id))
    const model = revocationModel(viewerOf(request), key)
    return render(reply, 'api/key-confirm', model, { title: model.confirm.heading, section: 'administration' })
  })

  app.post<IdRoute>(pattern(paths.apiKeyRevocation), MANAGE, async (request, reply) => {
    const viewer = viewerOf(request)
    const { id, name } = await getKey(request)
    const ended = await endKey(deps, viewer, id)
    flash(request, ended.ok ? 'ok' : 'warning', translator(viewer.language)(ended.ok ? 'api.key.revoked' : 'api.key.revokedAlready', { name }))
    return redirect(reply, paths.apiKeys)
  })

  async function getKey(request: FastifyRequest) {
    const params = idParams.safeParse(request.params)
    const key = params.success ? await findKey(deps.db, viewerOf(request).scope, params.data.id) : undefined
    if (!key) throw notFound('api key')
    return key
  }

  async function showForm(request: FastifyRequest, reply: FastifyReply, typed: TypedKey, faults: readonly KeyFault[] = [], formId = '', status = 200): Promise<FastifyReply> {
    const viewer = viewerOf(request)
    const people = await listActors(deps.db, viewer.scope)
    return render(reply, 'api/key-form', keyFormModel(viewer, { typed, people, faults, formId }), { title: translator(viewer.language)('api.key.new'), section: 'administration', status })
  }
}
