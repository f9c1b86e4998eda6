import type { FastifyInstance } from 'fastify'
import { readerOf } from '../candidates/views.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { redirect, render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { editorRoutes, readerAmong } from './editor.routes.ts'
import { choicesQuery, readTemplateList } from './input.ts'
import { countTemplates, findTemplate, listTemplates } from './library.queries.ts'
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
    const [found, counts] = await Promise.all([listTemplates(deps.db, viewer.scope, filter, { after, limit: TEMPLATES_PER_PAGE + 1 }), countTemplates(deps.db, viewer.scope, filter.kind)])
    const model = templateListModel(viewer, { filter, counts, rows: found.slice(0, TEMPLATES_PER_PAGE), hasMore: found.length > TEMPLATES_PER_PAGE, after })
    return render(reply, 'templates/index', model, { title: model.heading, section: 'templates' })
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
