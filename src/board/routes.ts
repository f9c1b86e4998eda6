import type { FastifyInstance, FastifyRequest } from 'fastify'
import { requireVisibleList } from '../candidates/access.ts'
import { UNRANKED, type CandidateFilters } from '../candidates/domain.ts'
import { candidateFilters, listPlace } from '../candidates/input.ts'
import { findFilterNames, listChoices } from '../candidates/list.queries.ts'
import { asDetail } from '../candidates/list.routes.ts'
import { findPlace } from '../candidates/places.queries.ts'
import { countFound } from '../candidates/search.queries.ts'
import { getReachableCountries, getSettings } from '../companies/queries.ts'
import type { Deps } from '../deps.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { boardDays, type BoardChoice } from './domain.ts'
import { boardColumns } from './export.views.ts'
import { boardQuery, boardQueryString, boardUrl } from './input.ts'
import { COUNTED_ON_DEMAND, countFreePerDay, findToday, listForExport, listPeople } from './queries.ts'
import { boardForm, boardResults, type BoardResults } from './views.ts'

type Asked = { Querystring: Record<string, unknown> }
const VIEW = { config: { privilege: 'candidates.view' } } as const

/** Who is available when: a search drawn over weeks, and the same as a file. */
export async function boardRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get<Asked>(paths.board, VIEW, async (request, reply) => {
    const { viewer, filters, choice } = await readAsked(deps, request)
    const isFragment = wantsFragment(request)
    const address = boardUrl(filters, choice)
    // The same board keeps one address, so that it can be shared and marked as visited.
    if (!isFragment && !isCanonical(request, filters, choice)) return reply.redirect(address, 303)
    const results = await findResults(deps, viewer, { filters, choice }, request.query)
    if (!results) return reply.redirect(address, 303)
    if (isFragment) {
      reply.header('hx-push-url', isCanonical(request, filters, choice) ? request.url : address)
      return render(reply, 'board/_results', { results })
    }
    const form = boardForm(viewer, { filters, choice }, await listChoices(deps.db, viewer.scope, filters.kind))
    return render(reply, 'board/index', { form, results, feedsUrl: paths.feeds }, { title: translator(viewer.language)('board.title'), section: 'availability' })
  })

  app.get<Asked>(paths.exportOf(paths.board), VIEW, async (request, reply) => {
    const { viewer, filters } = await readAsked(deps, request)
    const { db, config } = deps
    const allowedCountries = await getReachableCountries(db, viewer.scope)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('board.csv.file'),
      columns: boardColumns(viewer, config.appUrl),
      next: (last, limit) => listForExport(db, viewer.scope, filters, allowedCountries, last && { name: last.sort_name, id: last.id }, limit),
      personal: { list: 'board' },
    })
  })
}

async function readAsked({ db }: Deps, request: FastifyRequest<Asked>): Promise<{ viewer: Viewer; filters: CandidateFilters; choice: BoardChoice }> {
  const viewer = request.viewer as Viewer
  const filters = asDetail(candidateFilters.parse({ ...request.query, kind: 'candidate' }), viewer)
  await requireVisibleList(db, viewer, filters)
  return { viewer, filters, choice: boardQuery.parse(request.query) }
}

/** Undefined when the page asked for lies beyond the end. */
async function findResults({ db }: Deps, viewer: Viewer, { filters, choice }: { filters: CandidateFilters; choice: BoardChoice }, query: Record<string, unknown>): Promise<BoardResults | undefined> {
  const { scope } = viewer
  const place = placeOf(query, choice)
  const [{ 'campaign.recipient_limit': mostRecipients }, allowedCountries, today] = await Promise.all([getSettings(db, scope), getReachableCountries(db, scope), findToday(db, scope)])
  const days = boardDays(today, choice.weeks)
  const isPlaceUnknown = filters.radius !== '' && (await findPlace(db, viewer.company.country, filters.town)) === undefined
  const found = await countFound(db, scope, filters, allowedCountries)
  const { counted, isCapped } = found
  const [{ rows, hasMore }, counts, names] = await Promise.all([
    listPeople(db, scope, { filters, allowedCountries, position: place?.position, sort: choice.sort, found }),
    countFreePerDay(db, scope, filters, allowedCountries, days, choice.countsAll ? COUNTED_ON_DEMAND : undefined),
    findFilterNames(db, scope, filters),
  ])
  if (rows.length === 0 && place) return undefined
  const isBackwards = place?.position.direction === 'before'
  const offset = isBackwards && !hasMore ? 0 : (place?.offset ?? 0)
  const seen = offset + rows.length
  // Whoever reads to the end knows how many there are, however far the count went.
  const isAll = !isBackwards && !hasMore && isCapped
  return boardResults(viewer, {
    filters, choice, days, names, isPlaceUnknown, rows, counts, offset, mostRecipients,
    hasPrevious: place !== undefined && (!isBackwards || hasMore),
    hasNext: isBackwards || hasMore,
    counted: isAll ? seen : counted,
    isCapped: isCapped && !isAll,
  })
}

/** A place in the one order says nothing in the other. */
function placeOf(query: Record<string, unknown>, { sort }: BoardChoice): ReturnType<typeof listPlace.parse> {
  const place = listPlace.parse(query)
  return place && (place.position.from[0] === UNRANKED) === (sort === 'name') ? place : undefined
}

/** True when the address says the board in the one way we write it. */
function isCanonical(request: FastifyRequest<Asked>, filters: CandidateFilters, choice: BoardChoice): boolean {
  const asked = Object.entries(request.query).filter(([name]) => name !== 'after' && name !== 'before')
  return new URLSearchParams(asked.map(([name, value]): [string, string] => [name, String(value)])).toString() === boardQueryString(filters, choice)
}
