import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getReachableCountries, getSettings } from '../companies/queries.ts'
import type { Deps } from '../deps.ts'
import { parsePhone, type CountryCode } from '../sms/phone.ts'
import { render, wantsFragment } from '../web/render.ts'
import type { Viewer } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { findCloseSearches } from './close-search.ts'
import { KINDS, UNRANKED, type CandidateFilters, type Kind } from './domain.ts'
import { candidateFilters, filtersToQuery, listPlace } from './input.ts'
import { requireVisibleList } from './access.ts'
import { findFilterNames, listCandidates, listChoices, listSavedSearches } from './list.queries.ts'
import { listModel, listUrl, resultsModel, searchUrl, type ResultsModel } from './list.views.ts'
import { findPlace } from './places.queries.ts'
import { hasAnyCandidate } from './queries.ts'
import { readingOf } from './page.queries.ts'
import { countFound } from './search.queries.ts'

/** The lists of candidates and of contacts: search, filters, pages, and the selection that becomes a campaign. */
export async function candidateListRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const kind of KINDS) {
    app.get<Asked>(listUrl(kind), { config: { privilege: 'candidates.view' } }, (request, reply) => showList(deps, kind, request, reply))
  }
}

type Asked = { Querystring: Record<string, unknown> }

async function showList(deps: Deps, kind: Kind, request: FastifyRequest<Asked>, reply: FastifyReply): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const filters = asDetail(candidateFilters.parse({ ...request.query, kind }), viewer)
  const isFragment = wantsFragment(request)
  // A form without script sends empty fields too: the same search keeps one address, so that it can be shared and marked as visited.
  if (!isFragment && !isCanonical(request, filters)) return reply.redirect(searchUrl(filters), 303)

  await requireVisibleList(deps.db, viewer, filters)
  const results = await findResults(deps, viewer, filters, request.query)
  if (!results) return reply.redirect(searchUrl(filters), 303)
  if (isFragment) {
    reply.header('hx-push-url', isCanonical(request, filters) ? request.url : searchUrl(filters))
    return render(reply, 'candidates/_results', { results })
  }
  const model = listModel(viewer, filters, await listChoices(deps.db, viewer.scope, kind), results)
  return render(reply, 'candidates/index', model, { title: translator(viewer.language)('candidates.listTitle', { kind }), section: kind === 'contact' ? 'contacts' : 'candidates' })
}

/** A telephone number however it was typed is looked for as we keep it. */
export function asDetail(filters: CandidateFilters, viewer: Viewer): CandidateFilters {
  if (!/^[+(]?\d[\d\s().\-/]{6,}$/.test(filters.q)) return filters
  const phone = parsePhone(filters.q, viewer.company.country as CountryCode)
  return phone.ok ? { ...filters, q: phone.e164 } : filters
}

/** Undefined when the page asked for lies beyond the end of the list. */
async function findResults(deps: Deps, viewer: Viewer, asked: CandidateFilters, query: Record<string, unknown>): Promise<ResultsModel | undefined> {
  const { db } = deps
  const { scope } = viewer
  const { 'campaign.recipient_limit': mostRecipients } = await getSettings(db, scope)
  const allowed = await getReachableCountries(db, scope)
  const place = listPlace.parse(query)
  const isPlaceUnknown = asked.radius !== '' && (await findPlace(db, viewer.company.country, asked.town)) === undefined
  const exact = await countFound(db, scope, asked, allowed)
  // Nobody has these words: what is shown instead is a search of its own, and says so.
  const close = exact.counted === 0 && !exact.isCapped && !place ? await findCloseSearches(db, scope, asked, allowed) : undefined
  const found = close ?? { filters: asked, ...exact }
  const { filters, counted, isCapped } = found
  const reading = readingOf(filters, found)
  if (place) reading.isRanked = place.position.from[0] !== UNRANKED
  const [{ rows, hasMore }, names, searches] = await Promise.all([
    listCandidates(db, scope, filters, allowed, place?.position, reading),
    findFilterNames(db, scope, filters),
    listSavedSearches(db, scope, viewer.userId),
  ])
  if (rows.length === 0 && place) return undefined
  const isBackwards = place?.position.direction === 'before'
  const offset = isBackwards && !hasMore ? 0 : (place?.offset ?? 0)
  const seen = offset + rows.length
  // Whoever reads to the end knows how many there are, however far the count went.
  const isAll = !isBackwards && !hasMore && isCapped
  return resultsModel(viewer, {
    filters,
    asked: close && asked.q,
    others: close?.others ?? [],
    isPlaceUnknown,
    names,
    searches,
    rows,
    offset,
    hasPrevious: place !== undefined && (!isBackwards || hasMore),
    hasNext: isBackwards || hasMore,
    counted: isAll ? seen : isCapped ? Math.max(counted, seen) : counted,
    isCapped: isCapped && !isAll,
    mostRecipients,
    hasAnyCandidate: rows.length > 0 || (await hasAnyCandidate(db, scope, filters.kind)),
  })
}

/** True when the address says the search in the one way we write it. */
function isCanonical(request: FastifyRequest<{ Querystring: Record<string, unknown> }>, filters: CandidateFilters): boolean {
  const asked = Object.entries(request.query).filter(([name]) => name !== 'after' && name !== 'before')
  return new URLSearchParams(asked.map(([name, value]): [string, string] => [name, String(value)])).toString() === filtersToQuery(filters)
}
