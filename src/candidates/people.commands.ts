import { recallOptOuts } from '../consent/erased.queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { CompanyScope } from '../core/scope.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { dateIn } from '../core/dates.ts'
import { findBranch } from './branches.queries.ts'
import type { Kind } from './domain.ts'
import { changedFields, changedSince, type Person, type PersonField } from './people.domain.ts'
import type { PersonForm, PersonProblem } from './people.input.ts'
import { findByExternalId, findLookalikes, lockPerson, type FoundPerson, type Lookalike } from './people.queries.ts'
import { insertPeople, recordEdits, updatePeople, type WrittenPerson } from './people.write.queries.ts'
import { placeRecords } from './places.queries.ts'
import { setConsents } from './privacy.queries.ts'
import { spellTags } from './tags.queries.ts'

export type Actor = { scope: CompanyScope; userId: number; country: string; timeZone: string }

type Refusal = { problems: PersonProblem[] }
export type Trx = Parameters<Parameters<ReturnType<Deps['db']['transaction']>['execute']>[0]>[0]

/** A new record, made by hand. Refused once when somebody with the same number or e-mail is there already. */
export async function createPerson(
  deps: Pick<Deps, 'db' | 'config'>,
  actor: Actor,
  kind: Kind,
  form: PersonForm,
): Promise<Outcome<{ id: number }, 'invalid', Refusal> | Outcome<{ id: number }, 'alike', Lookalike[]>> {
  if (form.problems.length > 0) return refused('invalid', { problems: form.problems })
  return uniquely(() => deps.db.transaction().execute(async (trx) => {
    const problems = await findProblems(trx, actor.scope, form.person, null, null)
    if (problems.length > 0) return refused('invalid', { problems })
    const alike = form.typed.allowsLookalikes ? [] : await findLookalikes(trx, actor.scope, { except: null, numbers: numbersOf(form.person), email: form.person.email })
    if (alike.length > 0) return refused('alike', alike)

    const [id] = await writeNewPeople(trx, deps, actor, kind, [{ ...form.person, tags: await spellTags(trx, actor.scope, form.person.tags) }]) as [number]
    // Comes after « created », and so stands above it in the history.
    if (form.consent) await setConsents(trx, actor.scope, [{ candidateId: id, isGiven: true, source: form.consent.source, saidOn: dateIn(actor.timeZone, new Date()), userId: actor.userId }])
    return done({ id })
  }))
}

/** Writes records that were judged, with all that follows: where they lie, an old STOP on their numbers, history and journal. Their ids in the same order. */
export async function writeNewPeople(trx: Trx, deps: Pick<Deps, 'config'>, actor: Actor, kind: Kind, people: readonly Person[]): Promise<number[]> {
  if (people.length === 0) return []
  const ids = await insertPeople(trx, actor.scope, kind, people)
  await placeRecords(trx, actor.scope, actor.country, ids)
  await recallNumbers(deps, trx, actor.scope, people)
  await recordEdits(trx, actor.scope, { kind: 'created', userId: actor.userId, records: ids.map((id) => ({ id, changed: [] })) })
  return ids
}

/** The same for records that change; they are locked. */
export async function writeChangedPeople(trx: Trx, deps: Pick<Deps, 'config'>, actor: Actor, written: readonly WrittenPerson[]): Promise<void> {
  if (written.length === 0) return
  await updatePeople(trx, actor.scope, written)
  await recallNumbers(deps, trx, actor.scope, written.filter(({ changed }) => changed.includes('phones')).map(({ person }) => person))
  await placeRecords(trx, actor.scope, actor.country, written.filter(({ changed }) => changed.includes('town') || changed.includes('postal_code')).map(({ id }) => id))
  await recordEdits(trx, actor.scope, { kind: 'edited', userId: actor.userId, records: written })
}

export type EditRefusal = { current: FoundPerson; problems: PersonProblem[]; alike: Lookalike[]; changed: PersonField[] }

/**
 * Writes what a form changes. A form made from an older state of the record changes nothing: what it would undo is named, and
 * the person decides (409).
 */
