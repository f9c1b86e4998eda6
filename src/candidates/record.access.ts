import type { FastifyRequest } from 'fastify'
import { getReachableCountries } from '../companies/queries.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { idParams } from '../web/ids.ts'
import { pattern } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { KINDS, type Kind } from './domain.ts'
import type { Actor } from './people.commands.ts'
import { findConsentAuthor } from './privacy.queries.ts'
import { findCandidate, listPhones } from './queries.ts'

/** What a route about one person is asked with. */
export type Asked = { Params: { id: string }; Querystring: Record<string, unknown>; Body: unknown }

/** The route pattern of an address with an id, for candidates and for contacts. */
export function patterns(address: (kind: Kind, id: number) => string): { kind: Kind; url: string }[] {
  return KINDS.map((kind) => ({ kind, url: pattern((id) => address(kind, id)) }))
}

export function idOf(request: FastifyRequest<Asked>): number {
  const params = idParams.safeParse(request.params)
  if (!params.success) throw notFound('candidate')
  return params.data.id
}

export function actorOf({ scope, userId, company }: Viewer): Actor {
  return { scope, userId, country: company.country, timeZone: company.timeZone }
}

export function sectionOf(kind: Kind): 'candidates' | 'contacts' {
  return kind === 'contact' ? 'contacts' : 'candidates'
}

/** Everything the record's pages tell; another company's is not there, and at a contact's address no candidate is. */
export async function getRecord({ db }: Pick<Deps, 'db'>, viewer: Viewer, kind: Kind | undefined, id: number) {
  const allowedCountries = await getReachableCountries(db, viewer.scope)
  const [record, phones, author] = await Promise.all([findCandidate(db, viewer.scope, id, allowedCountries), listPhones(db, viewer.scope, id), findConsentAuthor(db, viewer.scope, id)])
  if (!record || (kind !== undefined && record.kind !== kind)) throw notFound('candidate')
  return { record, phones, author, allowedCountries }
}
