import { mkdtempSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { getProgress } from '../../src/campaigns/progress.queries.ts'
import { createPerson } from '../../src/candidates/people.commands.ts'
import { readPersonForm } from '../../src/candidates/people.input.ts'
import { applyImport, checkImport, uploadImport } from '../../src/candidates/imports.commands.ts'
import { moveImport } from '../../src/candidates/imports.queries.ts'
import { findPhone, recordOptOut } from '../../src/consent/queries.ts'
import { receiveEvent } from '../../src/messaging/inbox.commands.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { createStock } from '../../src/messaging/stock.ts'
import type { Queue } from '../../src/queue/queue.ts'
import { erasePerson, reapplyErasures } from '../../src/privacy/erasure.commands.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { launchScene } from '../support/factories/campaigns.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { countStates, getMessage, makeSending, type Sending } from '../support/factories/messaging.ts'
import { renewAccount, settings, until } from '../support/sending.ts'

let database: TestDatabase
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'dispo-erasures-'))
const config = settings({ DATA_DIR: dataDir })
const log = pino({ level: 'silent' })
let deps: { db: TestDatabase['db']; config: typeof config; log: typeof log }
beforeAll(async () => {
  database = await createTestDatabase()
  deps = { db: database.db, config, log }
})
afterAll(() => database.close())

const erase = (sending: Pick<Sending, 'scope' | 'userId'>, candidateId: number) => erasePerson(deps, sending.scope, { candidateId, by: sending.userId })
const one = async <Row>(statement: ReturnType<typeof sql<Row>>) => (await statement.execute(database.db)).rows[0]!
const hears = (from: string, text: string, uuid = crypto.randomUUID() as string) =>
  receiveEvent(deps, 'inbound', Buffer.from(JSON.stringify({ channel: 'sms', message_uuid: uuid, to: '38047', from: from.slice(1), timestamp: new Date().toISOString(), message_type: 'text', text })))

/** Every place of the database that holds this text. */
async function whereIs(text: string): Promise<string[]> {
  const tables = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(database.db)
  const found: string[] = []
  for (const { name } of tables.rows) {
    const { n } = await one(sql<{ n: number }>`select count(*) as n from ${sql.table(name)} as t where to_jsonb(t)::text ilike ${`%${text}%`}`)
    if (n > 0) found.push(name)
  }
  return found
}

