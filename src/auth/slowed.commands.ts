import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { queueMail } from '../mail/commands.ts'
import { paths } from '../web/paths.ts'
import { countHit } from '../web/rate-limit.queries.ts'
import type { Language } from '../words/define.ts'
import { SLOWED_MAIL_SECONDS, type SlowedWhat } from './domain.ts'
import { slowedLetter } from './letters.ts'
import { findPasswordHash, findUser, recordInJournal } from './queries.ts'

type Slowed = { user: { id: number; company_id: number } | undefined; what: SlowedWhat; secondsLeft: number }

/**
 * Takes down that an account has to wait. Whether anybody has it is written the same way, and a worker sends the mail: neither the
 * answer nor its time says more to whoever tries.
 */
export async function recordSlowed(deps: Pick<Deps, 'db' | 'queue'>, { user, what, secondsLeft }: Slowed): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    await recordInJournal(trx, { companyId: user?.company_id ?? null, userId: user?.id ?? null, action: 'sign_in.slowed', detail: { minutes: Math.ceil(secondsLeft / 60) } })
    await deps.queue.enqueue(trx, 'auth.tell-slowed', { userId: user?.id ?? 0, what, until: Date.now() + secondsLeft * 1000 })
  })
}

/** Tells the owner, unless they were told within the hour. Who has no password here has none to be guessed. */
export async function tellSlowed(deps: Pick<Deps, 'db' | 'queue' | 'config'>, { userId, what, until }: { userId: number; what: SlowedWhat; until: number }): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const user = await findUser(trx, userId)
    if (!user || (await findPasswordHash(trx, companyScope(user.company_id), user.id)) === null) return
    if ((await countHit(trx, `slowed-mail ${what} ${user.id}`, SLOWED_MAIL_SECONDS)).hits > 1) return
    const to = { companyId: user.company_id, companyName: user.company_name, timeZone: user.time_zone, email: user.email, name: user.name, language: user.language as Language }
    await queueMail(trx, deps, slowedLetter(to, what, { until: new Date(until), loginUrl: deps.config.appUrl + paths.login }))
  })
}
