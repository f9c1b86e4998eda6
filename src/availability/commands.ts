import type { Transaction } from 'kysely'
import { closeIfEnough } from '../campaigns/closing.commands.ts'
import { dateIn } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { availabilityAfter, isSameAnswer, type GivenAnswer } from './domain.ts'
import { answerNote } from './notes.ts'
import { findAnswering, findAnswerState, insertAnswers, lockProfiles, lockRecipient, type AnswerRows, type NewAnswer } from './queries.ts'

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
  // First recipients, then records, then campaigns: whoever writes answers locks in this order.
  const recipient = await lockRecipient(trx, scope, recipientId)
  if (!recipient) return refused('unknown')
  await lockProfiles(trx, scope, recipientId)
  const rows = await readRows(trx, scope, [{ ...answer, recipientId }])
  const [written] = await writeRows(trx, scope, rows)
  if (!written) {
    const state = await findAnswerState(trx, scope, recipientId, answer.formId)
    if (state.sent && isSameAnswer(state.sent, answer)) return done(state.sent)
    if (!state.isOpen) return refused('closed', state.answer)
    if (!state.answer) throw new Error(`answer of recipient ${recipientId} was neither written nor refused`)
    return isSameAnswer(state.answer, answer) ? done(state.answer) : refused('changed', state.answer)
  }
  await onNew?.(recipient)
  await closeFull(trx, scope, [written])
  return done(givenBy(written))
}

/**
 * Takes answers of different recipients of a company together, each whole or not at all. Waits for nobody: left out is who is
 * held by somebody else, and whoever may not answer, or not like this. Returns what was written, by recipient; the others are to
 * be recorded alone, and told why not.
 */
export async function recordAnswersTogether({ db }: Pick<Deps, 'db'>, scope: CompanyScope, answers: readonly AnswerOf[]): Promise<ReadonlyMap<number, GivenAnswer>> {
  const rows = withOwnRecords(await readRows(db, scope, answers))
  const write = async (trx: Db | Transaction<DB>) => writeRows(trx, scope, rows)
  const written = rows.some(mayClose)
    ? await db.transaction().execute(async (trx) => {
        const those = await write(trx)
        await closeFull(trx, scope, those)
        return those
      })
    : await write(db)
  return new Map(written.map((row) => [row.recipientId, givenBy(row)]))
}

type AnswerOf = NewAnswer & { recipientId: number }
type Rows = AnswerRows & { hasTarget: boolean }

/** What answers make of the records as they are. */
async function readRows(db: Db | Transaction<DB>, scope: CompanyScope, answers: readonly AnswerOf[]): Promise<Rows[]> {
  const asked = new Map(answers.map((answer) => [answer.recipientId, answer]))
  return (await findAnswering(db, scope, [...asked.keys()])).map((person) => {
    const answer = asked.get(person.id)!
    const { kind, timeZone, now, campaignId, hasTarget } = person
    const note = answerNote({ ...answer, version: answer.baseVersion + 1, answeredAt: now, by: answer.by?.name }, person)
    const records = person.records.map((seen) => ({ seen, record: availabilityAfter(kind, answer, seen, dateIn(timeZone, now)), note }))
    return { ...answer, campaignId, hasTarget, answeredAt: now, records }
  })
}

async function writeRows(db: Db | Transaction<DB>, scope: CompanyScope, rows: readonly Rows[]): Promise<Rows[]> {
  const written = new Set(await insertAnswers(db, scope, rows))
  return rows.filter(({ recipientId }) => written.has(recipientId))
}

/** A record that two of them would write belongs to the first: what the second makes of it follows from what it says then. */
function withOwnRecords(rows: readonly Rows[]): Rows[] {
  const taken = new Set<number>()
  return rows.filter(({ records }) => {
    const own = records.map(({ seen }) => seen.candidateId)
    if (own.some((candidateId) => taken.has(candidateId))) return false
    for (const candidateId of own) taken.add(candidateId)
    return true
  })
}

function mayClose({ hasTarget, choice }: Rows): boolean {
  return hasTarget && choice === 'yes'
}

/** Last, because from here on the OUI of these campaigns wait for each other; others never do. */
async function closeFull(trx: Transaction<DB>, scope: CompanyScope, written: readonly Rows[]): Promise<void> {
  const full = new Set(written.filter(mayClose).map(({ campaignId }) => campaignId))
  for (const campaignId of [...full].sort((one, other) => one - other)) await closeIfEnough(trx, scope, campaignId)
}

function givenBy({ baseVersion, choice, availableFrom, availableUntil, comment, answeredAt }: Rows): GivenAnswer {
  return { version: baseVersion + 1, choice, availableFrom, availableUntil, comment, answeredAt }
}
