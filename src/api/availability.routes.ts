import { setAvailabilityByHand } from '../candidates/availability.commands.ts'
import { findNewestPeriod, listPeriods, type PeriodRow } from '../candidates/periods.queries.ts'
import { findCandidate, type CandidateRecord } from '../candidates/queries.ts'
import { encodeCursor } from '../core/paging.ts'
import { notFound } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import { availability, givenAvailability, periodPage, periodsQuery, type ToldAvailability, type ToldPeriod } from './availability.input.ts'
import { readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { idParams, isoMoment } from './fields.ts'
import { ApiProblem, wrongField } from './problem.ts'

type Call = Pick<ApiCall, 'scope'> & { params: { id: number } }

/** When somebody is free: what the record says, as it was ever said, and saying it anew. */
export const availabilityRoutes: readonly ApiRoute[] = [
  apiRoute({
    id: 'getAvailability', method: 'GET', path: '/candidates/{id}/availability', resource: 'availability', scope: 'availability:read', summary: 'apiCampaigns.op.availability', note: 'apiCampaigns.op.availabilityNote',
    params: idParams, response: availability,
    handle: (deps, call) => showAvailability(deps, call),
  }),
  apiRoute({
    id: 'listAvailabilityPeriods', method: 'GET', path: '/candidates/{id}/availability/history', resource: 'availability', scope: 'availability:read', summary: 'apiCampaigns.op.periods', note: 'apiCampaigns.op.periodsNote',
    params: idParams, query: periodsQuery, response: periodPage, problems: ['bad_cursor'],
    handle: async ({ db }, { scope, params: { id }, query: { cursor } }) => {
      await getRecord(db, scope, id)
      const { rows, hasMore } = await listPeriods(db, scope, id, readCursor(cursor, ['id'])?.[0])
      const last = rows.at(-1)
      return { data: rows.map(periodModel), next_cursor: hasMore && last ? encodeCursor([last.id]) : null }
    },
  }),
  apiRoute({
    id: 'setAvailability', method: 'PUT', path: '/candidates/{id}/availability', resource: 'availability', scope: 'availability:write', summary: 'apiCampaigns.op.setAvailability', note: 'apiCampaigns.op.setAvailabilityNote',
    params: idParams, body: givenAvailability, response: availability, problems: ['conflict'],
    handle: async (deps, call) => {
      const { scope, viewer, body, t, params: { id } } = call
      const { from, until } = body.state === 'available' ? body : { from: null, until: null }
      if (from && until && until < from) throw wrongField('until', t('apiCampaigns.fault.order'))
      await getRecord(deps.db, scope, id)
      const outcome = await setAvailabilityByHand(deps, scope, { candidateId: id, userId: viewer.userId, seen: body.based_on ?? 0, availability: body.state, from, until })
      if (outcome.ok) return showAvailability(deps, call)
      if (outcome.reason === 'not_found') throw notFound('candidate')
      throw new ApiProblem('conflict', { reason: 'changed', words: 'apiCampaigns.fault.changed', facts: { newest: periodModel(outcome.detail) } })
    },
  }),
]

async function showAvailability({ db }: Pick<Deps, 'db'>, { scope, params: { id } }: Call): Promise<ToldAvailability> {
  const record = await getRecord(db, scope, id)
  const newest = await findNewestPeriod(db, scope, id)
  const isAvailable = record.availability === 'available'
  // Dates of another word, or of a period that is over, say nothing.
  return { candidate_id: id, state: record.availability, from: isAvailable ? record.available_from : null, until: isAvailable ? record.available_until : null, newest: newest ? periodModel(newest) : null }
}

/** A candidate's, as the address says; contacts have theirs. */
async function getRecord(db: Db, scope: CompanyScope, id: number): Promise<CandidateRecord> {
  const record = await findCandidate(db, scope, id, [])
  if (record?.kind !== 'candidate') throw notFound('candidate')
  return record
}

function periodModel(row: PeriodRow): ToldPeriod {
  const { id, availability: state, available_from: from, available_until: until, is_over, at, source, answer_source, campaign_id, user_name } = row
  return { id, state, from, until, is_over, at: isoMoment(at), source, answer_source, campaign_id, set_by: user_name }
}
