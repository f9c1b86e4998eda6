import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CandidateFilters } from '../candidates/domain.ts'
import { givenFilters } from '../candidates/input.ts'
import { findFilterNames } from '../candidates/list.queries.ts'
import { filterParts } from '../candidates/filters.views.ts'
import { searchUrl } from '../candidates/list.views.ts'
import { readerOf } from '../candidates/views.ts'
import { notFound, Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { paths, pattern } from '../web/paths.ts'
import { flash, redirect, render } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { changeSearch, searchProblem, type NameProblem } from './commands.ts'
import { SEARCH_NAME_LENGTH } from './domain.ts'
import { readSearch, searchForm, type SearchForm } from './input.ts'
import { mayChange, overviewUrl } from './overview.views.ts'
import { deleteSearch, findSearch, insertSearch, type SavedSearch } from './searches.queries.ts'
import { deletionModel, searchModel } from './views.ts'

type Asked = { Params: { id: string }; Querystring: Record<string, unknown>; Body: unknown }
const VIEW = { config: { privilege: 'candidates.view' } } as const

/** A search kept under a name, for oneself or for everybody in the company. */
export async function searchesRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get(paths.searches, VIEW, (_request, reply) => redirect(reply, overviewUrl('searches')))

  app.get<Asked>(paths.newSearch, VIEW, async (request, reply) => showNew(deps, request, reply, readSearch(request.query)))

  app.post<Asked>(paths.searches, VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const filters = readSearch(request.body)
    const form = searchForm.parse(request.body ?? {})
    const problem = searchProblem(form.name)
    const id = problem ? undefined : await insertSearch(deps.db, viewer.scope, { ...form, userId: viewer.userId, filters })
    if (id === undefined) return showNew(deps, request, reply, filters, { form, problem: problem ?? 'taken' })
    flash(request, 'ok', translator(viewer.language)('lists.search.saved', { name: form.name }))
    return redirect(reply, searchUrl(filters))
  })

  app.get<Asked>(pattern(paths.search), VIEW, async (request, reply) => {
    const search = await searchOf(deps, request)
    return showSearch(deps, request, reply, search, { name: search.name, isShared: search.is_shared })
  })

  app.post<Asked>(pattern(paths.search), VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const search = await searchOf(deps, request)
    const form = searchForm.parse(request.body ?? {})
    const saved = await changeSearch(deps, viewer, search.id, form)
    if (!saved.ok) {
      if (saved.reason === 'gone') throw notFound('search')
      return showSearch(deps, request, reply, search, form, saved.reason)
    }
    flash(request, 'ok', translator(viewer.language)('lists.search.saved', { name: form.name }))
    return redirect(reply, overviewUrl('searches'))
  })

  app.get<Asked>(pattern(paths.searchDeletion), VIEW, async (request, reply) => {
    const confirm = deletionModel(request.viewer as Viewer, await searchOf(deps, request))
    return render(reply, 'lists/confirm', { confirm }, { title: confirm.heading, section: 'lists' })
  })

  app.post<Asked>(pattern(paths.searchDeletion), VIEW, async (request, reply) => {
    const viewer = request.viewer as Viewer
    const search = await searchOf(deps, request)
    if (!(await deleteSearch(deps.db, viewer.scope, search.id))) throw notFound('search')
    flash(request, 'ok', translator(viewer.language)('lists.search.deleted', { name: search.name }))
    return redirect(reply, overviewUrl('searches'))
  })
}

/** One that this person may change; somebody else's private one does not exist for them. */
async function searchOf(deps: Deps, request: FastifyRequest<Asked>): Promise<SavedSearch> {
  const viewer = request.viewer as Viewer
  const params = idParams.safeParse(request.params)
  const search = params.success ? await findSearch(deps.db, viewer.scope, viewer.userId, params.data.id) : undefined
  if (!search) throw notFound('search')
  if (!mayChange(viewer, search.created_by === viewer.userId)) throw new Problem('forbidden', { privilege: 'settings.edit' })
  return search
}

async function sentenceOf(deps: Deps, viewer: Viewer, filters: CandidateFilters): Promise<string[]> {
  return filterParts(readerOf(viewer), filters, await findFilterNames(deps.db, viewer.scope, filters)).map(({ text }) => text)
}

async function showNew(deps: Deps, request: FastifyRequest, reply: FastifyReply, filters: CandidateFilters, refused?: { form: SearchForm; problem: NameProblem }): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const sentence = await sentenceOf(deps, viewer, filters)
  const form = refused?.form ?? { name: sentence.join(', ').slice(0, SEARCH_NAME_LENGTH), isShared: false }
  const fields: [string, string][] = [['kind', filters.kind], ...givenFilters(filters)]
  const model = searchModel(viewer, { id: undefined, ...form, sentence, fields, cancelUrl: searchUrl(filters) }, refused?.problem)
  return render(reply, 'lists/search', model, { title: translator(viewer.language)('lists.search.new'), section: 'lists', ...(refused ? { status: 422 } : {}) })
}

async function showSearch(deps: Deps, request: FastifyRequest, reply: FastifyReply, search: SavedSearch, form: SearchForm, problem?: NameProblem): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const sentence = await sentenceOf(deps, viewer, search.filters)
  const model = searchModel(viewer, { id: search.id, ...form, sentence, fields: [], cancelUrl: overviewUrl('searches') }, problem)
  return render(reply, 'lists/search', model, { title: search.name, section: 'lists', ...(problem ? { status: 422 } : {}) })
}