describe('a person is erased during a running campaign (F-90)', () => {
  it('gets no SMS, is nowhere in the database, and the history counts as before', async () => {
    const sending = await makeSending(database.db, { recipients: 4 })
    const [id, other] = [sending.candidateIds[0]!, sending.candidateIds[1]!]
    const [e164] = sending.e164 as [string]
    await sql`update candidate set first_name = 'Zéphyrin', last_name = 'Quetzal', email = 'zephyrin@quetzal.test', trade = 'Funambule' where id = ${id}`.execute(database.db)
    const contact = await makeContact(database.db, sending.scope, { id, e164 }, { userId: sending.userId, senderId: sending.company.senderId, campaignName: 'Zéphyrin Quetzal, 22 nov.', body: 'Bonjour Zéphyrin', answer: { choice: 'yes', comment: 'mot-secret' } })
    const recipient = await one(sql<{ id: number }>`select id from recipient where campaign_id = ${sending.campaignId} and candidate_id = ${id}`)
    await sql`insert into recipient_profile (company_id, recipient_id, candidate_id) values (${sending.scope.companyId}, ${recipient.id}, ${id})`.execute(database.db)
    await recordAnswer(deps, sending.scope, recipient.id, { choice: 'no', availableFrom: null, availableUntil: null, comment: 'mot-secret', formId: crypto.randomUUID(), baseVersion: 0, source: 'link' })
    await hears(e164, 'mot-secret par SMS')
    await recordOptOut(database.db, sending.scope, { e164, source: 'page', campaignId: sending.campaignId })
    const before = await Promise.all([sending.campaignId, contact.campaignId].map((campaignId) => getProgress(database.db, sending.scope, campaignId)))
    expect(before[0]).toMatchObject({ total: 4, no: 1, unsubscribed: 1, remaining: 4 })

    expect(await erase(sending, id)).toEqual({ ok: true, value: { kind: 'candidate', cancelled: 1, underway: 0 } })
    for (const trace of [e164, e164.slice(1), 'quetzal', 'phyrin', 'funambule', 'mot-secret']) expect([trace, await whereIs(trace)]).toEqual([trace, []])
    const [after, contactAfter] = await Promise.all([sending.campaignId, contact.campaignId].map((campaignId) => getProgress(database.db, sending.scope, campaignId)))
    expect(after).toEqual({ ...before[0], remaining: 3, cancelled: 1 })
    expect(contactAfter).toEqual(before[1])
    expect(await countStates(database.db, sending.campaignId)).toEqual({ cancelled: 1, queued: 3 })
    expect(await one(sql`select count(*) as n from short_link l join recipient r on r.code = l.code where r.id = ${recipient.id} and l.revoked_at is not null`)).toEqual({ n: 1 })
    expect(await one(sql`select user_id, detail from journal where action = 'person.erased' and subject_id = ${String(id)}`)).toEqual({ user_id: sending.userId, detail: { kind: 'candidate', cancelled: 1 } })
    // The others are untouched.
    expect(await one(sql`select count(*) as n from candidate_phone where candidate_id = ${other}`)).toEqual({ n: 1 })

    expect(await erase(sending, id)).toMatchObject({ ok: false, reason: 'not_found' })
  })

  it('keeps what others share: their number, their texts, and the STOP on it', async () => {
    const { scope, senderId } = await makeCompany(database.db)
    const sending = await makeSending(database.db, { company: { id: scope.companyId, scope, senderId } })
    const [id] = sending.candidateIds as [number]
    const [e164] = sending.e164 as [string]
    const twin = await makeCandidate(database.db, scope, { firstName: 'Jumelle', mobile: e164 })
    await recordOptOut(database.db, scope, { e164, source: 'sms' })
    expect(await erase(sending, id)).toMatchObject({ ok: true })
    expect(await findPhone(database.db, scope, e164)).toMatchObject({ opt_out_source: 'sms' })
    expect(await one(sql`select count(*) as n from candidate_phone where candidate_id = ${twin.id} and e164 = ${e164}`)).toEqual({ n: 1 })
    expect(await getMessage(database.db, sending.messageIds[0]!)).toMatchObject({ state: 'cancelled' })
    expect(await one(sql`select count(*) as n from erased_number where company_id = ${scope.companyId}`)).toEqual({ n: 0 })
  })
})

