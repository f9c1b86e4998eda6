import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { actorOf, EDIT, kindOf } from './access.ts'
import { codePageRoutes } from './code-page.routes.ts'
import { reportOf } from './code-page.queries.ts'
import { archiveReference, createReference, openJobList, saveReference, type Actor } from './commands.ts'
import { FIELDS, type ReferenceKind } from './domain.ts'
import { importRoutes } from './imports.routes.ts'
import { listQuery, readReference, recordParams, stampField, typedReference } from './input.ts'
import { findReference, listReferences, listSites, type ReferenceRow } from './queries.ts'
import { reportModel, REPORT_SIZE } from './report.views.ts'
import { formModel, labelOf, listModel, PAGE_SIZE, type FormGiven } from './views.ts'

/** Campaign codes, talent networks, career sites with their pages and jobs: lists, forms, archives. */
export async function referenceRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const { db } = deps
  app.get(paths.references, EDIT, (_request, reply) => redirect(reply, paths.referenceKind('codes')))

  app.get('/admin/references/:kind', EDIT, async (request, reply) => {
    const { viewer, actor, kind } = kindOf(request)
    const query = listQuery.parse(request.query ?? {})
    const rows = await listReferences(db, viewer.scope, kind, actor.sight, { ...query, site: query.site, limit: PAGE_SIZE + 1 })
    const sites = FIELDS[kind].includes('site') ? await listSites(db, viewer.scope, query.site ?? null) : []
    return render(reply, 'references/index', listModel(viewer, kind, query, rows, sites), { title: translator(viewer.language)(`references.kind.${kind}`), section: 'administration' })
  })

  app.get('/admin/references/:kind/new', EDIT, async (request, reply) => {
    const { kind } = kindOf(request)
    const { site } = listQuery.parse(request.query ?? {})
    return showForm(request, reply, { kind, row: undefined, typed: { site: String(site ?? '') } })
  })

  app.post('/admin/references/:kind', EDIT, async (request, reply) => {
    const { viewer, actor, kind } = kindOf(request)
    const typed = typedReference(kind, hideable(actor, request.body))
    const { values, problems } = readReference(kind, typed)
    const result = problems.length > 0 ? undefined : await createReference(deps, actor, kind, values)
    if (!result?.ok) return showForm(request, reply, { kind, row: undefined, typed, problems: result?.detail ?? problems }, 422)
    flash(request, 'ok', translator(viewer.language)('references.created', { label: labelOf(kind, { values: typed }) }))
    return redirect(reply, paths.reference(kind, result.value.id))
  })

  app.get('/admin/references/:kind/:id', EDIT, async (request, reply) => {
    const { viewer, kind, row } = await recordOf(request)
    const mayReport = kind === 'codes' && viewer.privileges.has('campaigns.view')
    const report = mayReport ? reportModel(viewer, await reportOf(db, viewer.scope, row.id, REPORT_SIZE)) : undefined
    return showForm(request, reply, { kind, row, typed: storedIn(row), report })
  })

  app.post('/admin/references/:kind/:id', EDIT, async (request, reply) => {
    const { viewer, actor, kind, row } = await recordOf(request)
    const typed = typedReference(kind, hideable(actor, request.body))
    const { values, problems } = readReference(kind, typed)
    if (problems.length > 0) return showForm(request, reply, { kind, row, typed, problems }, 422)
    const stamp = stampField.parse((request.body as Record<string, unknown> | undefined)?.['stamp'])
    const result = await saveReference(deps, actor, kind, row.id, stamp, values)
    if (!result.ok && result.reason === 'conflict') return showForm(request, reply, { kind, row: (await recordOf(request)).row, typed, isConflict: true }, 409)
    if (!result.ok) return showForm(request, reply, { kind, row, typed, problems: result.detail ?? [] }, 422)
    flash(request, 'ok', translator(viewer.language)('references.saved', { label: labelOf(kind, { values: typed }) }))
    return redirect(reply, paths.reference(kind, row.id))
  })

  for (const [step, isArchived] of [['archiving', true], ['restoring', false]] as const) {
    app.post(`/admin/references/:kind/:id/${step}`, EDIT, async (request, reply) => {
      const { viewer, actor, kind, row } = await recordOf(request)
      const t = translator(viewer.language)
      const result = await archiveReference(deps, actor, kind, row.id, isArchived)
      const label = labelOf(kind, row)
      flash(request, result.ok ? 'ok' : 'error', result.ok ? t(isArchived ? 'references.archived' : 'references.restored', { label }) : t('references.restoreTaken', { label }))
      return redirect(reply, paths.reference(kind, row.id))
    })
  }

  app.post('/admin/references/jobs/:id/list', EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const params = idParams.safeParse(request.params)
    const listId = params.success ? await openJobList(deps, actorOf(viewer), params.data.id) : undefined
    if (listId === undefined) throw notFound('reference')
    return redirect(reply, viewer.privileges.has('candidates.view') ? `${paths.candidates}?list=${listId}` : paths.referenceKind('jobs'))
  })

  await importRoutes(app, deps)
  await codePageRoutes(app, deps)

  /** 404 for another company's, and for a confidential job by guess (S5). */
  async function recordOf(request: FastifyRequest): Promise<{ viewer: Viewer; actor: Actor; kind: ReferenceKind; row: ReferenceRow }> {
    const viewer = request.viewer as Viewer
    const params = recordParams.safeParse(request.params)
    const actor = actorOf(viewer)
    const row = params.success ? await findReference(db, viewer.scope, params.data.kind, actor.sight, params.data.id) : undefined
    if (!params.success || !row) throw notFound('reference')
    return { viewer, actor, kind: params.data.kind, row }
  }

  async function showForm(request: FastifyRequest, reply: FastifyReply, given: Omit<FormGiven, 'sites'>, status = 200): Promise<FastifyReply> {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const sites = FIELDS[given.kind].includes('site') ? await listSites(db, viewer.scope, given.row?.site_id ?? null) : []
    const title = given.row ? labelOf(given.kind, given.row) : t(`references.new.${given.kind}`)
    return render(reply, 'references/form', formModel(viewer, { ...given, sites }), { title, section: 'administration', status })
  }
}

/** Without the privilege a form cannot hide a job. */
function hideable({ sight }: Actor, body: unknown): unknown {
  return sight.seesConfidential ? body : { ...(body as Record<string, unknown> | undefined), confidential: undefined }
}

function storedIn({ values }: ReferenceRow): FormGiven['typed'] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? '']))
}
