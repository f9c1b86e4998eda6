import { answerPage, answersQuery, campaignAnswersQuery, type ToldAnswer } from './answers.input.ts'
import { listAnswersSince, listCampaignAnswers, type AnswerRow } from './answers.queries.ts'
import { getCampaign } from './campaigns.routes.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiRoute } from './endpoint.ts'
import { idParams, isoMoment } from './fields.ts'
import { knownNumber } from './recipients.views.ts'

/** What people answered, with every version of it. */
export const answerRoutes: readonly ApiRoute[] = [
  apiRoute({
    id: 'listAnswers', method: 'GET', path: '/answers', resource: 'answers', scope: 'answers:read', summary: 'apiCampaigns.op.answers', note: 'apiCampaigns.op.answersNote',
    query: answersQuery, response: answerPage, problems: ['bad_cursor'],
    handle: async ({ db }, { scope, query: { since, cursor, limit } }) => {
      const place = readCursor(cursor, ['moment', 'id'])
      const rows = await listAnswersSince(db, scope, { since: since === undefined ? undefined : new Date(since), after: place && { at: place[0], recipientId: place[1] }, limit: limit + 1 })
      return pageOfRows(rows, limit, (row) => [row.answered_key, row.recipient_id], answerModel)
    },
  }),
  apiRoute({
    id: 'listCampaignAnswers', method: 'GET', path: '/campaigns/{id}/answers', resource: 'answers', scope: 'answers:read', summary: 'apiCampaigns.op.campaignAnswers', note: 'apiCampaigns.op.campaignAnswersNote',
    params: idParams, query: campaignAnswersQuery, response: answerPage, problems: ['bad_cursor'],
    handle: async (deps, call) => {
      const { scope, params: { id }, query: { cursor, limit } } = call
      await getCampaign(deps, call, id)
      const rows = await listCampaignAnswers(deps.db, scope, id, { after: readCursor(cursor, ['id'])?.[0] ?? 0, limit: limit + 1 })
      return pageOfRows(rows, limit, (row) => [row.recipient_id], answerModel)
    },
  }),
]

function answerModel(row: AnswerRow): ToldAnswer {
  const { recipient_id, campaign_id, candidate_id, choice, available_from, available_until, comment, source, answered_by, version } = row
  return {
    recipient_id, campaign_id, candidate_id, phone: knownNumber(row.e164), choice, available_from, available_until, comment, source, answered_by, version,
    answered_at: isoMoment(row.answered_at), first_answered_at: isoMoment(row.first_answered_at),
    versions: row.versions.map(({ answered_at, ...said }) => ({ ...said, answered_at: isoMoment(new Date(answered_at)) })),
  }
}
