import { hash } from 'node:crypto'
import { requireVisibleList } from '../candidates/access.ts'
import type { Kind } from '../candidates/domain.ts'
import { asDetail } from '../candidates/list.routes.ts'
import { readingOf } from '../candidates/page.queries.ts'
import { createPerson, editPerson } from '../candidates/people.commands.ts'
import { stateMark } from '../candidates/people.domain.ts'
import { readPersonForm } from '../candidates/people.input.ts'
import { findByExternalId, lockPerson, type Lookalike } from '../candidates/people.queries.ts'
import { changeConsent } from '../candidates/privacy.commands.ts'
import { lockConsent } from '../candidates/privacy.queries.ts'
import { actorOf } from '../candidates/record.access.ts'
import { listRecordPage, listRecords, type WholeRecord } from '../candidates/records.queries.ts'
import { countFound } from '../candidates/search.queries.ts'
import { getReachableCountries } from '../companies/queries.ts'
import { dateIn } from '../core/dates.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import type { CountryCode } from '../sms/phone.ts'
import type { z } from 'zod'
import { pageOfRows, readCursor } from './cursors.ts'
import { apiRoute, type ApiCall, type ApiRoute } from './endpoint.ts'
import { idParams } from './fields.ts'
import { candidate, candidateChange, candidatePage, contact, contactChange, contactPage, givenConsent, newCandidate, newContact, peopleQuery, type GivenPerson, type PeopleQuery } from './people.input.ts'
import { filtersOf, formOf, personFaults, personModel, type ToldPerson } from './people.views.ts'
import { ApiProblem, requirePrivilege, wrongField } from './problem.ts'

const SHAPES = {
  candidate: { one: candidate, page: candidatePage, made: newCandidate, change: candidateChange },
  contact: { one: contact, page: contactPage, made: newContact, change: contactChange },
} as const

export const candidateRoutes: readonly ApiRoute[] = routesOf('candidate')
export const contactRoutes: readonly ApiRoute[] = routesOf('contact')

function routesOf(kind: Kind): ApiRoute[] {
  const resource = `${kind}s` as const
  const Name = kind === 'candidate' ? 'Candidate' : 'Contact'
  // The same operations with different fields: what differs is in the schemas alone.
  const shapes = SHAPES[kind] as { one: z.ZodType<ToldPerson, ToldPerson>; page: z.ZodType<Page, Page>; made: z.ZodType<GivenPerson, GivenPerson>; change: z.ZodType<GivenPerson, GivenPerson> }
  return [
    apiRoute({
      id: `list${Name}s`, method: 'GET', path: `/${resource}`, resource, scope: `${resource}:read`, summary: `api.${resource}.list`, note: 'api.people.listNote',
      query: peopleQuery, response: shapes.page, problems: ['bad_cursor'],
      handle: (deps, call) => listPeople(deps, call, kind),
    }),
    apiRoute({
      id: `create${Name}`, method: 'POST', path: `/${resource}`, resource, scope: `${resource}:write`, summary: `api.${resource}.create`, note: 'api.people.createNote',
      body: shapes.made, response: shapes.one, status: 201, problems: ['duplicate', 'missing_privilege'],
      handle: (deps, call) => makePerson(deps, call, kind),
    }),
    apiRoute({
      id: `get${Name}`, method: 'GET', path: `/${resource}/{id}`, resource, scope: `${resource}:read`, summary: `api.${resource}.get`,
      params: idParams, response: shapes.one,
      handle: (deps, call) => getPerson(deps, call, kind, call.params.id),
    }),
    apiRoute({
      id: `update${Name}`, method: 'PATCH', path: `/${resource}/{id}`, resource, scope: `${resource}:write`, summary: `api.${resource}.update`, note: 'api.people.updateNote',
      params: idParams, body: shapes.change, response: shapes.one, problems: ['duplicate', 'changed_meanwhile'],
      handle: (deps, call) => changePerson(deps, call, kind),
    }),
    apiRoute({
      id: `set${Name}Consent`, method: 'PUT', path: `/${resource}/{id}/consent`, resource, scope: `${resource}:write`, summary: `api.${resource}.consent`, note: 'api.people.consentNote',
      params: idParams, body: givenConsent, response: shapes.one, problems: ['missing_privilege'],
      handle: (deps, call) => writeConsent(deps, call, kind),
    }),
  ]
}

type Page = { data: ToldPerson[]; next_cursor: string | null }
type Asked<Query, Body = unknown> = ApiCall<unknown, Query, Body>
type About<Body> = ApiCall<{ id: number }, unknown, Body>

