import type { FastifyInstance, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { sendExport } from '../web/export.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf, type Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { makeFolder, putFolderAway, renameFolder } from './commands.ts'
import { listColumns } from './export.views.ts'
import { folderForm, overviewQuery } from './input.ts'
import { membersRoutes } from './members.routes.ts'
import { listOverview } from './overview.queries.ts'
import { overviewModel, overviewUrl } from './overview.views.ts'
import { findList, type TalentList } from './queries.ts'
import { searchesRoutes } from './searches.routes.ts'
import { archiveModel, folderModel } from './views.ts'

type Asked = { Params: { id: string }; Querystring: Record<string, unknown>; Body: unknown }
const VIEW = { config: { privilege: 'candidates.view' } } as const
const EDIT = { config: { privilege: 'candidates.edit' } } as const

/** « Listes »: everything a campaign can start from, and folders made by hand (S10, S11). */
export async function listsRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  await searchesRoutes(app, deps)
  await membersRoutes(app, deps)

  app.get<Asked>(paths.lists, VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const { tab, after } = overviewQuery.parse(request.query)
    const asked = { tab, after, userId: viewer.userId, seesConfidential: viewer.privileges.has('jobs.confidential') }
    const found = await listOverview(deps.db, viewer.scope, asked)
    if (found.rows.length === 0 && after) return redirect(reply, overviewUrl(tab))
    return render(reply, 'lists/index', overviewModel(viewer, { tab, isFirst: !after }, found), { title: translator(viewer.language)('lists.title'), section: 'lists' })
  })

  app.get<Asked>(paths.exportOf(paths.lists), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { tab } = overviewQuery.parse(request.query)
    const asked = { tab, userId: viewer.userId, seesConfidential: viewer.privileges.has('jobs.confidential') }
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.lists'),
      columns: listColumns(viewer, tab, deps.config.appUrl),
      // Each row counts its people, so pages are small.
      next: async (last, limit) => (await listOverview(deps.db, viewer.scope, { ...asked, after: last && { sort: last.sort, id: last.id }, limit })).rows,
      perPage: 100,
    })
  })

  app.get<Asked>(paths.newList, EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    return render(reply, 'lists/folder', folderModel(viewer, { id: undefined, name: '', description: '' }), { title: translator(viewer.language)('lists.new'), section: 'lists' })
  })

  app.post<Asked>(paths.lists, EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const form = folderForm.parse(request.body ?? {})
    const made = await makeFolder(deps, viewer, form)
    if (!made.ok) return render(reply, 'lists/folder', folderModel(viewer, { id: undefined, ...form }, made.reason), { title: t('lists.new'), section: 'lists', status: 422 })
    flash(request, 'ok', t('lists.created', { name: form.name }))
    return redirect(reply, paths.lists)
  })

  app.get<Asked>(pattern(paths.list), EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const list = await folderOf(deps, viewer, request)
    return render(reply, 'lists/folder', folderModel(viewer, list), { title: list.name, section: 'lists' })
  })

  app.post<Asked>(pattern(paths.list), EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const list = await folderOf(deps, viewer, request)
    const form = folderForm.parse(request.body ?? {})
    const saved = await renameFolder(deps, viewer, list.id, form)
    if (!saved.ok) {
      if (saved.reason === 'gone') throw notFound('list')
      return render(reply, 'lists/folder', folderModel(viewer, { id: list.id, ...form }, saved.reason), { title: list.name, section: 'lists', status: 422 })
    }
    flash(request, 'ok', t('lists.saved', { name: form.name }))
    return redirect(reply, paths.lists)
  })

  app.get<Asked>(pattern(paths.listArchiving), EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const confirm = archiveModel(viewer, await folderOf(deps, viewer, request))
    return render(reply, 'lists/confirm', { confirm }, { title: confirm.heading, section: 'lists' })
  })

  app.post<Asked>(pattern(paths.listArchiving), EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const list = await folderOf(deps, viewer, request)
    if (!(await putFolderAway(deps, viewer, list.id)).ok) throw notFound('list')
    flash(request, 'ok', translator(viewer.language)('lists.archived', { name: list.name }))
    return redirect(reply, paths.lists)
  })
}

/** A folder in use; what belongs to a network or a vacancy is changed there. */
async function folderOf(deps: Deps, viewer: Viewer, request: FastifyRequest<Asked>): Promise<TalentList> {
  const params = idParams.safeParse(request.params)
  const list = params.success ? await findList(deps.db, viewer.scope, params.data.id) : undefined
  if (!list || list.kind !== 'folder' || list.archived_at) throw notFound('list')
  return list
}
