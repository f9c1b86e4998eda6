import { done, refused, type Outcome } from '../core/outcome.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { countHit, forgetHits, readHits } from '../web/rate-limit.queries.ts'
import { subscriber } from '../web/rate-limit.ts'
import { SIGN_IN_LIMIT } from './domain.ts'
import { isPassword } from './password.ts'
import { findUserByEmail, recordInJournal, recordSignIn } from './queries.ts'

/**
 * Checks a password. The refusal never says which part was wrong, and costs the same time for an unknown address.
 * Failures are counted for the account and the subscriber together, so that one cannot lock the other out.
 */
export async function signIn(deps: Pick<Deps, 'db'>, email: string, password: string, address: string): Promise<Outcome<{ userId: number }, 'refused'>> {
  const key = `sign-in ${email.toLowerCase()} ${subscriber(address)}`
  const { tries, windowSeconds } = SIGN_IN_LIMIT
  const { hits, secondsLeft } = await readHits(deps.db, key, windowSeconds)
  if (hits >= tries) throw new Problem('too-many', { seconds: secondsLeft })

  const user = await findUserByEmail(deps.db, email)
  const matches = await isPassword(password, user?.password_hash)
  if (!user || !matches || user.disabled_at) {
    await countHit(deps.db, key, windowSeconds)
    if (user) await recordInJournal(deps.db, { companyId: user.company_id, userId: user.id, action: 'sign_in.refused' })
    return refused('refused')
  }
  await forgetHits(deps.db, key)
  await recordSignIn(deps.db, user.id)
  await recordInJournal(deps.db, { companyId: user.company_id, userId: user.id, action: 'sign_in.done' })
  return done({ userId: user.id })
}