async function listPeople(deps: Deps, { scope, viewer, query, t }: Asked<PeopleQuery>, kind: Kind): Promise<Page> {
  const { db } = deps
  const allowed = await getReachableCountries(db, scope)
  if (query.external_id !== undefined) {
    const found = await findByExternalId(db, scope, query.external_id)
    return { data: (found?.kind === kind ? await listRecords(db, scope, [found.id], allowed) : []).map(personModel), next_cursor: null }
  }
  const filters = asDetail(filtersOf(kind, query), viewer)
  if (filters.from !== '' && filters.until !== '' && filters.until < filters.from) throw new ApiProblem('invalid', { errors: [{ in: 'query', field: 'free_until', message: t('people.availability.problem.order') }] })
  await requireVisibleList(db, viewer, filters)
  const place = readCursor(query.cursor, ['text', 'id', 'number'])
  // How many match decides once how their pages are read.
  const isMany = place ? place[2] === 1 : readingOf(filters, await countFound(db, scope, filters, allowed)).isMany
  const rows = await listRecordPage(db, scope, { filters, allowedCountries: allowed, isMany, after: place && { name: place[0], id: place[1] } })
  return pageOfRows(rows, query.limit, (row) => [row.sort_name, row.id, isMany ? 1 : 0], personModel)
}

async function makePerson(deps: Deps, call: Asked<unknown, GivenPerson>, kind: Kind): Promise<ToldPerson> {
  const { viewer, body, t } = call
  if ('consent' in body && body.consent) requirePrivilege(viewer, 'consent.edit')
  const form = readPersonForm(formOf(body, undefined, ''), { kind, country: viewer.company.country as CountryCode, known: [] })
  const outcome = await createPerson(deps, actorOf(viewer), kind, form)
  if (outcome.ok) return getPerson(deps, call, kind, outcome.value.id)
  if (outcome.reason === 'alike') throw duplicates(outcome.detail)
  throw new ApiProblem('invalid', { errors: personFaults(t, outcome.detail.problems) })
}

async function getPerson({ db }: Deps, { scope, headers }: Pick<ApiCall, 'scope' | 'headers'>, kind: Kind, id: number): Promise<ToldPerson> {
  const [record] = await listRecords(db, scope, [id], await getReachableCountries(db, scope))
  if (record?.kind !== kind) throw notFound(kind)
  headers['etag'] = etagOf(record)
  return personModel(record)
}

async function changePerson(deps: Deps, call: About<GivenPerson>, kind: Kind): Promise<ToldPerson> {
  const { scope, viewer, body, t, params: { id } } = call
  // Held until the end of the request, so that nothing changes between what is read and what is written.
  const found = await deps.db.transaction().execute((trx) => lockPerson(trx, scope, id))
  if (found?.kind !== kind) throw notFound(kind)
  if (call.ifMatch !== undefined && call.ifMatch !== '*') {
    await getPerson(deps, call, kind, id)
    if (call.headers['etag'] !== call.ifMatch) throw new ApiProblem('changed_meanwhile')
  }
  const { person } = found
  const form = readPersonForm(formOf(body, person, stateMark(person)), { kind, country: viewer.company.country as CountryCode, known: person.phones.map(({ raw }) => raw) })
  const outcome = await editPerson(deps, actorOf(viewer), id, form)
  if (outcome.ok) return getPerson(deps, call, kind, id)
  if (outcome.reason === 'alike') throw duplicates(outcome.detail?.alike ?? [])
  if (outcome.reason === 'invalid') throw new ApiProblem('invalid', { errors: personFaults(t, outcome.detail?.problems ?? []) })
  throw outcome.reason === 'changed' ? new ApiProblem('changed_meanwhile') : notFound(kind)
}

async function writeConsent(deps: Deps, call: About<z.output<typeof givenConsent>>, kind: Kind): Promise<ToldPerson> {
  const { scope, viewer, body, t, params: { id } } = call
  requirePrivilege(viewer, 'consent.edit')
  const today = dateIn(viewer.company.timeZone, new Date())
  const saidOn = body.said_on ?? today
  if (saidOn > today) throw wrongField('said_on', t('people.consent.problem.future'))
  const before = await getPerson(deps, call, kind, id)
  const now = await deps.db.transaction().execute((trx) => lockConsent(trx, scope, id))
  // Said again: it is known.
  const isSame = now?.isGiven === body.given && before.consent.source === body.source && before.consent.at !== null && dateIn(viewer.company.timeZone, new Date(before.consent.at)) === saidOn
  if (isSame) return before
  const outcome = await changeConsent(deps, scope, { candidateId: id, isGiven: body.given, was: now?.isGiven ?? false, source: body.source, saidOn, userId: viewer.userId })
  if (!outcome.ok) throw outcome.reason === 'not_found' ? notFound(kind) : new ApiProblem('conflict', { reason: 'changed' })
  return getPerson(deps, call, kind, id)
}

function duplicates(alike: readonly Lookalike[]): ApiProblem {
  return new ApiProblem('duplicate', { facts: { duplicates: alike.map(({ id, kind, e164, email }) => ({ id, kind, phone: e164, email })) } })
}

/** Changes whenever something of the record does. */
function etagOf(record: WholeRecord): string {
  return `"${hash('sha256', JSON.stringify(personModel(record)), 'hex').slice(0, 24)}"`
}
