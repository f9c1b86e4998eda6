import { recordOptOut } from '../consent/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { addFollowUpNote, hasCandidate, listPhones } from './queries.ts'

/** A recruiter writes a note on a record. */
export async function writeNote(deps: Pick<Deps, 'db'>, scope: CompanyScope, note: { candidateId: number; userId: number; body: string }): Promise<Outcome<number, 'not_found'>> {
  if (!(await hasCandidate(deps.db, scope, note.candidateId))) return refused('not_found')
  return done(await addFollowUpNote(deps.db, scope, { ...note, kind: 'manual' }))
}

/** A candidate told a recruiter not to be texted. The number opts out for the whole company (S46); it must stand on this record. */
export async function optOutByRecruiter(
  deps: Pick<Deps, 'db'>,
  scope: CompanyScope,
  asked: { candidateId: number; e164: string; userId: number },
): Promise<Outcome<{ isNew: boolean }, 'not_found'>> {
  const phones = await listPhones(deps.db, scope, asked.candidateId)
  if (!phones.some(({ e164, is_textable }) => e164 === asked.e164 && is_textable)) return refused('not_found')
  return done({ isNew: await recordOptOut(deps.db, scope, { e164: asked.e164, source: 'recruiter', userId: asked.userId }) })
}
