import type { CalendarDate } from '../core/dates.ts'
import { dateIn } from '../core/dates.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { Deps } from '../deps.ts'
import { listBranches } from './branches.queries.ts'
import type { Availability } from './domain.ts'
import { findKnown } from './imports.queries.ts'
import { lockImports } from './imports.write.queries.ts'
import { writeChangedPeople, writeNewPeople, type Actor, type Trx } from './people.commands.ts'
import { changedFields, type Person, type PersonField } from './people.domain.ts'
import type { PersonForm, PersonProblem } from './people.input.ts'
import { setConsents } from './privacy.queries.ts'
import type { SyncRefusal, SyncResult, SyncWarning } from './sync.domain.ts'
import { listErasedKeys, lockByIds, lockByKeys, markSynced, setAvailabilities, type SyncedRecord } from './sync.queries.ts'
import { TAG_LENGTH } from './tags.domain.ts'
import { spellings } from './tags.queries.ts'

/** One person as another program knows them, which stays the master of their record. */
export type SyncRow = {
  key: string
  /** When they were changed there. */
  changedAt: Date | null
  /** They are no longer there. */
  isGone: boolean
  /** What is said of them, read as the form that a colleague would fill in. */
  read: (before: Person | undefined) => PersonForm
  consent: { isGiven: boolean; source: string; saidOn: CalendarDate } | null
  availability: { state: Availability; from: CalendarDate | null; until: CalendarDate | null; saidAt: Date | null } | null
}

export type Synced = { key: string; id: number | null; result: SyncResult; reason: SyncRefusal | null; problems: PersonProblem[]; warnings: SyncWarning[] }

type Part = Pick<Deps, 'db' | 'config'>
/** A row that was judged: what is told of it, and what is to be written where it is taken. */
type Judged = { told: Synced; row: SyncRow; person?: Person; changed?: PersonField[]; consent?: NonNullable<SyncRow['consent']>; availability?: NonNullable<SyncRow['availability']> }

/**
 * Takes over what another program says of its people, by its keys. Each row is taken whole or not at all; what has not changed is
 * not written. An opt-out is never touched, whoever was erased does not come back, and of consent and availability the newest word
 * holds, whoever gave it.
 */
export async function syncPeople(deps: Part, actor: Actor, rows: readonly SyncRow[]): Promise<Synced[]> {
  const once = () => deps.db.transaction().execute((trx) => sync(trx, deps, actor, rows))
  try {
    return await once()
  } catch (error) {
    // Somebody gave one of these keys to a record at this moment: by now it is known.
    if (isUniqueViolation(error, 'candidate_external_id')) return once()
    throw error
  }
}

async function sync(trx: Trx, deps: Part, actor: Actor, rows: readonly SyncRow[]): Promise<Synced[]> {
  const { scope } = actor
  // Two programs, or a program and a file, that know the same person must not both create them.
  await lockImports(trx, scope)
  // As they are read, and without those that their row is refused for.
  const spelled = await spellings(trx, scope, [...new Set(rows.flatMap(({ read }) => read(undefined).person.tags.filter((tag) => tag.length <= TAG_LENGTH)))])
  const known = await lockByKeys(trx, scope, rows.map(({ key }) => key))
  const fresh = rows.filter(({ key, isGone }) => !known.has(key) && !isGone)
  const erased = await listErasedKeys(trx, deps.config.secretKey, scope, fresh.map(({ key }) => key))
  for (const [key, record] of await adopt(trx, actor, fresh.filter(({ key }) => !erased.has(key)))) known.set(key, record)
  const branches = new Set((await listBranches(trx, scope)).map(({ id }) => id))

  const seen = new Set<string>()
  const judged = rows.map((row) => {
    const refusal = seen.has(row.key) ? 'twice' : erased.has(row.key) ? 'erased' : undefined
    seen.add(row.key)
    return refusal ? refuse(row, refusal) : judge(row, known.get(row.key), { spelled, branches, today: dateIn(actor.timeZone, new Date()) })
  })
  await write(trx, deps, actor, judged)
  return judged.map(({ told }) => told)
}

/** Records without a key of their own that are the same people, by the rule of imports. */
async function adopt(trx: Trx, actor: Actor, rows: readonly SyncRow[]): Promise<Map<string, SyncedRecord>> {
  if (rows.length === 0) return new Map()
  const found = await findKnown(trx, actor.scope, rows.map(({ key, read }) => {
    const { first_name, last_name, email, phones } = read(undefined).person
    return { external_id: key, first_name, last_name, ...(email === null ? {} : { email }), phones: phones.map((phone) => ({ ...phone, position: 1 })) }
  }))
  const ids = new Map<number, string>()
  rows.forEach(({ key }, n) => {
    const id = found[n]?.id
    // One record cannot become two people: the first takes it.
    if (id !== undefined && !ids.has(id)) ids.set(id, key)
  })
  const records = await lockByIds(trx, actor.scope, [...ids.keys()])
  return new Map([...records].map(([id, record]) => [ids.get(id) as string, record]))
}

