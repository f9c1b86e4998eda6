import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator, type WordKey } from '../words/index.ts'
import { senderColumns } from './export.views.ts'
import { getSettings } from './queries.ts'
import { archivePool, archiveSender, chooseDefaultPool, savePool, saveSender, type PoolRefusal } from './senders.commands.ts'
import { archiveForm, newSenderQuery, poolForm, readSender, type SenderFault } from './senders.input.ts'
import { listAllPools } from './senders.queries.ts'
import { NEW_SENDER, senderPageModel, sendersModel, storedValues, typedValues, type SenderValues } from './senders.views.ts'

type IdRoute = { Params: { id: string } }
const EDIT = { config: { privilege: 'settings.edit' } } as const

/** « Expéditeurs »: the numbers and names that texts leave from (S23). */
export async function senderRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.senders, EDIT, (request, reply) => showPools(deps, request, reply))

  app.get(paths.exportOf(paths.senders), EDIT, (request, reply) => {
    const { scope, language } = viewerOf(request)
    return sendExport(deps, request, reply, {
      name: translator(language)('exports.file.senders'),
      columns: senderColumns(language),
      next: async (last) => (last === undefined ? (await listAllPools(deps.db, scope)).flatMap((pool) => pool.senders.map((sender) => ({ pool, sender }))) : []),
    })
  })

  app.post(`${paths.senders}/pools`, EDIT, (request, reply) => keepPool(deps, request, reply))
  app.post<IdRoute>(`${paths.senders}/pools/:id`, EDIT, (request, reply) => keepPool(deps, request, reply, idOf(request)))

  app.post<IdRoute>(`${paths.senders}/pools/:id/default`, EDIT, async (request, reply) => {
    if (!(await chooseDefaultPool(deps, viewerOf(request), idOf(request)))) throw notFound('sender pool')
    return tellDone(request, reply, 'senders.pool.defaultDone')
  })

  app.post<IdRoute>(`${paths.senders}/pools/:id/archive`, EDIT, async (request, reply) => {
    const { archived } = archiveForm.parse(request.body ?? {})
    const result = await archivePool(deps, viewerOf(request), idOf(request), archived)
    if (!result.ok) return showPools(deps, request, reply, { poolId: idOf(request), name: '', error: refusalText(request, result.reason) }, 409)
    return tellDone(request, reply, archived ? 'senders.archiveDone' : 'senders.restoreDone')
  })

  app.get(paths.newSender, EDIT, async (request, reply) => {
    const { pool } = newSenderQuery.parse(request.query)
    return showSender(deps, request, reply, { id: undefined, poolId: pool, values: NEW_SENDER, faults: [] })
  })

  app.post(paths.senders, EDIT, (request, reply) => keepSender(deps, request, reply))

  app.get<IdRoute>(`${paths.senders}/:id`, EDIT, async (request, reply) => {
    const sender = await findSender(deps, request)
    return showSender(deps, request, reply, { id: sender.id, poolId: sender.pool_id, values: storedValues(sender), faults: [] })
  })

  app.post<IdRoute>(`${paths.senders}/:id`, EDIT, async (request, reply) => keepSender(deps, request, reply, await findSender(deps, request)))

  app.post<IdRoute>(`${paths.senders}/:id/archive`, EDIT, async (request, reply) => {
    const { archived } = archiveForm.parse(request.body ?? {})
    if (!(await archiveSender(deps, viewerOf(request), idOf(request), archived))) throw notFound('sender')
    return tellDone(request, reply, archived ? 'senders.archiveDone' : 'senders.restoreDone')
  })
}

async function showPools(deps: Deps, request: FastifyRequest, reply: FastifyReply, refused?: { poolId: number | undefined; name: string; error: string }, status = 200): Promise<FastifyReply> {
  const { scope, language } = viewerOf(request)
  const pools = await listAllPools(deps.db, scope)
  const named = refused?.poolId === undefined ? refused : { ...refused, name: refused.name || (pools.find(({ id }) => id === refused.poolId)?.name ?? '') }
  return render(reply, 'admin/senders', sendersModel(language, pools, named), { title: translator(language)('senders.title'), section: 'administration', status })
}

async function keepPool(deps: Deps, request: FastifyRequest, reply: FastifyReply, poolId?: number): Promise<FastifyReply> {
  const { name } = poolForm.parse(request.body ?? {})
  const result = await savePool(deps, viewerOf(request), { ...(poolId === undefined ? {} : { id: poolId }), name })
  if (result.ok) return tellDone(request, reply, poolId === undefined ? 'senders.pool.added' : 'senders.pool.renamed')
  return showPools(deps, request, reply, { poolId, name, error: refusalText(request, result.reason) }, 422)
}

async function keepSender(deps: Deps, request: FastifyRequest, reply: FastifyReply, old?: { id: number; pool_id: number; address: string }): Promise<FastifyReply> {
  const form = readSender(request.body, old?.address)
  const result = await saveSender(deps, viewerOf(request), form, old?.id)
  if (result.ok) return tellDone(request, reply, 'senders.saved')
  if (result.reason === 'gone') throw notFound('sender pool')
  return showSender(deps, request, reply, { id: old?.id, poolId: old?.pool_id ?? form.poolId, values: { ...typedValues(form), ...(old ? { address: old.address } : {}) }, faults: result.detail }, 422)
}

async function showSender(deps: Deps, request: FastifyRequest, reply: FastifyReply, given: { id: number | undefined; poolId: number | null; values: SenderValues; faults: readonly SenderFault[] }, status = 200): Promise<FastifyReply> {
  const { scope, language } = viewerOf(request)
  const pools = await listAllPools(deps.db, scope)
  const pool = pools.find(({ id }) => id === given.poolId)
  // A company's first sender makes its pool.
  if (!pool && (given.poolId !== null || pools.length > 0)) throw notFound('sender pool')
  const allowed = (await getSettings(deps.db, scope))['sms.allowed_countries']
  const title = translator(language)(given.id === undefined ? 'senders.new' : 'senders.one', { address: given.values.address })
  return render(reply, 'admin/sender', senderPageModel(language, { ...given, pool, allowed }), { title, section: 'administration', status })
}

async function findSender(deps: Deps, request: FastifyRequest) {
  const id = idOf(request)
  const sender = (await listAllPools(deps.db, viewerOf(request).scope)).flatMap(({ senders }) => senders).find((one) => one.id === id)
  if (!sender) throw notFound('sender')
  return sender
}

function refusalText(request: FastifyRequest, reason: PoolRefusal): string {
  if (reason === 'gone') throw notFound('sender pool')
  return translator(viewerOf(request).language)(`senders.pool.${reason}`)
}

function tellDone(request: FastifyRequest, reply: FastifyReply, key: WordKey): FastifyReply {
  flash(request, 'ok', translator(viewerOf(request).language)(key))
  return redirect(reply, paths.senders)
}

function idOf(request: FastifyRequest): number {
  const params = idParams.safeParse(request.params)
  if (!params.success) throw notFound('sender')
  return params.data.id
}
