import type { Transaction } from 'kysely'
import { closeIfEnough } from '../campaigns/closing.commands.ts'
import { addFollowUpNote, setAvailability } from '../candidates/queries.ts'
import { dateIn } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { availabilityAfter, isSameAnswer, type GivenAnswer } from './domain.ts'
import { answerNote } from './notes.ts'
import { findAnswerState, insertAnswer, lockProfiles, lockRecipient, type NewAnswer } from './queries.ts'

/** Whose answer was written. */
export type Answered = NonNullable<Awaited<ReturnType<typeof lockRecipient>>>

export type AnswerOutcome =
  | Outcome<GivenAnswer, 'changed', GivenAnswer>
  /** With the last answer taken, if there is one. */
  | Outcome<GivenAnswer, 'closed', GivenAnswer | undefined>
  | Outcome<GivenAnswer, 'unknown'>

/**
 * Takes an answer: its version, the current answer, the record and the note of every profile with this number, all in
 * one transaction or not at all (S94). The same form sent again finds what it wrote the first time. An answer that
 * changed since the form was made is not overwritten: 'changed' tells the current one, and the person decides.
 */
export async function recordAnswer(deps: Pick<Deps, 'db'>, scope: CompanyScope, recipientId: number, answer: NewAnswer): Promise<AnswerOutcome> {
  return deps.db.transaction().execute((trx) => writeAnswer(trx, scope, recipientId, answer))
}

/** The same in a transaction of the caller's; `onNew` runs in it where the answer was written now, and not when it was sent again. */
export async function writeAnswer(trx: Transaction<DB>, scope: CompanyScope, recipientId: number, answer: NewAnswer, onNew?: (recipient: Answered) => Promise<void>): Promise<AnswerOutcome> {
  const recipient = await lockRecipient(trx, scope, recipientId)
  if (!recipient) return refused('unknown')
  const given = await insertAnswer(trx, scope, recipientId, answer)
  if (!given) {
    const state = await findAnswerState(trx, scope, recipientId, answer.formId)
    if (state.sent && isSameAnswer(state.sent, answer)) return done(state.sent)
    if (!state.isOpen) return refused('closed', state.answer)
    if (!state.answer) throw new Error(`answer of recipient ${recipientId} was neither written nor refused`)
    return isSameAnswer(state.answer, answer) ? done(state.answer) : refused('changed', state.answer)
  }
  const note = answerNote({ ...given, source: answer.source, by: answer.by?.name }, recipient)
  const { campaignId } = recipient
  for (const profile of await lockProfiles(trx, scope, recipientId)) {
    const { candidateId } = profile
    const record = availabilityAfter(recipient.kind, given, profile, dateIn(recipient.timeZone, given.answeredAt))
    if (record) await setAvailability(trx, scope, { candidateId, ...record, source: 'answer', way: answer.source, campaignId, userId: answer.by?.id ?? null })
    await addFollowUpNote(trx, scope, { candidateId, kind: 'automatic', body: note, campaignId, recipientId })
  }
  await onNew?.(recipient)
  // Last, because from here on the OUI of this campaign wait for each other; others never do.
  if (recipient.hasTarget && given.choice === 'yes') await closeIfEnough(trx, scope, campaignId)
  return done(given)
}
