import type { FastifyInstance, FastifyRequest } from 'fastify'
import { dateIn } from '../core/dates.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { sendExport } from '../web/export.ts'
import { paths, pattern } from '../web/paths.ts'
import { viewerOf } from '../web/viewer.ts'
import { translator } from '../words/index.ts'
import { listAudience } from './audience.queries.ts'
import { getCampaign } from './campaign.routes.ts'
import { listDoubts } from './doubts.queries.ts'
import { doubtColumns } from './doubts.views.ts'
import { audienceColumns, campaignColumns, recipientColumns } from './export.views.ts'
import { listRecipientsByRank } from './export.queries.ts'
import { audienceQuery } from './input.ts'
import { inspectDraft } from './inspection.ts'
import { rangeOf } from './list.domain.ts'
import { readList } from './list.input.ts'
import { listCampaigns } from './list.queries.ts'
import { listFrozenPeople } from './people.queries.ts'
import type { Campaign } from './queries.ts'
import { readShown } from './show.routes.ts'

type IdRoute = { Params: { id: string }; Querystring: Record<string, unknown> }
const VIEW = { config: { privilege: 'campaigns.view' } } as const

/** The lists of this room as files: campaigns, recipients with their answers, uncertain texts, and who is left out and why. */
export async function exportRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const { db, config } = deps

  app.get<{ Querystring: Record<string, unknown> }>(paths.exportOf(paths.campaigns), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { timeZone } = viewer.company
    const now = new Date()
    const { state, faults } = readList(request.query, dateIn(timeZone, now))
    const range = faults.length > 0 ? { from: undefined, until: undefined } : rangeOf(state, dateIn(timeZone, now), timeZone, now)
    const filter = { statuses: state.statuses, mine: state.mine ? viewer.userId : null, q: state.q, range }
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.campaigns'),
      columns: campaignColumns(viewer, config.appUrl),
      next: (last, limit) => listCampaigns(db, viewer.scope, filter, { sort: 'start', after: last && { at: last.sort_at, id: last.id }, limit }),
      perPage: 200,
    })
  })

  app.get<IdRoute>(pattern((id) => paths.campaignStep(id, 'export')), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { id } = await launched(request)
    const { after: _after, ...choice } = readShown(request).state
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.campaign', { id: String(id) }),
      columns: recipientColumns(viewer, config.appUrl),
      next: (last, limit) => listRecipientsByRank(db, viewer.scope, id, choice, last?.rank ?? 0, limit),
      personal: { list: 'recipients', subjectKind: 'campaign', subjectId: id },
    })
  })

  app.get<IdRoute>(paths.exportOf(pattern((id) => paths.campaignStep(id, 'doubts'))), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const { id } = await launched(request)
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.doubts', { id: String(id) }),
      columns: doubtColumns(viewer, config.appUrl, deps.records !== undefined),
      next: (last, limit) => listDoubts(db, viewer.scope, id, { after: last && { key: last.key, id: last.message_id }, limit }),
      personal: { list: 'doubts', subjectKind: 'campaign', subjectId: id },
    })
  })

  app.get<IdRoute>(paths.exportOf(pattern((id) => paths.campaignStep(id, 'exclusions'))), VIEW, async (request, reply) => {
    const viewer = viewerOf(request)
    const campaign = await getCampaign(deps, request)
    const { reason } = audienceQuery.parse(request.query)
    const line = reason === 'recipients' ? null : reason
    const isFrozen = campaign.audience_counts !== null
    const { spec } = isFrozen ? { spec: undefined } : await inspectDraft(db, config, viewer.scope, campaign)
    const read = (afterRank: number, limit: number) =>
      spec ? listAudience(db, viewer.scope, spec, line, { afterRank, limit }) : listFrozenPeople(db, viewer.scope, campaign.id, line, { afterRank, limit })
    return sendExport(deps, request, reply, {
      name: translator(viewer.language)('exports.file.exclusions', { id: String(campaign.id) }),
      columns: audienceColumns(viewer, config.appUrl),
      // A draft weighs its whole audience anew for each page, so pages are large.
      next: (last, limit) => read(last?.rank ?? 0, limit),
      perPage: isFrozen ? 1_000 : 10_000,
      personal: { list: 'exclusions', subjectKind: 'campaign', subjectId: campaign.id },
    })
  })

  async function launched(request: FastifyRequest<IdRoute>): Promise<Campaign> {
    const campaign = await getCampaign(deps, request)
    if (campaign.status === 'draft') throw notFound('campaign')
    return campaign
  }
}
