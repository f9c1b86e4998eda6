import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { chooseNotifications } from './settings.commands.ts'
import { readChoices, typedFrom } from './settings.input.ts'
import { findChoices } from './settings.queries.ts'
import { settingsModel } from './settings.views.ts'

const own = { config: { privilege: 'signed-in' } } as const
type Shown = Parameters<typeof settingsModel>[1]

/** What one is told by mail, in « Mon compte ». */
export async function settingsRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.notificationSettings, own, async (request, reply) => {
    const { scope, userId } = viewerOf(request)
    const { version, ...choices } = await findChoices(deps.db, scope, userId)
    return show(request, reply, { typed: typedFrom(choices), version, faults: [], isMovedOn: false })
  })

  app.post(paths.notificationSettings, own, async (request, reply) => {
    const viewer = viewerOf(request)
    const { typed, version, faults, choices } = readChoices(request.body)
    if (faults.length > 0) return show(request, reply, { typed, version, faults, isMovedOn: false }, 422)
    const outcome = await chooseNotifications(deps, viewer, choices, version)
    // What was typed stands; sent again, it replaces what the other window saved.
    if (!outcome.ok) return show(request, reply, { typed, version: (await findChoices(deps.db, viewer.scope, viewer.userId)).version, faults: [], isMovedOn: true }, 409)
    flash(request, 'ok', translator(viewer.language)('notifications.settings.saved'))
    return redirect(reply, paths.notificationSettings)
  })
}

function show(request: FastifyRequest, reply: FastifyReply, shown: Shown, status = 200): Promise<FastifyReply> {
  const viewer = viewerOf(request)
  return render(reply, 'account/notifications', settingsModel(viewer, shown), { title: translator(viewer.language)('notifications.settings.title'), status })
}
