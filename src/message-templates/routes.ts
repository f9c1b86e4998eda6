import type { FastifyInstance } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import type { Deps } from '../deps.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { redirect, render, wantsFragment } from '../web/render.ts'
import { viewerOf, type Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { editorRoutes, readerAmong } from './editor.routes.ts'
import { templateColumns } from './export.views.ts'
import { choicesQuery, readTemplateList } from './input.ts'
import { countTemplates, findTemplate, listFolders, listTemplates } from './library.queries.ts'
import { choicesModel, templateListModel, TEMPLATES_PER_PAGE } from './list.views.ts'
import { listPublishedTemplates } from './queries.ts'
import { versionRoutes } from './versions.routes.ts'

/** More are found by typing more of the name. */
const MOST_CHOICES = 50

/** « Modèles »: administrators write them (S9), whoever sends picks among the published ones (S27). */
export async function templateRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.templates, { config: { privilege: 'signed-in' } }, async (request, reply) => {
    const viewer = readerAmong(request.viewer as Viewer)
    const { after, ...asked } = readTemplateList(request.query)
    const filter = viewer.privileges.has('templates.edit') ? asked : { ...asked, shelf: 'published' as const }
    const [found, counts, folders] = await Promise.all([
      listTemplates(deps.db, viewer.scope, filter, { after, limit: TEMPLATES_PER_PAGE + 1 }), countTemplates(deps.db, viewer.scope, filter.kind), listFolders(deps.db, viewer.scope),
    ])
    const model = templateListModel(viewer, { filter, counts, folders, rows: found.slice(0, TEMPLATES_PER_PAGE), hasMore: found.length > TEMPLATES_PER_PAGE, after })
    return render(reply, 'templates/index', model, { title: model.heading, section: 'templates' })
  })

  app.get(paths.exportOf(paths.templates), { config: { privilege: 'signed-in' } }, async (request, reply) => {
    const viewer = readerAmong(viewerOf(request))
    const { after: _after, ...asked } = readTemplateList(request.query)
    const filter = viewer.privileges.has('templates.edit') ? asked : { ...asked, shelf: 'published' as const }
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.templates'),
      columns: templateColumns(viewer, deps.config.appUrl),
      next: (last, limit) => listTemplates(deps.db, viewer.scope, filter, { after: last && { name: last.folded_name, id: last.id }, limit }),
      perPage: 200,
    })
  })

  app.get(paths.templateChoices, { config: { privilege: 'campaigns.send' } }, async (request, reply) => {
    const viewer = request.viewer as Viewer
    if (!wantsFragment(request)) return redirect(reply, paths.templates)
    const { kind, q, template: chosen } = choicesQuery.parse(request.query ?? {})
    const choices = await listPublishedTemplates(deps.db, viewer.scope, kind, { startsWith: q, limit: MOST_CHOICES })
    const kept = chosen === null ? undefined : await findTemplate(deps.db, viewer.scope, chosen)
    return render(reply, 'templates/_options', { choices: choicesModel(readerOf(viewer), kind, choices, kept, q) })
  })

  await editorRoutes(app, deps)
  await versionRoutes(app, deps)
}
