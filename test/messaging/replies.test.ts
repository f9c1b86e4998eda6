import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { textsOf } from '../support/texts.ts'

let database: TestDatabase
let texts: ReturnType<typeof textsOf>
beforeAll(async () => {
  database = await createTestDatabase()
  texts = textsOf(database)
})
afterAll(() => database.close())
beforeEach(() => texts.next())

describe('a text', () => {
  it('belongs to the newest sending to that texts.number, with its candidate (S112)', async () => {
    const older = await texts.texted({ daysAgo: 2 })
    const newer = await texts.texted({ company: older.company, daysAgo: 1 })
    await texts.text('Oui, je suis libre')
    expect(await texts.repliesOf(older.scope)).toEqual([{ body: 'Oui, je suis libre', keyword: 'none', campaign_id: newer.campaignId, candidate_id: newer.candidateIds[0], message_id: newer.messageIds[0] }])
  })

  it('after the time for answers goes to the history of the person, without a campaign (S112)', async () => {
    const sending = await texts.texted({ daysAgo: 15 })
    await texts.text('Trop tard ?')
    expect(await texts.repliesOf(sending.scope)).toEqual([{ body: 'Trop tard ?', keyword: 'none', campaign_id: null, candidate_id: sending.candidateIds[0], message_id: null }])
    await saveSetting(database.db, sending.scope, 'reply.window_days', 30)
    await texts.text('Encore là')
    expect((await texts.repliesOf(sending.scope))[1]).toMatchObject({ campaign_id: sending.campaignId })
  })

  it('to a shared texts.number is shown to the company that texted last, and to no other', async () => {
    const other = await texts.texted({ daysAgo: 3 })
    const newest = await texts.texted({ daysAgo: 1 })
    await texts.text('Bonjour')
    expect(await texts.repliesOf(newest.scope)).toHaveLength(1)
    expect(await texts.repliesOf(other.scope)).toEqual([])
  })

  it('from a person nobody texted goes to the record that has the texts.number, or to the only owner of ours', async () => {
    const company = await makeCompany(database.db)
    await texts.text('Qui êtes-vous ?')
    expect(await texts.repliesOf(company.scope)).toMatchObject([{ candidate_id: null, campaign_id: null }])
    const sending = await makeSending(database.db, { company, e164: [texts.number] })
    await texts.text('Allô')
    expect((await texts.repliesOf(company.scope))[1]).toMatchObject({ candidate_id: sending.candidateIds[0], campaign_id: null })
  })

  it('that nobody can be told to own is kept in the inbox', async () => {
    await makeCompany(database.db)
    await makeCompany(database.db)
    await texts.text('Perdu')
    expect(await texts.lastResult()).toBe('unknown_number')
    await texts.text('Perdu', { to: '99999' })
    expect(await texts.lastResult()).toBe('unknown_sender')
    await texts.text('Promo', { from: 'BANQUE' })
    expect(await texts.lastResult()).toBe('not_a_number')
  })

  it('names the recipient it answers, is unread, and is told once to whoever sent the campaign (S108, S109)', async () => {
    const sending = await texts.texted()
    const uuid = crypto.randomUUID()
    await Promise.all([texts.text('Je vous rappelle', { uuid }), texts.text('Je vous rappelle', { uuid })])
    const recipient = await database.db.selectFrom('recipient').select('id').where('campaign_id', '=', sending.campaignId).executeTakeFirstOrThrow()
    const reply = await texts.newestReply(sending.scope)
    expect(reply).toMatchObject({ recipient_id: recipient.id, read_at: null, handled_as: 'text', review: null, is_complete: true, reading_state: 'waiting' })
    expect(await texts.newsOf(sending.scope)).toEqual([{ user_id: sending.userId, kind: 'reply_received', campaign_id: sending.campaignId, candidate_id: sending.candidateIds[0], params: { reply: reply.id } }])
  })

  it('answers the campaign of an automatic answer too, and a confirmation of nothing', async () => {
    const sending = await texts.texted({ daysAgo: 2 })
    const send = (purpose: string, campaignId: number | null) => sql`
      insert into message (company_id, purpose, campaign_id, e164, sender, body, encoding, segments, state, submitted_at)
      values (${sending.scope.companyId}, ${purpose}, ${campaignId}, ${texts.number}, '38047', 'Merci', 'gsm7', 1, 'accepted', app_now())`.execute(database.db)
    await send('auto_response', sending.campaignId)
    await texts.text('De rien')
    const recipient = await database.db.selectFrom('recipient').select('id').where('campaign_id', '=', sending.campaignId).executeTakeFirstOrThrow()
    expect(await texts.newestReply(sending.scope)).toMatchObject({ campaign_id: sending.campaignId, recipient_id: recipient.id })
    await send('confirmation', null)
    await texts.text('Bien reçu')
    expect(await texts.newestReply(sending.scope)).toMatchObject({ campaign_id: sending.campaignId, recipient_id: recipient.id })
  })

  it('of ten thousand letters, control characters or nothing is kept as it is, and one by a short texts.number or a name is nobody’s', async () => {
    const sending = await texts.texted()
    for (const body of ['x'.repeat(10_000), '\u202e\u0007🙂'.repeat(500), '', '\ufdfa'.repeat(2_000)]) {
      await texts.text(body)
      expect((await texts.newestReply(sending.scope)).body).toBe(body)
    }
    await texts.text('Réponse automatique : je suis absent')
    expect(await texts.newestReply(sending.scope)).toMatchObject({ is_automatic: true, handled_as: 'text' })
    await texts.text('STOP', { from: '36179' })
    expect(await texts.lastResult()).toBe('not_a_number')
  })

  it('delivered five times is one reply', async () => {
    const sending = await texts.texted()
    const uuid = crypto.randomUUID()
    await Promise.all(Array.from({ length: 5 }, () => texts.text('Oui', { uuid })))
    expect(await texts.repliesOf(sending.scope)).toHaveLength(1)
  })
})

