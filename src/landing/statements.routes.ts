import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify'
import { getSettings } from '../companies/queries.ts'
import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { linkPaths } from '../web/paths.ts'
import { contextFor, styleOf, type LandingTools } from './context.ts'
import { sendNotice } from './notice.ts'
import { sendPage } from './page.ts'
import type { InvitationRow } from './queries.ts'
import { accessibilityStatement, privacyStatement } from './statements.views.ts'

/** What the agency says of its use of data and of its page, at an address that names it: without a live code there is no agency. */
export async function statementRoutes(link: FastifyInstance, deps: Deps, tools: LandingTools & { findAny: (request: FastifyRequest) => Promise<InvitationRow | undefined> }, options: RouteShorthandOptions): Promise<void> {
  const urls = linkPaths(deps.config.linkUrl)
  for (const subject of ['privacy', 'accessibility'] as const) {
    link.get(urls.statement(':code', subject), options, async (request, reply) => {
      const row = await tools.findAny(request)
      if (!row || row.target_url !== null) return sendNotice(request, reply, 'unknown', 404, tools.isSecure)
      const context = await contextFor(tools, request, row)
      const model = subject === 'privacy' ? privacyStatement(context, await getSettings(deps.db, companyScope(row.company_id))) : accessibilityStatement(context)
      return sendPage(reply, 'statement', model, { policy: styleOf(context).policy, isSecure: tools.isSecure })
    })
  }
}