describe('the STOP of an erased number', () => {
  async function erased(stop: boolean) {
    // Companies that share a number hear each other's STOP: here each has its own.
    await sql`update sms_sender set address = id || '0000' where address = '38047'`.execute(database.db)
    const sending = await makeSending(database.db)
    const [e164] = sending.e164 as [string]
    await sql`update message set state = 'leased', lease_until = app_now() where id = ${sending.messageIds[0]}`.execute(database.db)
    await sql`update message set state = 'submitting', lease_until = null, submitted_at = app_now() where id = ${sending.messageIds[0]}`.execute(database.db)
    await sql`insert into send_attempt (company_id, id, message_id, n, outcome) values (${sending.scope.companyId}, ${crypto.randomUUID()}, ${sending.messageIds[0]}, 1, 'open')`.execute(database.db)
    if (stop) await recordOptOut(database.db, sending.scope, { e164, source: 'sms' })
    expect(await erase(sending, sending.candidateIds[0]!)).toMatchObject({ ok: true, value: { cancelled: 0, underway: 1 } })
    return { ...sending, number: e164 }
  }
  const again = (scope: Sending['scope'], userId: number, number: string) =>
    createPerson(deps, { scope, userId, country: 'FR', timeZone: 'Europe/Paris' }, 'candidate', readPersonForm({ first_name: 'Retour', last_name: 'Connu', phones: [{ kind: 'mobile', raw: number }], main: '0' }, { kind: 'candidate', country: 'FR', known: [] }))

  it('stands on the number again when it comes back, and is forgotten where there was none', async () => {
    for (const stop of [true, false]) {
      const { scope, userId, number } = await erased(stop)
      const outcome = await again(scope, userId, number)
      expect(outcome.ok).toBe(true)
      expect((await findPhone(database.db, scope, number))?.opt_out_source ?? null).toBe(stop ? 'sms' : null)
      expect(await one(sql`select count(*) as n from erased_number where company_id = ${scope.companyId}`)).toEqual({ n: 0 })
    }
  })

  it('stands on the number again when a file brings it back, new person or known one', async () => {
    const { scope, userId, number } = await erased(true)
    const known = await makeCandidate(database.db, scope, { email: 'connu@exemple.test' })
    const second = await makeSending(database.db, { company: { id: scope.companyId, scope, senderId: (await one(sql<{ id: number }>`select id from sms_sender where company_id = ${scope.companyId}`)).id } })
    await recordOptOut(database.db, scope, { e164: second.e164[0]!, source: 'sms' })
    await erase(second, second.candidateIds[0]!)
    const part = { ...deps, queue: undefined as unknown as Queue }
    const uploaded = await uploadImport(part, scope, userId, { name: 'retour.csv', bytes: Buffer.from(`nom;email;mobile\nRetour;nouveau@exemple.test;${number}\nConnu;connu@exemple.test;${second.e164[0]}\n`) })
    if (!uploaded.ok) throw new Error(uploaded.reason)
    await moveImport(database.db, scope, uploaded.value.id, ['uploaded'], 'checking')
    await checkImport(part, scope.companyId, uploaded.value.id)
    await moveImport(database.db, scope, uploaded.value.id, ['checked'], 'importing')
    await applyImport(part, scope.companyId, uploaded.value.id)
    const { rows } = await sql`select t.candidate_id = ${known.id} as is_known, t.reason from candidate_textability t where t.e164 = any(${[number, second.e164[0]!]}::text[]) order by 1`.execute(database.db)
    expect(rows).toEqual([{ is_known: false, reason: 'opted_out' }, { is_known: true, reason: 'opted_out' }])
  })

  it('is obeyed by the gate, whatever wrote the number down', async () => {
    const { scope, company, number } = await erased(true)
    await makeSending(database.db, { company, e164: [number] })
    expect(await findPhone(database.db, scope, number)).toBeUndefined()
    await renewAccount(database.db)
    const stock = createStock({ db: database.db, config })
    await stock.refill()
    expect(await findPhone(database.db, scope, number)).toMatchObject({ opt_out_source: 'sms' })
  })

  it('is kept when it comes late, without the number or the words (late replies and receipts)', async () => {
    const { scope, number, messageIds } = await erased(false)
    await hears(number, 'Qui êtes-vous, dit Barnabé ?')
    await hears(number, 'STOP')
    const attempt = await one(sql<{ id: string }>`select id from send_attempt where message_id = ${messageIds[0]}`)
    await receiveEvent(deps, 'status', Buffer.from(JSON.stringify({ message_uuid: crypto.randomUUID(), to: number.slice(1), from: '38047', timestamp: new Date().toISOString(), status: 'delivered', client_ref: attempt.id, channel: 'sms' })))
    expect(await getMessage(database.db, messageIds[0]!)).toMatchObject({ state: 'delivered' })
    for (const trace of [number.slice(1), 'Barnabé']) expect(await whereIs(trace)).toEqual([])
    expect(await one(sql`select opt_out_source from erased_number where company_id = ${scope.companyId}`)).toEqual({ opt_out_source: 'sms' })
  })
})

