import type { FastifyInstance, FastifyReply } from 'fastify'
import { requireVisibleAudience } from '../candidates/access.ts'
import { NO_FILTERS, type Audience, type Kind } from '../candidates/domain.ts'
import { readAudience } from '../candidates/input.ts'
import { searchUrl } from '../candidates/list.views.ts'
import { countCandidates } from '../candidates/search.queries.ts'
import { getReachableCountries } from '../companies/queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { addToList, removeFromList } from './commands.ts'
import { MOST_ADDED } from './domain.ts'
import { additionForm, removalForm } from './input.ts'
import { listTargets } from './overview.queries.ts'
import { findList } from './queries.ts'
import { additionModel, removalModel, type AdditionProblem } from './views.ts'

const EDIT = { config: { privilege: 'candidates.edit' } } as const

/** People into a list and out of it, as they were selected: ticked, or a whole search without some. */
export async function membersRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  // What a page shows after a form has no address of its own to come back to.
  app.get(paths.listAddition, EDIT, (_request, reply) => redirect(reply, paths.candidates))
  app.get(paths.listRemoval, EDIT, (_request, reply) => redirect(reply, paths.lists))

  app.post<{ Body: unknown }>(paths.listAddition, EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const t = translator(viewer.language)
    const audience = readAudience(request.body)
    await requireVisibleAudience(deps.db, viewer, audience)
    const form = additionForm.parse(request.body ?? {})
    const kind = kindOf(audience, request.body)
    const ask = (problem?: AdditionProblem) => showAddition(deps, viewer, reply, { audience, kind, chosen: form.target, name: form.name, problem })
    if (form.step !== 'add') return ask(audience.mode === 'selected' && audience.ids.length === 0 ? 'nobody' : undefined)
    // A name that was typed is what the person did last.
    const target = form.name !== '' ? { name: form.name } : form.target !== undefined && (await mayFill(deps, viewer, form.target)) ? { listId: form.target } : undefined
    if (!target) return ask(form.target === undefined ? 'no_target' : 'gone')
    const outcome = await addToList(deps, viewer, audience, target)
    if (!outcome.ok) return ask(outcome.reason)
    const list = await findList(deps.db, viewer.scope, outcome.value.listId)
    flash(request, 'ok', t('lists.added', { n: outcome.value.added, list: list?.name ?? '' }))
    return redirect(reply, searchUrl({ ...NO_FILTERS, kind, list: String(outcome.value.listId) }))
  })

  app.post<{ Body: unknown }>(paths.listRemoval, EDIT, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const audience = readAudience(request.body)
    await requireVisibleAudience(deps.db, viewer, audience)
    const form = removalForm.parse(request.body ?? {})
    const list = form.list === undefined ? undefined : await findList(deps.db, viewer.scope, form.list)
    if (!list || list.archived_at) throw notFound('list')
    if (audience.mode === 'query' && form.step !== 'remove') {
      const model = removalModel(viewer, audience, list, await count(deps, viewer, audience))
      return render(reply, 'lists/removal', model, { title: model.heading, section: 'lists' })
    }
    const outcome = await removeFromList(deps, viewer, audience, list.id)
    const t = translator(viewer.language)
    if (outcome.ok) flash(request, 'ok', t('lists.removed', { n: outcome.value.removed, list: list.name }))
    else flash(request, 'warning', t('lists.problem.nobody'))
    return redirect(reply, searchUrl({ ...NO_FILTERS, kind: kindOf(audience, request.body), list: String(list.id) }))
  })
}

async function showAddition(deps: Deps, viewer: Viewer, reply: FastifyReply, given: { audience: Audience; kind: Kind; chosen: number | undefined; name: string; problem: AdditionProblem | undefined }): Promise<FastifyReply> {
  const [targets, counted] = await Promise.all([listTargets(deps.db, viewer.scope, viewer.privileges.has('jobs.confidential')), count(deps, viewer, given.audience)])
  const model = additionModel(viewer, { ...given, count: counted, targets })
  return render(reply, 'lists/addition', model, { title: translator(viewer.language)('lists.addition.title'), section: 'lists', ...(given.problem ? { status: 422 } : {}) })
}

async function count(deps: Deps, viewer: Viewer, audience: Audience): Promise<number> {
  const allowed = await getReachableCountries(deps.db, viewer.scope)
  return countCandidates(deps.db, viewer.scope, audience, allowed, MOST_ADDED)
}

/** What the drop-down offers, and nothing else: not a confidential vacancy of somebody else's. */
async function mayFill(deps: Deps, viewer: Viewer, listId: number): Promise<boolean> {
  return (await listTargets(deps.db, viewer.scope, viewer.privileges.has('jobs.confidential'))).some(({ id }) => id === listId)
}

/** The page that the people were ticked on. */
function kindOf(audience: Audience, body: unknown): Kind {
  if (audience.mode === 'query') return audience.filters.kind
  return (body as Record<string, unknown> | undefined)?.['kind'] === 'contact' ? 'contact' : 'candidate'
}
