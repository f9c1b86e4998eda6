import { done, refused, type Outcome } from '../core/outcome.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { countHit, forgetHits, returnHit } from '../web/rate-limit.queries.ts'
import { subscriber } from '../web/rate-limit.ts'
import { SIGN_IN_LIMITS } from './domain.ts'
import { isPassword } from './password.ts'
import { findUserByEmail, recordInJournal } from './queries.ts'
import { isKnownDevice } from './sessions.queries.ts'
import { recordSlowed } from './slowed.commands.ts'

/** `isOwn`: of one account, whose owner hears of it. */
type Limit = { key: string; tries: number; windowSeconds: number; isOwn: boolean }
export type SignInAttempt = { email: string; password: string; address: string; deviceHash: Buffer | undefined }

/**
 * Checks a password. The refusal never says which part was wrong, and costs the same time for an unknown address. Every
 * try is counted before it is made, so that many at once count too, and given back where it was right.
 */
export async function signIn(deps: Pick<Deps, 'db' | 'queue'>, attempt: SignInAttempt): Promise<Outcome<{ userId: number; hasFactor: boolean }, 'refused' | 'elsewhere'>> {
  const limits = await limitsOf(deps, attempt)
  for (const limit of limits) await countTry(deps, attempt, limit)

  const user = await findUserByEmail(deps.db, attempt.email)
  const matches = await isPassword(attempt.password, user?.password_hash)
  if (!user || !matches || user.disabled_at) {
    if (user) await recordInJournal(deps.db, { companyId: user.company_id, userId: user.id, action: 'sign_in.refused' })
    return refused('refused')
  }
  for (const { key } of limits) {
    // Whoever tries many accounts must not wipe out the count with a password of their own.
    if (key.startsWith('sign-in-one')) await forgetHits(deps.db, key)
    else await returnHit(deps.db, key)
  }
  // Said only to who knows the password: the company wants its people to come through its provider.
  if (user.is_sent_elsewhere) return refused('elsewhere')
  return done({ userId: user.id, hasFactor: user.has_factor })
}

async function limitsOf(deps: Pick<Deps, 'db'>, { email, address, deviceHash }: SignInAttempt): Promise<Limit[]> {
  const account = email.toLowerCase()
  if (deviceHash && (await isKnownDevice(deps.db, account, deviceHash))) return [{ key: `sign-in-one ${account} ${deviceHash.toString('base64url')}`, ...SIGN_IN_LIMITS.device, isOwn: true }]
  const place = subscriber(address)
  return [
    { key: `sign-in-from ${place}`, ...SIGN_IN_LIMITS.subscriber, isOwn: false },
    { key: `sign-in-one ${account} ${place}`, ...SIGN_IN_LIMITS.pair, isOwn: true },
    { key: `sign-in-to ${account}`, ...SIGN_IN_LIMITS.account, isOwn: true },
  ]
}

/** Throws 429 when there have been too many; the first time in a window the journal says so. */
async function countTry(deps: Pick<Deps, 'db' | 'queue'>, { email }: SignInAttempt, { key, tries, windowSeconds, isOwn }: Limit): Promise<void> {
  const { hits, secondsLeft } = await countHit(deps.db, key, windowSeconds)
  if (hits <= tries) return
  if (hits === tries + 1) {
    const user = await findUserByEmail(deps.db, email)
    if (isOwn) await recordSlowed(deps, { user, what: 'password', secondsLeft })
    else await recordInJournal(deps.db, { companyId: user?.company_id ?? null, userId: user?.id ?? null, action: 'sign_in.slowed', detail: { minutes: Math.ceil(secondsLeft / 60) } })
  }
  throw new Problem('too-many', { seconds: secondsLeft })
}
