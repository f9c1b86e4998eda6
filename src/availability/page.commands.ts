import { addFollowUpNote, setAvailability } from '../candidates/queries.ts'
import { dateIn } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import { getNow } from '../db/clock.queries.ts'
import type { Deps } from '../deps.ts'
import { tell, type Topic } from '../notifications/commands.ts'
import { availabilityAfter, type Answer } from './domain.ts'
import { leftNote } from './notes.ts'
import { findPageState } from './page.queries.ts'
import { lockProfiles, lockRecipient } from './queries.ts'

/**
 * Somebody says when they are free on the page of a campaign that is over: it goes onto the record and into its notes, and the
 * campaign counts nothing. The same form sent again writes nothing. 'open': answers are taken again, so the page asks for one.
 */
export async function leaveAvailability(deps: Pick<Deps, 'db'>, scope: CompanyScope, recipientId: number, given: Answer & { formId: string }): Promise<Outcome<true, 'open' | 'unknown'>> {
  return deps.db.transaction().execute(async (trx): Promise<Outcome<true, 'open' | 'unknown'>> => {
    const recipient = await lockRecipient(trx, scope, recipientId)
    if (!recipient) return refused('unknown')
    const profiles = await lockProfiles(trx, scope, recipientId)
    if (profiles.length === 0) return refused('unknown')
    const { isOpen, isRepeat } = await findPageState(trx, scope, recipientId, given.formId)
    if (isRepeat) return done(true as const)
    if (isOpen) return refused('open')
    const now = await getNow(trx)
    const { campaignId, timeZone } = recipient
    for (const { candidateId, ...current } of profiles) {
      const record = availabilityAfter('availability', given, current, dateIn(timeZone, now))
      if (record) await setAvailability(trx, scope, { candidateId, ...record, source: 'page', formId: given.formId, campaignId })
      await addFollowUpNote(trx, scope, { candidateId, kind: 'automatic', body: leftNote(given, recipient, now), campaignId })
    }
    await tell(trx, profiles.map(({ candidateId }): Topic => `candidate:${candidateId}`))
    return done(true as const)
  })
}