describe('STOP', () => {
  it('opts out of every campaign and every company that texts by that texts.number, and of no other (F-17, S111)', async () => {
    const one = await texts.texted()
    const two = await texts.texted({ company: one.company })
    const shared = await texts.texted()
    const own = await makeCompany(database.db)
    await sql`update sms_sender set address = '38048' where company_id = ${own.id}`.execute(database.db)
    await makeSending(database.db, { company: own, e164: [texts.number] })
    await texts.text(' Stop. ')
    expect([await texts.isOptedOut(one.scope), await texts.isOptedOut(shared.scope), await texts.isOptedOut(own.scope)]).toEqual([true, true, false])
    expect(await texts.eventsOf(one.scope)).toEqual([{ kind: 'opt_out', source: 'sms', campaign_id: two.campaignId }])
    expect(await texts.repliesOf(one.scope)).toMatchObject([{ keyword: 'stop' }])
    expect(await texts.repliesOf(shared.scope)).toMatchObject([{ keyword: 'stop' }])
  })

  it('reaches a company that has the texts.number but never texted it', async () => {
    const company = await makeCompany(database.db)
    await makeCompany(database.db)
    await texts.text('STOP')
    expect(await texts.isOptedOut(company.scope)).toBe(true)
  })

  it('five times is one opt-out; START undoes it; the old STOP again changes nothing (F-19)', async () => {
    const sending = await texts.texted()
    const uuid = crypto.randomUUID()
    await Promise.all(Array.from({ length: 5 }, () => texts.text('STOP', { uuid })))
    expect(await texts.isOptedOut(sending.scope)).toBe(true)
    await texts.text('START')
    expect(await texts.isOptedOut(sending.scope)).toBe(false)
    await texts.text('STOP', { uuid })
    expect(await texts.isOptedOut(sending.scope)).toBe(false)
    expect(await texts.eventsOf(sending.scope)).toMatchObject([{ kind: 'opt_out' }, { kind: 'opt_in' }])
  })

  it.each<[string, string, string, boolean]>([
    ['where the law asks for it', 'law', '+12025550123', true], ['not in France', 'law', '', false], ['wherever the company wants it', 'always', '', true], ['nowhere when the provider does it', 'provider', '+12025550124', false],
  ])('is confirmed %s, once for each opt-out, by a text that closes with the texts.number (F-19)', async (_where, rule, e164, isConfirmed) => {
    texts.number = e164 || texts.number
    const sending = await texts.texted()
    await saveSetting(database.db, sending.scope, 'stop.confirmation', rule as 'law')
    const uuid = crypto.randomUUID()
    await Promise.all(Array.from({ length: 5 }, () => texts.text('Stop', { uuid })))
    await texts.text('STOP')
    const sent = await texts.messagesOf(sending.scope, 'confirmation')
    expect(sent).toHaveLength(isConfirmed ? 1 : 0)
    expect(await texts.isOptedOut(sending.scope)).toBe(true)
    if (!isConfirmed) return
    expect(sent[0]).toMatchObject({ state: 'queued', sender: '38047', e164: texts.number, segments: 1, body: expect.stringMatching(/^Agence \d+ a bien noté votre demande\./) })
    await texts.text('START')
    await texts.text('STOP')
    expect(await texts.messagesOf(sending.scope, 'confirmation')).toHaveLength(2)
  })

  it('is read and done with, and nobody is told of it', async () => {
    const sending = await texts.texted()
    await texts.text('STOP')
    expect(await texts.newestReply(sending.scope)).toMatchObject({ handled_as: 'stop', read_at: expect.any(Date), read_by: null, reading_state: 'none' })
    expect(await texts.newsOf(sending.scope)).toEqual([])
  })

  it('that comes late does not undo the START said after it, nor a late START the STOP', async () => {
    const sending = await texts.texted()
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
    await texts.text('START', { at: minutesAgo(1) })
    await texts.text('STOP', { at: minutesAgo(5) })
    expect(await texts.isOptedOut(sending.scope)).toBe(false)
    await texts.text('STOP')
    await texts.text('START', { at: minutesAgo(1) })
    expect(await texts.isOptedOut(sending.scope)).toBe(true)
  })

  it('leaves no answer of ours behind', async () => {
    const sending = await texts.texted()
    await texts.text('ARRÊT')
    expect(await database.db.selectFrom('message').select('id').where('company_id', '=', sending.scope.companyId).execute()).toHaveLength(1)
  })
})

describe('START', () => {
  it('does not undo what was withdrawn on the page of another company', async () => {
    const other = await texts.texted({ daysAgo: 5 })
    const answered = await texts.texted({ daysAgo: 1 })
    await recordOptOut(database.db, other.scope, { e164: texts.number, source: 'page' })
    await recordOptOut(database.db, answered.scope, { e164: texts.number, source: 'page' })
    await texts.text('START')
    expect([await texts.isOptedOut(other.scope), await texts.isOptedOut(answered.scope)]).toEqual([true, false])
  })

  it('is not what OUI means', async () => {
    const sending = await texts.texted()
    await recordOptOut(database.db, sending.scope, { e164: texts.number, source: 'sms' })
    await texts.text('OUI')
    expect(await texts.isOptedOut(sending.scope)).toBe(true)
  })
})
