import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getReachableCountries } from '../companies/queries.ts'
import type { Deps } from '../deps.ts'
import { sendExport } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { requireVisibleList } from './access.ts'
import { KINDS, type Kind } from './domain.ts'
import { listForExport } from './export.queries.ts'
import { personColumns } from './export.views.ts'
import { candidateFilters } from './input.ts'
import { asDetail } from './list.routes.ts'
import { listUrl } from './list.views.ts'

type Asked = { Querystring: Record<string, unknown> }

/** The people a search finds, as a file. */
export async function candidateExportRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  for (const kind of KINDS) {
    app.get<Asked>(paths.exportOf(listUrl(kind)), { config: { privilege: 'candidates.view' } }, (request, reply) => sendPeople(deps, kind, request, reply))
  }
}

async function sendPeople(deps: Deps, kind: Kind, request: FastifyRequest<Asked>, reply: FastifyReply): Promise<FastifyReply> {
  const { db, config } = deps
  const viewer = viewerOf(request)
  const filters = asDetail(candidateFilters.parse({ ...request.query, kind }), viewer)
  await requireVisibleList(db, viewer, filters)
  const countries = await getReachableCountries(db, viewer.scope)
  const list = kind === 'contact' ? 'contacts' : 'candidates'
  return sendExport(deps, request, reply, {
    name: translator(viewer.language)(`exports.file.${list}`),
    columns: personColumns(viewer, kind, config.appUrl),
    next: (last, limit) => listForExport(db, viewer.scope, filters, countries, last, limit),
    personal: { list },
  })
}
