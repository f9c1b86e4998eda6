import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { getProgress } from '../../src/campaigns/progress.queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { requeueDoubts } from '../../src/messaging/resend.queries.ts'
import { announce } from '../../src/notifications/commands.ts'
import { previewRetention, purge } from '../../src/privacy/retention.commands.ts'
import { BATCH } from '../../src/privacy/retention.domain.ts'
import { listLastRuns } from '../../src/privacy/retention.queries.ts'
import { recordInJournal } from '../../src/web/journal.queries.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { moveMessages } from '../support/factories/batches.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { makeEndpoint, tell } from '../support/factories/webhooks.ts'
import { settings } from '../support/sending.ts'

/** Personal data goes on schedule, a batch at a time, and the journal says so (F-89). Tests move the clock, never a row's date. */

let database: TestDatabase
let deps: Parameters<typeof purge>[0]
const going = new AbortController().signal
beforeAll(async () => {
  database = await createTestDatabase()
  deps = { db: database.db, config: settings({ DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-retention-')) }), log: pino({ level: 'silent' }) }
})
beforeEach(() => shiftClock(database, '0 days'))
afterAll(() => database.close())

const one = async <Row>(statement: ReturnType<typeof sql<Row>>) => (await statement.execute(database.db)).rows[0]!
const due = async (scope: Parameters<typeof previewRetention>[1]) => Object.fromEntries([...(await previewRetention(deps, scope))].map(([kind, { n }]) => [kind, n]))
const NOTHING = { texts: 0, events: 0, comments: 0, tests: 0, imports: 0, notifications: 0, webhooks: 0, links: 0, candidates: 0, mails: 0, journal: 0 }

/** A signal that is found aborted after so many looks. */
function stoppedAfter(looks: number): AbortSignal {
  const stopping = new AbortController()
  return new Proxy(stopping.signal, { get: (signal, name) => (name === 'aborted' ? looks-- <= 0 : Reflect.get(signal, name)) })
}

/** A campaign with everything that is ever removed; finished, unless told otherwise. */
async function scene(given: { isOver?: boolean; recipients?: number } = {}) {
  const sending = await makeSending(database.db, { recipients: given.recipients ?? 2, ...(given.isOver === false ? { closesAt: new Date('2099-01-01T00:00:00Z') } : {}) })
  const { scope, campaignId, userId } = sending
  const company = scope.companyId
  await moveMessages(database, campaignId, ['leased', 'submitting', 'accepted', 'delivered'])
  const [recipient] = (await sql<{ id: number; code: string }>`select id, code from recipient where campaign_id = ${campaignId} order by rank`.execute(database.db)).rows
  await sql`insert into recipient_profile (company_id, recipient_id, candidate_id) select company_id, id, candidate_id from recipient where campaign_id = ${campaignId}`.execute(database.db)
  await recordAnswer(deps, scope, recipient!.id, { choice: 'yes', availableFrom: '2026-12-01', availableUntil: null, comment: 'genou fragile', formId: randomUUID(), baseVersion: 0, source: 'link' })
  const attempt = randomUUID()
  await sql`insert into send_attempt (company_id, id, message_id, n, outcome, provider_id) values (${company}, ${attempt}, ${sending.messageIds[0]}, 1, 'accepted', ${attempt})`.execute(database.db)
  await sql`insert into provider_event (dedupe_key, kind, body, applied_at) values (${attempt}, 'status', ${JSON.stringify({ message_uuid: attempt, to: sending.e164[0] })}::jsonb, app_now())`.execute(database.db)
  await sql`insert into reply (company_id, e164, sender, body, provider_id, campaign_id) values (${company}, ${sending.e164[0]}, '38047', 'oui, mais', ${randomUUID()}, ${campaignId})`.execute(database.db)
  await sql`insert into message (company_id, purpose, campaign_id, requested_by, e164, sender, body, encoding, segments) values (${company}, 'test', ${campaignId}, ${userId}, '+33639980000', '38047', 'un essai', 'gsm7', 1)`.execute(database.db)
  await sql`update message set state = 'cancelled' where campaign_id = ${campaignId} and purpose = 'test'`.execute(database.db)
  await sql`update short_link set expires_at = app_now() + interval '40 days', last_fetched_at = app_now() where company_id = ${company}`.execute(database.db)
  const imported = await one(sql<{ id: number }>`
    insert into candidate_import (company_id, user_id, file_name, status, encoding, delimiter, header, content) values (${company}, ${userId}, 'gens.csv', 'checked', 'utf-8', ';', '[]', 'nom;mobile') returning id`)
  await sql`insert into candidate_import_row (company_id, import_id, line, record, action, candidate_id, applied) values (${company}, ${imported.id}, 2, '{"last_name": "Vu"}', 'create', ${sending.candidateIds[0]}, true), (${company}, ${imported.id}, 3, '{"last_name": "Perdu"}', 'error', null, false)`.execute(database.db)
  await sql`insert into reference_file (company_id, user_id, kind, token, file_name, content) values (${company}, ${userId}, 'codes', ${randomUUID()}, 'codes.csv', 'code')`.execute(database.db)
  await makeEndpoint(database.db, scope, { types: ['campaign.paused'] })
  await tell(database.db, scope, 'campaign.paused')
  await announce(database.db, scope, { kind: 'batch_sent', userIds: [userId], campaignId, dedupeKey: 'batch' })
  await recordInJournal(database.db, { companyId: company, userId, action: 'candidate.created', subjectKind: 'candidate', subjectId: sending.candidateIds[0]! })
  if (given.isOver !== false) await sql`update campaign set status = 'completed', finished_at = app_now(), closes_at = app_now() + interval '3 days' where id = ${campaignId}`.execute(database.db)
  return { ...sending, importId: imported.id, recipientId: recipient!.id, code: recipient!.code }
}

describe('the retention (F-89)', () => {
  it('removes each kind when its time is over, says so, and leaves what is counted', async () => {
    const { scope, campaignId, importId, recipientId, code, messageIds } = await scene()
    const before = await getProgress(database.db, scope, campaignId)
    expect(await due(scope)).toEqual(NOTHING)
    await purge(deps, going)
    expect(await due(scope)).toEqual(NOTHING)

    await shiftClock(database, '31 days')
    expect(await due(scope)).toEqual({ ...NOTHING, events: 1, imports: 3, webhooks: 1 })
    await shiftClock(database, '91 days')
    expect(await due(scope)).toEqual({ ...NOTHING, events: 1, imports: 3, texts: 3, tests: 1, links: 2, notifications: 1, webhooks: 1 })
    await purge(deps, going)
    expect(await due(scope)).toEqual(NOTHING)
    expect(await one(sql`select body, segments, state from message where id = ${messageIds[0]}`)).toEqual({ body: '', segments: 1, state: 'delivered' })
    expect(await one(sql`select count(*) filter (where body <> '') as texts, count(*) as n from reply where company_id = ${scope.companyId}`)).toEqual({ texts: 0, n: 1 })
    expect(await one(sql`select content, status from candidate_import where id = ${importId}`)).toEqual({ content: null, status: 'discarded' })
    expect((await sql`select line, record from candidate_import_row where import_id = ${importId}`.execute(database.db)).rows).toEqual([{ line: 2, record: {} }])
    expect(await one(sql`select revoked_at is not null as revoked, last_fetched_at from short_link where code = ${code}`)).toEqual({ revoked: true, last_fetched_at: null })

    await shiftClock(database, '1 year 10 days')
    expect(await due(scope)).toEqual({ ...NOTHING, comments: 1 })
    await purge(deps, going)
    expect(await one(sql`select choice, available_from, comment from answer where recipient_id = ${recipientId}`)).toEqual({ choice: 'yes', available_from: '2026-12-01', comment: '' })
    const note = await one(sql<{ body: string }>`select body from follow_up_note where recipient_id = ${recipientId}`)
    expect(note.body.replace(/\u00a0/g, ' ')).toMatch(/OUI.*retour SMS : …$/s)
    expect(await getProgress(database.db, scope, campaignId)).toEqual(before)

    await shiftClock(database, '3 years 10 days')
    expect((await due(scope)).journal).toBeGreaterThan(0)
    await purge(deps, going)
    const left = (await sql<{ action: string; subject_id: string }>`select action, subject_id from journal where company_id = ${scope.companyId} order by id`.execute(database.db)).rows.map(({ action, subject_id }) => `${action} ${subject_id}`)
    expect(left).toEqual(['texts', 'events', 'tests', 'imports', 'notifications', 'webhooks', 'links', 'comments', 'journal'].map((kind) => `privacy.purged ${kind}`))
    expect((await listLastRuns(database.db, scope)).find(({ kind }) => kind === 'journal')).toMatchObject({ is_complete: true })
  })

  it('removes nothing of a campaign that goes on, however old, and no text that may be sent again', async () => {
    const open = await scene({ isOver: false })
    const doubtful = await makeSending(database.db, { company: open.company })
    await moveMessages(database, doubtful.campaignId, ['leased', 'submitting', 'in_doubt'])
    await sql`insert into send_attempt (company_id, id, message_id, n, outcome) values (${open.scope.companyId}, ${randomUUID()}, ${doubtful.messageIds[0]}, 1, 'in_doubt')`.execute(database.db)
    await shiftClock(database, '5 years')
    const found = await due(open.scope)
    expect(found).toMatchObject({ texts: 0, comments: 0, tests: 0 })
    await purge(deps, going)
    expect(await one(sql`select count(*) as n from message where campaign_id = any(${[open.campaignId, doubtful.campaignId]}::bigint[]) and body = ''`)).toEqual({ n: 0 })
    expect(await one(sql`select comment from answer where recipient_id = ${open.recipientId}`)).toEqual({ comment: 'genou fragile' })

    // Over at last: the text in doubt goes too, and can then not be sent again.
    await sql`update campaign set status = 'completed', finished_at = app_now() - interval '1 year' where id = ${doubtful.campaignId}`.execute(database.db)
    await purge(deps, going)
    const requeued = await database.db.transaction().execute((trx) => requeueDoubts(trx, open.scope, { campaignId: doubtful.campaignId, messageIds: 'all', seenAt: Date.now() * 1e4 }, doubtful.userId))
    expect(requeued).toEqual([])
  })

  it('forgets people nobody has had to do with, only where the company says so, and never those of a campaign that goes on', async () => {
    const gone = await scene()
    const busy = await makeSending(database.db, { company: gone.company })
    await shiftClock(database, '3 years')
    expect((await due(gone.scope)).candidates).toBe(0)
    await saveSetting(database.db, gone.scope, 'retention.candidates_months', 24)
    expect((await due(gone.scope)).candidates).toBe(2)
    await purge(deps, going)
    const left = await sql<{ id: number }>`select id from candidate where company_id = ${gone.scope.companyId}`.execute(database.db)
    expect(left.rows.map(({ id }) => id)).toEqual(busy.candidateIds)
    expect(await one(sql`select count(*) as n from journal where company_id = ${gone.scope.companyId} and action = 'person.expired'`)).toEqual({ n: 2 })
  })

  it('works in batches, stops when told to and goes on where it was, two at once', async () => {
    const { scope } = await scene({ recipients: BATCH + 200 })
    await shiftClock(database, '91 days')
    // Told to stop the third time it looks, then ever later: somewhere in the middle of everything.
    for (let looks = 3; (await due(scope)).texts! > 0; looks *= 2) await purge(deps, stoppedAfter(looks))
    expect(await one(sql`select bool_or(not is_complete) as was_stopped from retention_run`)).toEqual({ was_stopped: true })
    await Promise.all([purge(deps, going), purge(deps, going)])
    expect(await due(scope)).toEqual(NOTHING)
    const { n: removed } = await one(sql<{ n: number }>`select sum(removed)::int as n from retention_run where company_id = ${scope.companyId} and kind = 'texts'`)
    expect(removed).toBe(BATCH + 200 + 1)
  })
})
