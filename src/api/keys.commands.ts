import { timingSafeEqual } from 'node:crypto'
import { customAlphabet } from 'nanoid'
import { findViewer } from '../auth/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { countHit } from '../web/rate-limit.queries.ts'
import { hashToken } from '../web/secrets.ts'
import type { Viewer } from '../web/viewer.ts'
import { API_SCOPES, KEY_PATTERN, KEY_RANDOM_LENGTH, KEY_SIGNS, WRONG_KEYS, keyState, type ApiKey, type ApiScope, type KeyKind } from './domain.ts'
import { findKeyByHash, insertKey, listActors, revokeKey, touchKey } from './keys.queries.ts'
import { ApiProblem } from './problem.ts'

const randomPart = customAlphabet(KEY_SIGNS, KEY_RANDOM_LENGTH)

export type KeyForm = { name: string; kind: KeyKind; scopes: readonly ApiScope[]; userId: number; days: number | null; formId: string }

/** The key itself is told this once; what is kept cannot be turned back into it. */
export async function makeKey(deps: Pick<Deps, 'db'>, { scope, userId }: Viewer, form: KeyForm): Promise<Outcome<{ id: number; key: string }, 'no_person' | 'twice'>> {
  const key = `dispo_${form.kind}_${randomPart()}`
  return deps.db.transaction().execute(async (trx) => {
    if (!(await listActors(trx, scope)).some(({ id }) => id === form.userId)) return refused('no_person')
    const id = await insertKey(trx, scope, { ...form, hint: key.slice(-4), hash: hashToken(key), createdBy: userId })
    if (id === undefined) return refused('twice')
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'api_key.created', subjectKind: 'api_key', subjectId: id, detail: { name: form.name, kind: form.kind, scopes: form.scopes, actsFor: form.userId } })
    return done({ id, key })
  })
}

/** From the commit on no request with it is answered. */
export async function endKey(deps: Pick<Deps, 'db'>, { scope, userId }: Viewer, id: number): Promise<Outcome<{ name: string }, 'gone'>> {
  return deps.db.transaction().execute(async (trx) => {
    const name = await revokeKey(trx, scope, id, userId)
    if (name === undefined) return refused('gone')
    await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'api_key.revoked', subjectKind: 'api_key', subjectId: id, detail: { name } })
    return done({ name })
  })
}

/**
 * Who asks. A key is looked up by its hash, so that how long it takes tells nothing of other keys. Only whoever has the whole key hears
 * what has become of it. `place`: where wrong keys are counted.
 */
export async function authenticate({ db }: Pick<Deps, 'db'>, authorization: string | undefined, place: string): Promise<{ key: ApiKey; viewer: Viewer }> {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? ''
  if (!KEY_PATTERN.test(given)) return refuseKey(db, place)
  const hash = hashToken(given)
  const found = await findKeyByHash(db, hash)
  if (!found || !timingSafeEqual(found.token_hash, hash)) return refuseKey(db, place)
  const state = keyState(found, found.now)
  if (state !== 'active') throw new ApiProblem(state === 'revoked' ? 'key_revoked' : 'key_expired')
  const viewer = await findViewer(db, found.user_id)
  if (!viewer) throw new ApiProblem('person_inactive')
  if (found.isStale) await touchKey(db, found.id)
  const scopes = new Set(API_SCOPES.filter((scope) => found.scopes.includes(scope)))
  return { key: { id: found.id, kind: found.kind, name: found.name, scopes }, viewer }
}

async function refuseKey(db: Deps['db'], place: string): Promise<never> {
  const { hits, secondsLeft } = await countHit(db, `api wrong ${place}`, WRONG_KEYS.windowSeconds)
  if (hits > WRONG_KEYS.most) throw new ApiProblem('too_many_requests', { headers: { 'retry-after': String(secondsLeft) } })
  throw new ApiProblem('unauthenticated')
}
