import { recordOptIn } from '../consent/queries.ts'
import { mayLift } from '../consent/domain.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { listPhones } from './queries.ts'
import { lockConsent, setConsents, type ConsentChange } from './privacy.queries.ts'

/**
 * Writes down that a person agreed to be texted, or no longer does (S7, S42). `was`: what the page said when it was made; somebody
 * else may have written something else meanwhile. An opt-out of the number is another fact and stays.
 */
export async function changeConsent(deps: Pick<Deps, 'db'>, scope: CompanyScope, change: ConsentChange & { was: boolean }): Promise<Outcome<true, 'not_found' | 'changed'>> {
  return deps.db.transaction().execute(async (trx) => {
    const now = await lockConsent(trx, scope, change.candidateId)
    if (!now) return refused('not_found')
    if (now.isGiven !== change.was) return refused('changed')
    await setConsents(trx, scope, [change])
    await recordInJournal(trx, {
      companyId: scope.companyId, userId: change.userId, action: change.isGiven ? 'consent.given' : 'consent.withdrawn', subjectKind: 'candidate', subjectId: change.candidateId, detail: { source: change.source, saidOn: change.saidOn },
    })
    return done(true as const)
  })
}

/** Takes back an opt-out that the agency itself wrote down or read in a text, and says why. What the person or the provider said stays theirs (S103). */
export async function optInByRecruiter(
  deps: Pick<Deps, 'db'>,
  scope: CompanyScope,
  asked: { candidateId: number; e164: string; userId: number; reason: string },
): Promise<Outcome<{ isNew: boolean }, 'not_found' | 'not_ours'>> {
  return deps.db.transaction().execute(async (trx) => {
    const phone = (await listPhones(trx, scope, asked.candidateId)).find(({ e164 }) => e164 === asked.e164)
    if (!phone) return refused('not_found')
    if (phone.opted_out_at !== null && !mayLift(phone)) return refused('not_ours')
    const isNew = await recordOptIn(trx, scope, { e164: asked.e164, source: 'recruiter', userId: asked.userId, reason: asked.reason })
    if (!isNew && phone.opted_out_at !== null) return refused('not_ours')
    if (isNew) await recordInJournal(trx, { companyId: scope.companyId, userId: asked.userId, action: 'opt_out.lifted', subjectKind: 'candidate', subjectId: asked.candidateId, detail: { reason: asked.reason } })
    return done({ isNew })
  })
}
