import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { findPhone, recordOptOut } from '../../src/consent/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { receiveEvent } from '../../src/messaging/inbox.commands.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { settings } from '../support/sending.ts'

let database: TestDatabase
let number = ''
let last = 0
const config = settings()
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  number = `+336399850${String(last++).padStart(2, '0')}`
  // Each test has the shared number for its own companies.
  await sql`update sms_sender set address = id || '0000' where address = '38047'`.execute(database.db)
})

/** Sent `daysAgo` to the person of this test. */
async function texted(given: { company?: Awaited<ReturnType<typeof makeCompany>>; daysAgo?: number } = {}) {
  const sending = await makeSending(database.db, { ...given, e164: [number] })
  await sql`update message set state = 'leased', lease_until = app_now() where campaign_id = ${sending.campaignId}`.execute(database.db)
  await sql`update message set state = 'submitting', lease_until = null, submitted_at = app_now() - make_interval(days => ${given.daysAgo ?? 0}) where campaign_id = ${sending.campaignId}`.execute(database.db)
  return sending
}

function text(body: string, { uuid = crypto.randomUUID() as string, to = '38047', from = number.slice(1) } = {}) {
  return receiveEvent({ db: database.db, config, log: pino({ level: 'silent' }) }, 'inbound', Buffer.from(JSON.stringify({
    channel: 'sms', message_uuid: uuid, to, from, timestamp: new Date().toISOString(), message_type: 'text', text: body,
  })))
}

const repliesOf = ({ companyId }: CompanyScope) =>
  database.db.selectFrom('reply').select(['body', 'keyword', 'campaign_id', 'candidate_id', 'message_id']).where('company_id', '=', companyId).orderBy('id').execute()
const isOptedOut = async (scope: CompanyScope) => (await findPhone(database.db, scope, number))?.opted_out_at instanceof Date
const eventsOf = (scope: CompanyScope) => database.db.selectFrom('opt_out_event').select(['kind', 'source', 'campaign_id']).where('company_id', '=', scope.companyId).orderBy('id').execute()
const lastResult = async () => (await database.db.selectFrom('provider_event').select('result').orderBy('id', 'desc').executeTakeFirstOrThrow()).result

describe('a text', () => {
  it('belongs to the newest sending to that number, with its candidate (S112)', async () => {
    const older = await texted({ daysAgo: 2 })
    const newer = await texted({ company: older.company, daysAgo: 1 })
    await text('Oui, je suis libre')
    expect(await repliesOf(older.scope)).toEqual([{ body: 'Oui, je suis libre', keyword: 'none', campaign_id: newer.campaignId, candidate_id: newer.candidateIds[0], message_id: newer.messageIds[0] }])
  })

  it('after the time for answers goes to the history of the person, without a campaign (S112)', async () => {
    const sending = await texted({ daysAgo: 15 })
    await text('Trop tard ?')
    expect(await repliesOf(sending.scope)).toEqual([{ body: 'Trop tard ?', keyword: 'none', campaign_id: null, candidate_id: sending.candidateIds[0], message_id: null }])
    await saveSetting(database.db, sending.scope, 'reply.window_days', 30)
    await text('Encore là')
    expect((await repliesOf(sending.scope))[1]).toMatchObject({ campaign_id: sending.campaignId })
  })

  it('to a shared number is shown to the company that texted last, and to no other', async () => {
    const other = await texted({ daysAgo: 3 })
    const newest = await texted({ daysAgo: 1 })
    await text('Bonjour')
    expect(await repliesOf(newest.scope)).toHaveLength(1)
    expect(await repliesOf(other.scope)).toEqual([])
  })

  it('from a person nobody texted goes to the record that has the number, or to the only owner of ours', async () => {
    const company = await makeCompany(database.db)
    await text('Qui êtes-vous ?')
    expect(await repliesOf(company.scope)).toMatchObject([{ candidate_id: null, campaign_id: null }])
    const sending = await makeSending(database.db, { company, e164: [number] })
    await text('Allô')
    expect((await repliesOf(company.scope))[1]).toMatchObject({ candidate_id: sending.candidateIds[0], campaign_id: null })
  })

  it('that nobody can be told to own is kept in the inbox', async () => {
    await makeCompany(database.db)
    await makeCompany(database.db)
    await text('Perdu')
    expect(await lastResult()).toBe('unknown_number')
    await text('Perdu', { to: '99999' })
    expect(await lastResult()).toBe('unknown_sender')
    await text('Promo', { from: 'BANQUE' })
    expect(await lastResult()).toBe('not_a_number')
  })

  it('delivered five times is one reply', async () => {
    const sending = await texted()
    const uuid = crypto.randomUUID()
    await Promise.all(Array.from({ length: 5 }, () => text('Oui', { uuid })))
    expect(await repliesOf(sending.scope)).toHaveLength(1)
  })
})

describe('STOP', () => {
  it('opts out of every campaign and every company that texts by that number, and of no other (F-17, S111)', async () => {
    const one = await texted()
    const two = await texted({ company: one.company })
    const shared = await texted()
    const own = await makeCompany(database.db)
    await sql`update sms_sender set address = '38048' where company_id = ${own.id}`.execute(database.db)
    await makeSending(database.db, { company: own, e164: [number] })
    await text(' Stop. ')
    expect([await isOptedOut(one.scope), await isOptedOut(shared.scope), await isOptedOut(own.scope)]).toEqual([true, true, false])
    expect(await eventsOf(one.scope)).toEqual([{ kind: 'opt_out', source: 'sms', campaign_id: two.campaignId }])
    expect(await repliesOf(one.scope)).toMatchObject([{ keyword: 'stop' }])
    expect(await repliesOf(shared.scope)).toMatchObject([{ keyword: 'stop' }])
  })

  it('reaches a company that has the number but never texted it', async () => {
    const company = await makeCompany(database.db)
    await makeCompany(database.db)
    await text('STOP')
    expect(await isOptedOut(company.scope)).toBe(true)
  })

  it('five times is one opt-out; START undoes it; the old STOP again changes nothing (F-19)', async () => {
    const sending = await texted()
    const uuid = crypto.randomUUID()
    await Promise.all(Array.from({ length: 5 }, () => text('STOP', { uuid })))
    expect(await isOptedOut(sending.scope)).toBe(true)
    await text('START')
    expect(await isOptedOut(sending.scope)).toBe(false)
    await text('STOP', { uuid })
    expect(await isOptedOut(sending.scope)).toBe(false)
    expect(await eventsOf(sending.scope)).toMatchObject([{ kind: 'opt_out' }, { kind: 'opt_in' }])
  })

  it('leaves no answer of ours behind', async () => {
    const sending = await texted()
    await text('ARRÊT')
    expect(await database.db.selectFrom('message').select('id').where('company_id', '=', sending.scope.companyId).execute()).toHaveLength(1)
  })
})

describe('START', () => {
  it('does not undo what was withdrawn on the page of another company', async () => {
    const other = await texted({ daysAgo: 5 })
    const answered = await texted({ daysAgo: 1 })
    await recordOptOut(database.db, other.scope, { e164: number, source: 'page' })
    await recordOptOut(database.db, answered.scope, { e164: number, source: 'page' })
    await text('START')
    expect([await isOptedOut(other.scope), await isOptedOut(answered.scope)]).toEqual([true, false])
  })

  it('is not what OUI means', async () => {
    const sending = await texted()
    await recordOptOut(database.db, sending.scope, { e164: number, source: 'sms' })
    await text('OUI')
    expect(await isOptedOut(sending.scope)).toBe(true)
  })
})
