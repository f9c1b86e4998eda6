import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { decodeCursor, isCount } from '../core/paging.ts'
import { notFound } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths, pattern, safeNext } from '../web/paths.ts'
import { redirect, render, wantsFragment } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { bellQuery, listQuery, readingForm } from './input.ts'
import { listNotifications, openNotification, readAll } from './list.queries.ts'
import { settingsRoutes } from './settings.routes.ts'
import { targetOf } from './sentences.ts'
import { bellModel, indexModel, panelModel } from './views.ts'

type IdRoute = { Params: { id: string } }
const own = { config: { privilege: 'signed-in' } } as const
const PER_PAGE = 30
const PER_PANEL = 12

/** « Notifications »: what one was told; nobody sees another's. */
export async function notificationRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await settingsRoutes(app, deps)

  app.get(paths.notifications, own, async (request, reply) => {
    const viewer = viewerOf(request)
    const { show, before } = listQuery.parse(request.query)
    const [position, id] = decodeCursor(before, 2) ?? []
    const from = isCount(position) && isCount(id) ? { position, id } : undefined
    const [rows, now] = await Promise.all([
      listNotifications(deps.db, viewer.scope, viewer.userId, { isUnread: show === 'unread', before: from, limit: PER_PAGE + 1 }), getNow(deps.db),
    ])
    const model = indexModel(viewer, { rows, isUnread: show === 'unread', isFirst: from === undefined, perPage: PER_PAGE, url: request.url, now })
    if (wantsFragment(request)) return render(reply, 'notifications/_index', { index: model })
    return render(reply, 'notifications/index', model, { title: translator(viewer.language)('notifications.title') })
  })

  app.get(paths.notificationPanel, own, async (request, reply) => showPanel(deps, request, reply))

  app.get(paths.notificationBell, { config: { ...own.config, isBackground: true } }, async (request, reply) => {
    return render(reply, 'notifications/_bell', { bell: bellModel(viewerOf(request).language, request.unread, bellQuery.parse(request.query).id) })
  })

  app.post(paths.notificationsReading, own, async (request, reply) => {
    const { scope, userId } = viewerOf(request)
    const { upTo, back } = readingForm.parse(request.body ?? {})
    await readAll(deps.db, scope, userId, upTo)
    return wantsFragment(request) ? showPanel(deps, request, reply) : redirect(reply, safeNext(back) ?? paths.notifications)
  })

  app.post<IdRoute>(pattern((id) => paths.notificationStep(id, 'reading')), own, async (request, reply) => {
    await open(deps, request)
    const { back } = readingForm.parse(request.body ?? {})
    return wantsFragment(request) ? showPanel(deps, request, reply) : redirect(reply, safeNext(back) ?? paths.notifications)
  })

  app.post<IdRoute>(pattern((id) => paths.notificationStep(id, 'opening')), own, async (request, reply) => redirect(reply, targetOf(await open(deps, request))))
}

async function open(deps: Deps, request: FastifyRequest) {
  const { scope, userId } = viewerOf(request)
  const id = idParams.safeParse(request.params).data?.id
  const row = id === undefined ? undefined : await openNotification(deps.db, scope, userId, id)
  if (!row) throw notFound('notification')
  return row
}

/** The newest ones, over whatever page is open. */
async function showPanel(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  const [rows, now] = await Promise.all([listNotifications(deps.db, viewer.scope, viewer.userId, { limit: PER_PANEL }), getNow(deps.db)])
  return render(reply, 'notifications/_panel', { panel: panelModel(viewer, rows, now, paths.notifications) })
}
