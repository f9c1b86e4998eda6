import type { FastifyInstance, RouteShorthandOptions } from 'fastify'
import { recordOptIn, recordOptOut } from '../consent/queries.ts'
import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { linkPaths } from '../web/paths.ts'
import { limitRate } from '../web/rate-limit.ts'
import { contextFor, styleOf, type LandingTools } from './context.ts'
import { ANSWERS_PER_MINUTE } from './domain.ts'
import type { PageContext } from './frame.views.ts'
import { sendNotice } from './notice.ts'
import { protect, sendPage } from './page.ts'
import { openSeal, sealForm } from './seal.ts'
import { mayUndo, stopModel } from './stop.views.ts'

/** « Ne plus recevoir ces SMS »: asking is a page, doing it takes the button (S8). It works after the campaign closed, too. */
export async function stopRoutes(link: FastifyInstance, deps: Deps, tools: LandingTools, options: RouteShorthandOptions): Promise<void> {
  const { config, db } = deps
  const url = linkPaths(config.linkUrl).stop(':code')

  link.get(url, options, async (request, reply) => {
    const row = await tools.find(request)
    if (!row) return sendNotice(request, reply, 'unknown', 404, tools.isSecure)
    const context = await contextFor(tools, request, row)
    return sendPage(reply, 'stop', model(context, false, row.opted_out_at !== null), { policy: styleOf(context).policy, isSecure: tools.isSecure })
  })

  link.post(url, options, async (request, reply) => {
    const row = await tools.find(request)
    if (!row) return sendNotice(request, reply, 'unknown', 404, tools.isSecure)
    const context = await contextFor(tools, request, row)
    const delivery = { policy: styleOf(context).policy, isSecure: tools.isSecure }
    const body = (request.body ?? {}) as Record<string, unknown>
    const isUndo = body['undo'] === '1'
    if (context.isPreview) return sendPage(reply, 'stop', model(context, false, !isUndo), delivery)

    await limitRate(db, `stop ${row.recipient_id}`, ANSWERS_PER_MINUTE, 60)
    if (!openSeal(config.secretKey, 'stop', row.code as string, body['form'], row.now)) {
      return sendPage(reply, 'stop', model(context, true, row.opted_out_at !== null), { ...delivery, status: 422 })
    }
    const change = { e164: row.e164 as string, source: 'page' as const, campaignId: row.campaign_id }
    const scope = companyScope(row.company_id)
    if (!isUndo) await recordOptOut(db, scope, change)
    else if (mayUndo(context)) await recordOptIn(db, scope, change)
    return protect(reply, delivery).redirect(isUndo ? context.links.page : context.links.stop, 303)
  })

  function model(context: PageContext, notice: boolean, isStopped: boolean) {
    const hidden = [{ name: 'form', value: sealForm(config.secretKey, 'stop', context.row.code as string, 0, context.row.now) }]
    return stopModel(context, { isStopped, notice, hidden })
  }
}
