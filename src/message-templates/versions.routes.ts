import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Outcome } from '../core/outcome.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator, type WordKey } from '../words/index.ts'
import { showTemplate, templateOf } from './editor.routes.ts'
import { moveForm, versionParams, versionsQuery } from './input.ts'
import { listVersions } from './library.queries.ts'
import { archiveTemplate, duplicateTemplate, restoreVersion, unarchiveTemplate, withdrawTemplate, type Asked, type MoveRefusal } from './publishing.commands.ts'
import { versionsModel, VERSIONS_PER_PAGE } from './versions.views.ts'

const EDIT = { config: { privilege: 'templates.edit' } } as const
type IdRoute = { Params: { id: string } }
type VersionRoute = { Params: { id: string; version: string } }
type Move = (deps: Deps, viewer: Viewer, asked: Asked) => Promise<Outcome<unknown, MoveRefusal>>

const MOVES = {
  withdrawal: [withdrawTemplate, 'templates.done.withdrawn'],
  archiving: [archiveTemplate, 'templates.done.archived'],
  unarchiving: [unarchiveTemplate, 'templates.done.unarchived'],
} as const satisfies Record<string, [Move, WordKey]>

/** What becomes of a template: published, withdrawn, archived, copied, and its versions. */
export async function versionRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const [name, [move, word]] of Object.entries(MOVES)) {
    app.post<IdRoute>(`/templates/:id/${name}`, EDIT, async (request, reply) => {
      const template = await templateOf(deps, request)
      const result = await move(deps, request.viewer as Viewer, { id: template.id, ...moveForm.parse(request.body ?? {}) })
      return answer(deps, request, reply, result, word, template.id)
    })
  }

  app.post<IdRoute>('/templates/:id/copy', EDIT, async (request, reply) => {
    const params = idParams.safeParse(request.params)
    const viewer = request.viewer as Viewer
    const copy = params.success ? await duplicateTemplate(deps, viewer, params.data.id) : undefined
    if (!copy) throw notFound('template')
    flash(request, 'ok', translator(viewer.language)('templates.done.copied'))
    return redirect(reply, paths.template(copy.id))
  })

  app.get<IdRoute>('/templates/:id/versions', EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const template = await templateOf(deps, request)
    const { before } = versionsQuery.parse(request.query ?? {})
    const rows = await listVersions(deps.db, viewer.scope, template.id, { before, limit: VERSIONS_PER_PAGE + 1 })
    const model = versionsModel(viewer, template, rows, before)
    return render(reply, 'templates/versions', model, { title: model.heading, section: 'templates' })
  })

  app.post<VersionRoute>('/templates/:id/versions/:version/restoring', EDIT, async (request, reply) => {
    const params = versionParams.safeParse(request.params)
    if (!params.success) throw notFound('template')
    const { id, version } = params.data
    const result = await restoreVersion(deps, request.viewer as Viewer, { id, ...moveForm.parse(request.body ?? {}) }, version)
    if (!result.ok && result.reason === 'no_version') throw notFound('template')
    return answer(deps, request, reply, result, 'templates.done.restored', id)
  })
}

/** Done: the page says so. Refused: the page as it is now, and why. */
async function answer(deps: Deps, request: FastifyRequest, reply: FastifyReply, result: Outcome<unknown, MoveRefusal>, word: WordKey, id: number): Promise<FastifyReply> {
  const t = translator((request.viewer as Viewer).language)
  if (!result.ok) return showTemplate(deps, request, reply, { kind: 'warning', text: t(`templates.refused.${result.reason}`) }, 409)
  flash(request, 'ok', t(word))
  return redirect(reply, paths.template(id))
}
