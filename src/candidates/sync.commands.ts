import type { CalendarDate } from '../core/dates.ts'
import { dateIn } from '../core/dates.ts'
import { within } from '../db/within.ts'
import type { Deps } from '../deps.ts'
import type { Availability } from './domain.ts'
import { findKnown } from './imports.queries.ts'
import { lockImports } from './imports.write.queries.ts'
import { createPerson, editPerson, type Actor } from './people.commands.ts'
import { changedFields, type Person } from './people.domain.ts'
import type { PersonForm, PersonProblem } from './people.input.ts'
import { setConsent } from './privacy.queries.ts'
import { setAvailability } from './queries.ts'
import { listErasedKeys, lockByIds, lockByKeys, markSynced, type SyncedRecord } from './sync.queries.ts'
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

export type SyncResult = 'created' | 'updated' | 'unchanged' | 'archived' | 'refused'
/** What of a row was not taken, because something newer or stronger stands here. */
export type SyncWarning = 'consent_older' | 'availability_older' | 'phone_unreadable'
export type SyncRefusal = 'twice' | 'outdated' | 'erased' | 'contact' | 'unknown' | 'invalid'
export type Synced = { key: string; id: number | null; result: SyncResult; reason: SyncRefusal | null; problems: PersonProblem[]; warnings: SyncWarning[] }

type Part = Pick<Deps, 'db' | 'config'>
type Trx = Parameters<Parameters<ReturnType<Deps['db']['transaction']>['execute']>[0]>[0]
type Mark = { id: number; changedAt: Date | null; isGone: boolean }

/**
 * Takes over what another program says of its people, by its keys. Each row is taken whole or not at all; what has not changed is
 * not written. An opt-out is never touched, whoever was erased does not come back, and of consent and availability the newest word
 * holds, whoever gave it.
 */
export async function syncPeople(deps: Part, actor: Actor, rows: readonly SyncRow[]): Promise<Synced[]> {
  return deps.db.transaction().execute(async (trx) => {
    // Two programs, or a program and a file, that know the same person must not both create them.
    await lockImports(trx, actor.scope)
    // As they are read, and without those that their row is refused for.
    await spellings(trx, actor.scope, [...new Set(rows.flatMap(({ read }) => read(undefined).person.tags.filter((tag) => tag.length <= TAG_LENGTH)))])
    const keys = rows.map(({ key }) => key)
    const known = await lockByKeys(trx, actor.scope, keys)
    const fresh = rows.filter(({ key, isGone }) => !known.has(key) && !isGone)
    const erased = await listErasedKeys(trx, deps.config.secretKey, actor.scope, fresh.map(({ key }) => key))
    for (const [key, record] of await adopt(trx, actor, fresh.filter(({ key }) => !erased.has(key)))) known.set(key, record)

    const done: Synced[] = []
    const marks: Mark[] = []
    const seen = new Set<string>()
    for (const row of rows) {
      const told = seen.has(row.key) ? refusedRow(row, 'twice') : erased.has(row.key) ? refusedRow(row, 'erased') : await takeRow({ ...deps, db: within(trx) }, trx, actor, row, known.get(row.key))
      seen.add(row.key)
      done.push(told)
      if (told.id !== null && told.result !== 'refused') marks.push({ id: told.id, changedAt: row.changedAt, isGone: row.isGone })
    }
    await markSynced(trx, actor.scope, marks)
    return done
  })
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

async function takeRow(deps: Part, trx: Trx, actor: Actor, row: SyncRow, record: SyncedRecord | undefined): Promise<Synced> {
  if (record?.kind === 'contact') return refusedRow(row, 'contact', record.id)
  if (record?.sourceChangedAt && row.changedAt && row.changedAt < record.sourceChangedAt) return refusedRow(row, 'outdated', record.id)
  if (row.isGone) return record ? archive(trx, actor, row, record) : refusedRow(row, 'unknown')
  const form = row.read(record?.person)
  if (form.problems.length > 0) return { ...refusedRow(row, 'invalid', record?.id ?? null), problems: form.problems }
  const warnings: SyncWarning[] = form.person.phones.some(({ e164 }) => e164 === null) ? ['phone_unreadable'] : []
  form.typed.allowsLookalikes = true
  const isEdited = record !== undefined && changedFields(record.person, form.person).length > 0
  const outcome = record === undefined ? await createPerson(deps, actor, 'candidate', form) : isEdited ? await editPerson(deps, actor, record.id, form) : undefined
  if (outcome && !outcome.ok) return { ...refusedRow(row, 'invalid', record?.id ?? null), problems: problemsOf(outcome.detail) }
  const id = record?.id ?? (outcome as { value: { id: number } }).value.id
  const isConsentTaken = await takeConsent(trx, actor, row, id, record, warnings)
  const isAvailabilityTaken = await takeAvailability(trx, actor, row, id, record, warnings)
  const isBack = record !== undefined && record.goneAt !== null
  return { key: row.key, id, result: record === undefined ? 'created' : isEdited || isConsentTaken || isAvailabilityTaken || isBack ? 'updated' : 'unchanged', reason: null, problems: [], warnings }
}

/** Whoever is gone there gets no SMS from here any more; the record and its history stay. */
async function archive(trx: Trx, { scope, userId, timeZone }: Actor, row: SyncRow, record: SyncedRecord): Promise<Synced> {
  if (record.consent.isGiven) await setConsent(trx, scope, { candidateId: record.id, isGiven: false, source: GONE, saidOn: dateIn(timeZone, new Date()), userId })
  return { key: row.key, id: record.id, result: record.goneAt === null || record.consent.isGiven ? 'archived' : 'unchanged', reason: null, problems: [], warnings: [] }
}

/** Where a withdrawal came from, as the record tells it. */
const GONE = 'ATS'

async function takeConsent(trx: Trx, { scope, userId }: Actor, { consent }: SyncRow, candidateId: number, record: SyncedRecord | undefined, warnings: SyncWarning[]): Promise<boolean> {
  if (!consent || consent.isGiven === (record?.consent.isGiven ?? false)) return false
  // A withdrawal counts at once; a consent only where it was given after whatever stands here.
  if (consent.isGiven && record !== undefined && record.consent.on !== null && consent.saidOn <= record.consent.on) {
    warnings.push('consent_older')
    return false
  }
  await setConsent(trx, scope, { candidateId, ...consent, userId })
  return true
}

async function takeAvailability(trx: Trx, { scope, userId }: Actor, { availability: said }: SyncRow, candidateId: number, record: SyncedRecord | undefined, warnings: SyncWarning[]): Promise<boolean> {
  if (!said) return false
  const [from, until] = said.state === 'available' ? [said.from, said.until] : [null, null]
  const here = record?.availability
  if (here && here.state === said.state && (said.state !== 'available' || (here.from === from && here.until === until))) return false
  if (!here && said.state === 'unknown') return false
  // Who does not say when cannot be newer than what a person answered or a colleague wrote down.
  if (here?.at && (said.saidAt === null || said.saidAt <= here.at)) {
    warnings.push('availability_older')
    return false
  }
  await setAvailability(trx, scope, { candidateId, availability: said.state, from, until, userId, source: 'import' })
  return true
}

function refusedRow({ key }: SyncRow, reason: SyncRefusal, id: number | null = null): Synced {
  return { key, id, result: 'refused', reason, problems: [], warnings: [] }
}

function problemsOf(detail: unknown): PersonProblem[] {
  return (detail as { problems?: PersonProblem[] } | undefined)?.problems ?? []
}
