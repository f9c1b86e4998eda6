import { z } from 'zod'
import { OPT_IN_REASON_LENGTH, OPT_OUT_SOURCES } from '../consent/domain.ts'
import { hearErased } from '../consent/erased.queries.ts'
import { findOptOut, listOptOuts, type OptOutRow } from '../consent/opt-outs.queries.ts'
import { recordOptIn, recordOptOut } from '../consent/queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { parsePhone, type CountryCode } from '../sms/phone.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { e164, isoMoment, line, moment, pageOf, pageQuery } from './fields.ts'
import { ApiProblem, requirePrivilege, wrongField } from './problem.ts'

const optOut = z.object({
  phone: e164(),
  source: z.enum(OPT_OUT_SOURCES).meta({ words: 'api.optOut.source', examples: ['api'] }),
  opted_out_at: moment(),
}).meta({ id: 'OptOut' })
const optOutPage = pageOf(optOut).meta({ id: 'OptOutPage' })
const optOutsQuery = z.strictObject({ ...pageQuery, since: moment().optional().meta({ words: 'api.optOut.since' }) })
const phoneParams = z.strictObject({ phone: e164().meta({ words: 'api.optOut.phone' }) })
const newOptOut = z.strictObject({ phone: line(100).min(1).meta({ words: 'api.person.number', examples: ['+33639980001'] }) }).meta({ id: 'NewOptOut' })
const lifting = z.strictObject({ reason: line(OPT_IN_REASON_LENGTH).min(1).regex(/\S/u).meta({ words: 'api.optOut.reason', examples: ['Saisi par erreur'] }) }).meta({ id: 'OptOutLifting' })

const read = { resource: 'opt_outs', scope: 'opt_outs:read' } as const
const write = { resource: 'opt_outs', scope: 'opt_outs:write' } as const

export const optOutRoutes: readonly ApiRoute[] = [
  apiRoute({
    ...read, id: 'listOptOuts', method: 'GET', path: '/opt-outs', summary: 'api.optOuts.list', note: 'api.optOuts.listNote', query: optOutsQuery, response: optOutPage, problems: ['bad_cursor'],
    handle: async ({ db }, { scope, query }) => {
      const place = readCursor(query.cursor, ['moment', 'text'])
      const rows = await listOptOuts(db, scope, { since: query.since === undefined ? undefined : new Date(query.since), before: place && { at: place[0], e164: place[1] }, limit: query.limit + 1 })
      return pageOfRows(rows, query.limit, (row) => [row.at_key, row.e164], optOutModel)
    },
  }),
  apiRoute({
    ...write, id: 'createOptOut', method: 'POST', path: '/opt-outs', summary: 'api.optOuts.create', note: 'api.optOuts.createNote', body: newOptOut, response: optOut,
    handle: async (deps, call) => {
      const { scope, viewer, t } = call
      const phone = parsePhone(call.body.phone, viewer.company.country as CountryCode)
      if (!phone.ok) throw wrongField('phone', t('api.fault.phone'))
      // Somebody who was erased: what is kept of the number is its hash, and the STOP with it.
      if (await hearErased(deps.db, deps.config.secretKey, { companyId: scope.companyId, e164: phone.e164 }, 'stop', 'api')) return { phone: phone.e164, source: 'api' as const, opted_out_at: isoMoment(new Date()) }
      await recordOptOut(deps.db, scope, { e164: phone.e164, source: 'api', userId: viewer.userId })
      return getOptOut(deps, call, phone.e164)
    },
  }),
  apiRoute({
    ...read, id: 'getOptOut', method: 'GET', path: '/opt-outs/{phone}', summary: 'api.optOuts.get', note: 'api.optOuts.getNote', params: phoneParams, response: optOut,
    handle: (deps, call) => getOptOut(deps, call, call.params.phone),
  }),
  apiRoute({
    ...write, id: 'liftOptOut', method: 'POST', path: '/opt-outs/{phone}/lifting', summary: 'api.optOuts.lift', note: 'api.optOuts.liftNote', params: phoneParams, body: lifting, problems: ['conflict', 'missing_privilege'],
    handle: async (deps, call) => {
      const { scope, viewer, params, body } = call
      requirePrivilege(viewer, 'consent.edit')
      await getOptOut(deps, call, params.phone)
      const reason = body.reason.trim()
      if (!(await recordOptIn(deps.db, scope, { e164: params.phone, source: 'api', userId: viewer.userId, reason }))) throw new ApiProblem('conflict', { reason: 'not_ours', words: 'api.conflict.not_ours' })
      await recordInJournal(deps.db, { companyId: scope.companyId, userId: viewer.userId, action: 'opt_out.lifted_by_api', subjectKind: 'api_key', subjectId: call.key.id, detail: { name: call.key.name, reason } })
    },
  }),
]

async function getOptOut({ db }: Deps, { scope }: Pick<ApiCall, 'scope'>, phone: string) {
  const found = await findOptOut(db, scope, phone)
  if (!found) throw notFound('opt-out')
  return optOutModel(found)
}

function optOutModel({ e164: phone, source, opted_out_at }: OptOutRow) {
  return { phone, source, opted_out_at: isoMoment(opted_out_at) }
}
