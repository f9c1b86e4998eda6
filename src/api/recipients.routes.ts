import { listRecipients } from '../campaigns/recipients.queries.ts'
import { getCampaign } from './campaigns.routes.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiRoute } from './endpoint.ts'
import { idParams, oneLine } from './fields.ts'
import { ApiProblem } from './problem.ts'
import { recipientPage, recipientsQuery } from './recipients.input.ts'
import { recipientModel } from './recipients.views.ts'

export const recipientRoutes: readonly ApiRoute[] = [
  apiRoute({
    id: 'listRecipients', method: 'GET', path: '/campaigns/{id}/recipients', resource: 'recipients', scope: 'campaigns:read', summary: 'apiCampaigns.op.recipients', note: 'apiCampaigns.op.recipientsNote',
    params: idParams, query: recipientsQuery, response: recipientPage, problems: ['bad_cursor'],
    handle: async (deps, call) => {
      const { scope, params: { id }, query } = call
      await getCampaign(deps, call, id)
      const place = readCursor(query.cursor, ['number', 'number'])
      if (place && (place[0] < 0 || place[1] < 0 || place[1] > MOST_RANK)) throw new ApiProblem('bad_cursor')
      const choice = { show: query.show, reason: query.reason ?? '', batch: query.batch, q: oneLine(query.q ?? '') }
      const rows = await listRecipients(deps.db, scope, id, { ...choice, after: place && { answeredAt: place[0], rank: place[1] }, limit: query.limit + 1 })
      return pageOfRows(rows, query.limit, (row) => [row.answered_key, row.rank], (row) => recipientModel(id, row))
    },
  }),
]

/** Ranks are integers of the database. */
const MOST_RANK = 2_147_483_647
