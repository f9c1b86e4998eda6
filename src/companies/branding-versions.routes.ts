import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { restoreBranding } from './branding.commands.ts'
import { readLook, restoringForm, versionParams, versionsQuery } from './branding.input.ts'
import { findBranding, findDraft, findVersion, listVersions } from './branding.queries.ts'
import { versionsModel, VERSIONS_PER_PAGE } from './branding-versions.views.ts'

const EDIT = { config: { privilege: 'branding.edit' } } as const

/** What was published, to look at and to start again from. */
export async function brandingVersionRoutes(app: FastifyInstance, { db }: Deps): Promise<void> {
  app.get(paths.brandingVersions, EDIT, (request, reply) => show(request, reply, false))

  app.post(`${paths.brandingVersions}/:version/restoring`, EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const params = versionParams.safeParse(request.params)
    if (!params.success) throw notFound('branding')
    const { version } = params.data
    const result = await restoreBranding({ db }, viewer, version, restoringForm.parse(request.body ?? {}))
    if (!result.ok && result.reason === 'no_version') throw notFound('branding')
    if (!result.ok) return show(request, reply, true)
    flash(request, 'ok', translator(viewer.language)(result.value.isPublished ? 'companies.versions.discarded' : 'companies.versions.restored', { version }))
    return redirect(reply, paths.branding)
  })

  async function show(request: FastifyRequest, reply: FastifyReply, isConflict: boolean): Promise<FastifyReply> {
    const viewer = request.viewer as Viewer
    const { scope, language, company } = viewer
    const given = (request.query ?? {}) as Record<string, unknown>
    const { before, version } = versionsQuery.parse(given)
    if (version !== null && !(await findVersion(db, scope, version))) throw notFound('branding')
    const [rows, draft, published] = [await listVersions(db, scope, { before, limit: VERSIONS_PER_PAGE + 1 }), await findDraft(db, scope), await findBranding(db, scope)]
    const model = versionsModel(viewer, { rows, draft, publishedVersion: published.version, seen: version, before, look: readLook(given, company.language), isConflict })
    return render(reply, 'admin/branding-versions', model, { title: translator(language)('companies.versions.title'), section: 'administration', status: isConflict ? 409 : 200 })
  }
}