type Ground = { spelled: ReadonlyMap<string, string>; branches: ReadonlySet<number>; today: CalendarDate }

function judge(row: SyncRow, record: SyncedRecord | undefined, { spelled, branches, today }: Ground): Judged {
  const id = record?.id ?? null
  if (record?.kind === 'contact') return refuse(row, 'contact', id)
  if (record?.sourceChangedAt && row.changedAt && row.changedAt < record.sourceChangedAt) return refuse(row, 'outdated', id)
  if (row.isGone) return record ? archive(row, record, today) : refuse(row, 'unknown')
  const form = row.read(record?.person)
  // Whoever is no contact keeps the organisation that an import gave them.
  const person = { ...form.person, tags: [...new Set(form.person.tags.map((tag) => spelled.get(tag) ?? tag))], organisation: record?.person.organisation ?? null }
  const isBranchKnown = person.branch_id === null || person.branch_id === record?.person.branch_id || branches.has(person.branch_id)
  const problems: PersonProblem[] = [...form.problems, ...(isBranchKnown ? [] : [{ field: 'branch', word: 'branch' } as const])]
  if (problems.length > 0) return refuse(row, 'invalid', id, problems)
  const warnings: SyncWarning[] = person.phones.some(({ e164 }) => e164 === null) ? ['phone_unreadable'] : []
  const changed = record ? changedFields(record.person, person) : []
  const consent = newerConsent(row, record, warnings)
  const availability = newerAvailability(row, record, warnings)
  const isUpdated = changed.length > 0 || consent !== undefined || availability !== undefined || record?.goneAt
  return {
    row, person, changed, told: { key: row.key, id, result: !record ? 'created' : isUpdated ? 'updated' : 'unchanged', reason: null, problems: [], warnings },
    ...(consent && { consent }), ...(availability && { availability }),
  }
}

/** Whoever is gone there gets no SMS from here any more; the record and its history stay. */
function archive(row: SyncRow, { id, goneAt, consent }: SyncedRecord, today: CalendarDate): Judged {
  const told: Synced = { key: row.key, id, result: goneAt === null || consent.isGiven ? 'archived' : 'unchanged', reason: null, problems: [], warnings: [] }
  return { row, told, ...(consent.isGiven && { consent: { isGiven: false, source: GONE, saidOn: today } }) }
}

/** Where a withdrawal came from, as the record tells it. */
const GONE = 'ATS'

function newerConsent({ consent }: SyncRow, record: SyncedRecord | undefined, warnings: SyncWarning[]): SyncRow['consent'] | undefined {
  if (!consent || consent.isGiven === (record?.consent.isGiven ?? false)) return undefined
  // A withdrawal counts at once; a consent only where it was given after whatever stands here.
  if (!consent.isGiven || record === undefined || record.consent.on === null || consent.saidOn > record.consent.on) return consent
  warnings.push('consent_older')
  return undefined
}

function newerAvailability({ availability }: SyncRow, record: SyncedRecord | undefined, warnings: SyncWarning[]): SyncRow['availability'] | undefined {
  if (!availability) return undefined
  const said = availability.state === 'available' ? availability : { ...availability, from: null, until: null }
  const here = record?.availability
  if (here && here.state === said.state && (said.state !== 'available' || (here.from === said.from && here.until === said.until))) return undefined
  if (!here && said.state === 'unknown') return undefined
  // Who does not say when cannot be newer than what a person answered or a colleague wrote down.
  if (!here?.at || (said.saidAt !== null && said.saidAt > here.at)) return said
  warnings.push('availability_older')
  return undefined
}

/** All that is taken, by sets: a thousand rows are as many statements as one. */
async function write(trx: Trx, deps: Part, actor: Actor, judged: readonly Judged[]): Promise<void> {
  const { scope, userId } = actor
  const created = judged.filter(({ told }) => told.result === 'created')
  const ids = await writeNewPeople(trx, deps, actor, 'candidate', created.map(({ person }) => person!))
  created.forEach(({ told }, n) => { told.id = ids[n]! })
  const taken = judged.flatMap(({ told: { id, result }, ...one }) => (id === null || result === 'refused' ? [] : [{ ...one, id }]))
  await writeChangedPeople(trx, deps, actor, taken.flatMap(({ id, person, changed }) => (person && changed && changed.length > 0 ? [{ id, person, changed }] : [])))
  await setConsents(trx, scope, taken.flatMap(({ id, consent }) => (consent ? [{ candidateId: id, ...consent, userId }] : [])))
  await setAvailabilities(trx, scope, userId, taken.flatMap(({ id, availability }) => (availability ? [{ candidateId: id, ...availability }] : [])))
  await markSynced(trx, scope, taken.map(({ id, row }) => ({ id, changedAt: row.changedAt, isGone: row.isGone })))
}

function refuse(row: SyncRow, reason: SyncRefusal, id: number | null = null, problems: PersonProblem[] = []): Judged {
  return { row, told: { key: row.key, id, result: 'refused', reason, problems, warnings: [] } }
}
