import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { sendExport } from '../web/export.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import { viewerOf, type Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { createBranch, renameBranch, setBranchArchived } from './branches.commands.ts'
import { readBranchForm, readBranchQuery } from './branches.input.ts'
import { findBranch, listBranchesWithPeople } from './branches.queries.ts'
import { branchColumns, branchFormModel, branchListModel, BRANCHES_PER_PAGE, type BranchState } from './branches.views.ts'
import { idOf, type Asked } from './record.access.ts'

const access = { config: { privilege: 'settings.edit' } } as const

/** The places an agency works from. */
export async function branchRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.branches, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const query = readBranchQuery(request.query)
    const model = branchListModel(viewer, query, await listBranchesWithPeople(deps.db, viewer.scope, { ...query, limit: BRANCHES_PER_PAGE + 1 }))
    return render(reply, 'admin/branches', model, { title: translator(viewer.language)('people.branches.title'), section: 'administration' })
  })

  app.get(paths.exportOf(paths.branches), access, (request, reply) => {
    const viewer = viewerOf(request)
    const { q } = readBranchQuery(request.query)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.branches'),
      columns: branchColumns(viewer),
      next: (last, limit) => listBranchesWithPeople(deps.db, viewer.scope, { q, after: last && [last.isArchived ? 1 : 0, last.sortName, last.id], limit }),
      // Each row counts its people, so pages are small.
      perPage: 100,
    })
  })

  app.get(paths.newBranch, access, (request, reply) => showForm(request, reply, { id: null, typed: { name: '', town: '', phone: '' } }))

  app.post(paths.newBranch, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const form = readBranchForm(request.body)
    if (form.problems.length > 0) return showForm(request, reply, { id: null, typed: form.typed, problems: form.problems }, 422)
    const outcome = await createBranch(deps, viewer, form)
    if (!outcome.ok) return showForm(request, reply, { id: null, typed: form.typed, isTaken: true }, 422)
    flash(request, 'ok', translator(viewer.language)('people.branches.created', { name: form.details.name }))
    return redirect(reply, paths.branches)
  })

  const one = pattern(paths.branch)
  app.get<Asked>(one, access, async (request, reply) => {
    const branch = await findBranch(deps.db, (request.viewer as Viewer).scope, idOf(request))
    if (!branch) throw notFound('branch')
    return showForm(request, reply, { id: branch.id, typed: { name: branch.name, town: branch.town ?? '', phone: branch.phone ?? '' }, isArchived: branch.isArchived })
  })

  app.post<Asked>(one, access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const id = idOf(request)
    const form = readBranchForm(request.body)
    const state = { id, typed: form.typed }
    if (!(await findBranch(deps.db, viewer.scope, id))) throw notFound('branch')
    if (form.problems.length > 0) return showForm(request, reply, { ...state, problems: form.problems }, 422)
    const outcome = await renameBranch(deps, viewer, id, form)
    if (outcome.ok) {
      flash(request, 'ok', translator(viewer.language)('people.branches.saved', { name: form.details.name }))
      return redirect(reply, paths.branches)
    }
    if (outcome.reason === 'not_found') throw notFound('branch')
    return outcome.reason === 'taken' ? showForm(request, reply, { ...state, isTaken: true }, 422) : showForm(request, reply, { ...state, isArchived: true }, 409)
  })

  app.post<Asked>(pattern(paths.branchArchiving), access, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const isArchived = (request.body as { archived?: unknown } | undefined)?.archived !== '0'
    const outcome = await setBranchArchived(deps, viewer, idOf(request), isArchived)
    if (!outcome.ok && outcome.reason === 'not_found') throw notFound('branch')
    if (outcome.ok) flash(request, 'ok', t(isArchived ? 'people.branches.archivedDone' : 'people.branches.restoredDone'))
    else flash(request, 'warning', t('people.branches.problem.restoreTaken'))
    return redirect(reply, paths.branches)
  })

  async function showForm(request: FastifyRequest, reply: FastifyReply, state: BranchState, status: 200 | 409 | 422 = 200) {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const saved = state.id === null ? undefined : await findBranch(deps.db, viewer.scope, state.id)
    const title = saved ? t('people.branches.edit', { name: saved.name }) : t('people.branches.new')
    return render(reply, 'admin/branch', { form: branchFormModel(viewer, state) }, { title, section: 'administration', status })
  }
}