describe('erasing while others work', () => {
  it('twice at once erases once', async () => {
    const sending = await makeSending(database.db)
    const outcomes = await Promise.all([1, 2, 3].map(() => erase(sending, sending.candidateIds[0]!)))
    expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.reason)).sort()).toEqual(['not_found', 'not_found', 'ok'])
  })

  it('never lets a text through that passes the gate afterwards, and tells of one that passed before', async () => {
    const sending = await makeSending(database.db, { recipients: 12 })
    const token = crypto.randomUUID()
    const leased = await claimMessages(database.db, { token, seconds: 60, limit: 100, except: [] })
    const ours = leased.filter(({ id }) => sending.messageIds.includes(id))
    await sql`insert into phone (company_id, e164) select company_id, e164 from message where campaign_id = ${sending.campaignId} on conflict do nothing`.execute(database.db)
    const [passed, ...outcomes] = await Promise.all([
      Promise.all(ours.map((message) => passGate(deps, token, [message]))),
      ...sending.candidateIds.map((id) => erase(sending, id)),
    ])
    const gone = new Set(passed.flat().map(({ message }) => message.id))
    outcomes.forEach((outcome, at) => {
      if (!outcome.ok) throw new Error(outcome.reason)
      expect(outcome.value.underway).toBe(gone.has(sending.messageIds[at]!) ? 1 : 0)
    })
    const { submitting = 0, cancelled = 0 } = await countStates(database.db, sending.campaignId)
    expect([submitting, submitting + cancelled]).toEqual([gone.size, 12])
  })

  it('waits for a launch that is being written, and takes what it wrote', async () => {
    const scene = await launchScene(database.db, { people: 12 })
    const draft = await scene.draft()
    const people = await database.db.selectFrom('candidate').select('id').where('company_id', '=', scene.scope.companyId).orderBy('id').limit(3).execute()
    const isWaiting = async () => (await one(sql<{ n: number }>`select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).n === people.length
    let erasing: Promise<unknown[]> | undefined
    // The texts are written, and nobody else can see them yet.
    const launched = await launchCampaign({ db: database.db, config }, scene.viewer, { campaignId: draft.id, version: 1, launchKey: crypto.randomUUID(), recipients: 100 }, async () => {
      erasing = Promise.all(people.map(({ id }) => erasePerson(deps, scene.scope, { candidateId: id, by: scene.user.id })))
      await until(isWaiting, 'the erasures wait')
    })
    expect(launched).toMatchObject({ ok: true })
    expect(await erasing).toEqual(people.map(() => ({ ok: true, value: { kind: 'candidate', cancelled: 1, underway: 0 } })))
    expect(await countStates(database.db, draft.id)).toEqual({ cancelled: 3, queued: 9 })
    expect(await getProgress(database.db, scene.scope, draft.id)).toMatchObject({ total: 12, remaining: 9, cancelled: 3 })
  })

  it('comes first, and a launch with the same person in it is told to try again', async () => {
    const scene = await launchScene(database.db, { people: 3 })
    const draft = await scene.draft()
    const { id } = await database.db.selectFrom('candidate').select('id').where('company_id', '=', scene.scope.companyId).limit(1).executeTakeFirstOrThrow()
    const outcomes = await Promise.all([erasePerson(deps, scene.scope, { candidateId: id, by: scene.user.id }), scene.launch(draft)])
    expect(outcomes[0]).toMatchObject({ ok: true })
    const again = outcomes[1].ok ? outcomes[1] : await scene.launch(draft)
    expect(again).toMatchObject({ ok: true })
    const { n } = await one(sql<{ n: number }>`select count(*) as n from message where campaign_id = ${draft.id} and state = 'queued' and candidate_id is null`)
    expect(n).toBe(0)
  })
})

it('a restored backup brings nobody back, and a new record with an old id is left alone', async () => {
  const sending = await makeSending(database.db, { recipients: 2 })
  const [back, reused] = sending.candidateIds as [number, number]
  const copies = await sql<{ row: Record<string, unknown> }>`select to_jsonb(c) - 'search_words' - 'sort_name' as row from candidate c where id in (${back}, ${reused}) order by id`.execute(database.db)
  for (const id of [back, reused]) await erase(sending, id)
  expect(readFileSync(path.join(dataDir, 'erasures.jsonl'), 'utf8')).toContain(`"candidateId":${back}`)
  // As a backup from before leaves it: the record is there, and nothing tells of the erasure.
  await sql`delete from privacy_erasure where company_id = ${sending.scope.companyId}`.execute(database.db)
  for (const [at, { row }] of copies.rows.entries()) {
    const columns = Object.keys(row).filter((name) => at === 0 || name !== 'created_at')
    await sql`insert into candidate (${sql.join(columns.map((name) => sql.ref(name)))}) overriding system value select ${sql.join(columns.map((name) => sql.ref(name)))} from jsonb_populate_record(null::candidate, ${JSON.stringify(row)}::jsonb)`.execute(database.db)
  }
  expect(await reapplyErasures(deps)).toBe(1)
  expect(await sql`select id from candidate where id in (${back}, ${reused})`.execute(database.db)).toMatchObject({ rows: [{ id: reused }] })
  expect(await reapplyErasures(deps)).toBe(0)
})