export async function editPerson(
  deps: Pick<Deps, 'db' | 'config'>,
  actor: Actor,
  id: number,
  form: PersonForm,
): Promise<Outcome<{ kind: Kind; changed: PersonField[] }, 'not_found' | 'invalid' | 'alike' | 'changed', EditRefusal | undefined>> {
  const work = () => deps.db.transaction().execute(async (trx) => {
    const tags = form.problems.length > 0 ? form.person.tags : await spellTags(trx, actor.scope, form.person.tags)
    const current = await lockPerson(trx, actor.scope, id)
    if (!current) return refused('not_found', undefined)
    const told = { current, problems: [], alike: [], changed: [] }
    const changed = changedSince(form.typed.seen, current.person)
    if (changed.length > 0) return refused('changed', { ...told, changed, problems: form.problems })
    // Who is no contact keeps the organisation an import gave him: his form does not ask for it.
    const person = { ...form.person, tags, organisation: current.kind === 'contact' ? form.person.organisation : current.person.organisation }
    const problems = [...form.problems, ...(await findProblems(trx, actor.scope, person, id, current.person))]
    if (problems.length > 0) return refused('invalid', { ...told, problems })
    const alike = form.typed.allowsLookalikes ? [] : await findLookalikes(trx, actor.scope, { except: id, ...newTies(current.person, person) })
    if (alike.length > 0) return refused('alike', { ...told, alike })
    const fields = changedFields(current.person, person)
    if (fields.length > 0) await writeChangedPeople(trx, deps, actor, [{ id, person, changed: fields }])
    return done({ kind: current.kind, changed: fields })
  })
  const result = await uniquely(work)
  if (result.ok || result.reason !== 'invalid' || 'current' in (result.detail ?? {})) return result as Awaited<ReturnType<typeof work>>
  // The key was taken between the look and the write.
  const current = await deps.db.transaction().execute((trx) => lockPerson(trx, actor.scope, id))
  return current ? refused('invalid', { current, problems: (result.detail as Refusal).problems, alike: [], changed: [] }) : refused('not_found', undefined)
}

/** What only the database knows: a key that is taken, a branch that is not ours or no longer in use. */
async function findProblems(trx: Trx, scope: CompanyScope, person: Person, id: number | null, before: Person | null): Promise<PersonProblem[]> {
  const problems: PersonProblem[] = []
  if (person.external_id !== null && person.external_id !== before?.external_id) {
    const other = await findByExternalId(trx, scope, person.external_id)
    if (other && other.id !== id) problems.push({ field: 'external_id', word: 'external_id' })
  }
  if (person.branch_id !== null && person.branch_id !== before?.branch_id) {
    const branch = await findBranch(trx, scope, person.branch_id)
    if (!branch || branch.isArchived) problems.push({ field: 'branch', word: 'branch' })
  }
  return problems
}

/** Only what is new can be a mistake of this form. */
function newTies(before: Person, after: Person): { numbers: string[]; email: string | null } {
  const known = numbersOf(before)
  const isSameEmail = after.email?.toLowerCase() === before.email?.toLowerCase()
  return { numbers: numbersOf(after).filter((e164) => !known.includes(e164)), email: isSameEmail ? null : after.email }
}

/** Somebody may have said STOP by one of these before their record was erased. */
async function recallNumbers({ config }: Pick<Deps, 'config'>, trx: Trx, { companyId }: CompanyScope, people: readonly Person[]): Promise<void> {
  await recallOptOuts(trx, config.secretKey, people.flatMap(numbersOf).map((e164) => ({ companyId, e164 })))
}

function numbersOf({ phones }: Person): string[] {
  return phones.flatMap(({ e164 }) => (e164 === null ? [] : [e164]))
}

async function uniquely<Result>(write: () => Promise<Result>): Promise<Result | { readonly ok: false; readonly reason: 'invalid'; readonly detail: Refusal }> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error, 'candidate_external_id')) return refused('invalid', { problems: [{ field: 'external_id', word: 'external_id' }] })
    throw error
  }
}
