import { done, refused, type Outcome } from '../core/outcome.ts'
import { Problem } from '../core/problem.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { limitRate, subscriber } from '../web/rate-limit.ts'
import { countHit, forgetHits } from '../web/rate-limit.queries.ts'
import { keyedHash, open, seal } from '../web/secrets.ts'
import type { Viewer } from '../web/viewer.ts'
import { CODE_LIMITS, SETUP_SECONDS } from './domain.ts'
import { deleteFactor, findFactor, insertFactor, replaceRecoveryCodes, useRecoveryCode, useStep } from './factors.queries.ts'
import { isPassword } from './password.ts'
import { findPasswordHash, findUser, recordInJournal } from './queries.ts'
import { isDeviceOf } from './sessions.queries.ts'
import { recordSlowed } from './slowed.commands.ts'
import { generateSecret, newRecoveryCodes, readRecoveryCode, stepOf } from './totp.ts'

type FactorDeps = Pick<Deps, 'db' | 'config'>

/** A secret to be scanned, and the same sealed for the form that brings it back: nothing is stored until a code proves it. */
export function newSetup(deps: Pick<Deps, 'config'>, userId: number, now: number): { secret: string; setup: string } {
  const secret = generateSecret()
  return { secret, setup: seal(deps.config.secretKey, 'factor setup', JSON.stringify({ userId, secret, at: now })) }
}

/** The secret of a form of ours; undefined where it is somebody else's, too old, or invented. */
export function readSetup(deps: Pick<Deps, 'config'>, userId: number, setup: string, now: number): string | undefined {
  const text = open(deps.config.secretKey, 'factor setup', setup)
  const given = text === undefined ? undefined : (JSON.parse(text) as { userId: number; secret: string; at: number })
  return given?.userId === userId && now - given.at < SETUP_SECONDS * 1000 ? given.secret : undefined
}

/** Switches the second factor on; the recovery codes are given out here and never again. */
export async function enrol(deps: FactorDeps, viewer: Viewer, secret: string, code: string): Promise<Outcome<{ codes: string[] }, 'wrong' | 'is_on'>> {
  await limitRate(deps.db, `factor-setup ${viewer.userId}`, CODE_LIMITS.pair.tries * 2, CODE_LIMITS.pair.windowSeconds)
  const step = stepOf(secret, code, await getNow(deps.db))
  if (step === undefined) return refused('wrong')
  return deps.db.transaction().execute(async (trx) => {
    if (!(await insertFactor(trx, viewer.scope, viewer.userId, seal(deps.config.secretKey, 'second factor', secret), step))) return refused('is_on')
    const codes = newRecoveryCodes()
    await replaceRecoveryCodes(trx, viewer.scope, viewer.userId, hashesOf(deps, viewer.userId, codes))
    await journal(trx, viewer, 'factor.added')
    return done({ codes })
  })
}

export async function renewCodes(deps: FactorDeps, viewer: Viewer, password: string): Promise<Outcome<{ codes: string[] }, 'password' | 'is_off'>> {
  if (!(await isOwnPassword(deps, viewer, password))) return refused('password')
  if (!(await findFactor(deps.db, viewer.userId))) return refused('is_off')
  const codes = newRecoveryCodes()
  await deps.db.transaction().execute(async (trx) => {
    await replaceRecoveryCodes(trx, viewer.scope, viewer.userId, hashesOf(deps, viewer.userId, codes))
    await journal(trx, viewer, 'factor.codes_renewed')
  })
  return done({ codes })
}

export async function removeOwnFactor(deps: FactorDeps, viewer: Viewer, password: string): Promise<Outcome<true, 'password' | 'is_off'>> {
  if (!(await isOwnPassword(deps, viewer, password))) return refused('password')
  return deps.db.transaction().execute(async (trx) => {
    if (!(await deleteFactor(trx, viewer.scope, viewer.userId))) return refused('is_off')
    await journal(trx, viewer, 'factor.removed')
    return done(true as const)
  })
}

/** The second step of signing in: a code of the app, or one of the recovery codes; each counts once. */
export async function checkCode(deps: FactorDeps & Pick<Deps, 'queue'>, given: { userId: number; typed: string; address: string; deviceHash: Buffer | undefined }): Promise<Outcome<true, 'wrong'>> {
  const { userId, address, deviceHash } = given
  const isOwnDevice = deviceHash !== undefined && (await isDeviceOf(deps.db, userId, deviceHash))
  const pair = `code-one ${userId} ${isOwnDevice ? deviceHash.toString('base64url') : subscriber(address)}`
  const user = await findUser(deps.db, userId)
  // From elsewhere all tries together are few; whoever knows the password cannot keep the owner's own browser out.
  for (const limit of [{ key: pair, ...CODE_LIMITS.pair }, ...(isOwnDevice ? [] : [{ key: `code-to ${userId}`, ...CODE_LIMITS.account }])]) {
    const { hits, secondsLeft } = await countHit(deps.db, limit.key, limit.windowSeconds)
    if (hits === limit.tries + 1) await recordSlowed(deps, { user, what: 'code', secondsLeft })
    if (hits > limit.tries) throw new Problem('too-many', { seconds: secondsLeft })
  }
  const way = user && (await useCode(deps, userId, given.typed))
  if (!user || !way) {
    if (user) await recordInJournal(deps.db, { companyId: user.company_id, userId, action: 'sign_in.code_refused' })
    return refused('wrong')
  }
  if (way === 'recovery') await recordInJournal(deps.db, { companyId: user.company_id, userId, action: 'sign_in.recovery_code' })
  await forgetHits(deps.db, pair)
  return done(true as const)
}

async function useCode(deps: FactorDeps, userId: number, typed: string): Promise<'app' | 'recovery' | undefined> {
  const factor = await findFactor(deps.db, userId)
  const secret = factor && open(deps.config.secretKey, 'second factor', factor.secret)
  if (!secret) return undefined
  const step = stepOf(secret, typed.replace(/\s/g, ''), await getNow(deps.db))
  if (step !== undefined) return (await useStep(deps.db, userId, step)) ? 'app' : undefined
  const recovery = readRecoveryCode(typed)
  return recovery !== undefined && (await useRecoveryCode(deps.db, userId, hashOf(deps, userId, recovery))) ? 'recovery' : undefined
}

/** What guards the account asks for the password once more: a session left open is not enough. */
export async function isOwnPassword(deps: Pick<Deps, 'db'>, viewer: Viewer, password: string): Promise<boolean> {
  const key = `own-password ${viewer.userId}`
  await limitRate(deps.db, key, CODE_LIMITS.pair.tries, CODE_LIMITS.pair.windowSeconds)
  const matches = await isPassword(password, await findPasswordHash(deps.db, viewer.scope, viewer.userId))
  if (matches) await forgetHits(deps.db, key)
  return matches
}

function hashesOf(deps: FactorDeps, userId: number, codes: readonly string[]): Buffer[] {
  return codes.map((code) => hashOf(deps, userId, code.replaceAll('-', '')))
}

function hashOf({ config }: FactorDeps, userId: number, code: string): Buffer {
  return keyedHash(config.secretKey, 'recovery code', `${userId} ${code}`)
}

async function journal(db: Deps['db'], { scope, userId }: Viewer, action: 'factor.added' | 'factor.removed' | 'factor.codes_renewed'): Promise<void> {
  await recordInJournal(db, { companyId: scope.companyId, userId, action, subjectKind: 'user', subjectId: userId })
}
