import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { optInByRecruiter } from '../../src/candidates/privacy.commands.ts'
import { mayLift } from '../../src/consent/domain.ts'
import { receiveEvent } from '../../src/messaging/inbox.commands.ts'
import { showIncomplete } from '../../src/messaging/parts.commands.ts'
import { decideReview } from '../../src/messaging/review.commands.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { textsOf } from '../support/texts.ts'

let database: TestDatabase
let texts: ReturnType<typeof textsOf>
beforeAll(async () => {
  database = await createTestDatabase()
  texts = textsOf(database)
})
afterAll(() => database.close())
beforeEach(() => texts.next())

describe('what may be a STOP', () => {
  const textable = async ({ candidateIds }: { candidateIds: number[] }) => (await database.db.selectFrom('candidate_textability').select(['reason', 'is_overridable']).where('candidate_id', '=', candidateIds[0]!).executeTakeFirstOrThrow())
  const decide = (sending: Awaited<ReturnType<typeof texts.texted>>, id: number, decision: 'stop' | 'not_stop', userId = sending.userId) => decideReview(database, { scope: sending.scope, userId }, id, decision)

  it('holds the texts.number, waits for a person, and is no answer until one has read it', async () => {
    const sending = await texts.texted()
    await texts.text('Merci de ne plus m’écrire, arrêtez')
    const reply = await texts.newestReply(sending.scope)
    expect(reply).toMatchObject({ keyword: 'none', handled_as: 'review', review: 'waiting', reading_state: 'none', read_at: null })
    expect(await textable(sending)).toEqual({ reason: 'under_review', is_overridable: false })
    expect(await texts.newsOf(sending.scope)).toMatchObject([{ user_id: sending.userId, kind: 'stop_to_review', params: { reply: reply.id } }])
    expect(await texts.eventsOf(sending.scope)).toEqual([{ kind: 'held', source: 'sms', campaign_id: sending.campaignId }])

    expect((await decide(sending, reply.id, 'not_stop')).ok).toBe(true)
    expect(await textable(sending)).toMatchObject({ reason: null })
    expect(await texts.newestReply(sending.scope)).toMatchObject({ review: 'not_stop', reviewed_by: sending.userId, handled_as: 'text', reading_state: 'waiting', read_at: expect.any(Date) })
    expect(await texts.eventsOf(sending.scope)).toMatchObject([{ kind: 'held' }, { kind: 'released', source: 'recruiter' }])
    // Once more, or the other way: somebody was faster.
    expect(await decide(sending, reply.id, 'stop')).toMatchObject({ ok: false, reason: 'decided', detail: { as: 'not_stop' } })
    expect(await texts.isOptedOut(sending.scope)).toBe(false)
  })

  it('is a STOP of the person once somebody reads it so: nobody texts over it, and it can be taken back with a reason', async () => {
    const sending = await texts.texted()
    await texts.text('plus de sms')
    const { id } = await texts.newestReply(sending.scope)
    const results = await Promise.all([decide(sending, id, 'stop'), decide(sending, id, 'not_stop'), decide(sending, id, 'stop')])
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    if ((await texts.newestReply(sending.scope)).review === 'not_stop') {
      await texts.text('plus de sms')
      await decide(sending, (await texts.newestReply(sending.scope)).id, 'stop')
    }
    expect(await textable(sending)).toEqual({ reason: 'opted_out', is_overridable: false })
    const phone = await texts.phone(sending.scope)
    expect(phone).toMatchObject({ opt_out_source: 'sms', opted_out_by: sending.userId, held_at: null })
    expect(mayLift(phone!)).toBe(true)
    const person = { candidateId: sending.candidateIds[0]!, e164: texts.number, userId: sending.userId, reason: 'Elle parlait d’un autre agence' }
    expect(await optInByRecruiter(database, sending.scope, person)).toEqual({ ok: true, value: { isNew: true } })
    expect(await database.db.selectFrom('opt_out_event').select(['kind', 'user_id', 'reason']).where('company_id', '=', sending.scope.companyId).orderBy('id', 'desc').executeTakeFirst()).toEqual({ kind: 'opt_in', user_id: sending.userId, reason: person.reason })
    // What the person says themselves no colleague takes back.
    await texts.text('STOP')
    expect(await optInByRecruiter(database, sending.scope, person)).toMatchObject({ ok: false, reason: 'not_ours' })
  })

  it('ends with the next clear word of the person, and is not asked about after a STOP', async () => {
    const sending = await texts.texted()
    await texts.text('stop')
    await texts.text('arrêtez maintenant')
    expect(await texts.newestReply(sending.scope)).toMatchObject({ handled_as: 'text', review: null })
    await texts.text('START')
    await texts.text('arrêtez un peu')
    expect((await texts.phone(sending.scope))?.held_at).toBeInstanceOf(Date)
    await texts.text('START')
    expect((await texts.phone(sending.scope))?.held_at).toBeNull()
    expect(await database.db.selectFrom('reply').select('review').where('company_id', '=', sending.scope.companyId).where('review', '=', 'waiting').execute()).toEqual([])
  })

  it('of two texts is decided by both', async () => {
    const sending = await texts.texted()
    await texts.text('arrêtez ça')
    await texts.text('arrêtez svp')
    const ids = (await database.db.selectFrom('reply').select('id').where('company_id', '=', sending.scope.companyId).where('review', '=', 'waiting').orderBy('id').execute()).map(({ id }) => id)
    await decide(sending, ids[0]!, 'not_stop')
    expect((await texts.phone(sending.scope))?.held_at).toBeInstanceOf(Date)
    await decide(sending, ids[1]!, 'not_stop')
    expect((await texts.phone(sending.scope))?.held_at).toBeNull()
  })
})

describe('a text in parts (F-41)', () => {
  const part = (no: number, body: string, { total = 3, ref = '7', uuid = crypto.randomUUID() as string, form = false } = {}) => {
    const fields = { msisdn: texts.number.slice(1), to: '38047', messageId: uuid, text: body, type: 'text', 'message-timestamp': '2026-11-22 09:00:00', concat: 'true', 'concat-ref': ref, 'concat-total': String(total), 'concat-part': String(no) }
    return receiveEvent(texts.deps, 'inbound', Buffer.from(form ? new URLSearchParams(fields).toString() : JSON.stringify(fields)))
  }
  const wait = (minutes: number) => sql`update provider_event set received_at = received_at - make_interval(mins => ${minutes}) where body ->> 'from' = ${texts.number.slice(1)}`.execute(database.db)
  const show = () => showIncomplete(texts.deps)

  it.each([[[1, 2, 3]], [[2, 1, 1, 3]], [[3, 3, 2, 1]]])('%j is one text, in its order, told once', async (order) => {
    const sending = await texts.texted()
    for (const no of order) await part(no, ['Je suis libre ', 'à partir de lundi ', 'prochain.'][no - 1]!)
    expect(await texts.repliesOf(sending.scope)).toMatchObject([{ body: 'Je suis libre à partir de lundi prochain.', campaign_id: sending.campaignId }])
    expect(await texts.newsOf(sending.scope)).toHaveLength(1)
    await part(2, 'à partir de lundi ')
    expect([await texts.lastResult(), (await texts.repliesOf(sending.scope)).length]).toEqual(['duplicate', 1])
  })

  it('whose parts come at the same moment is one text, also as a form', async () => {
    const sending = await texts.texted()
    await Promise.all([1, 2, 3].map((no) => part(no, `p${no}`, { form: no === 2 })))
    expect((await texts.repliesOf(sending.scope)).map(({ body }) => body)).toEqual(['p1p2p3'])
  })

  it('a part of which is missing for ten minutes is shown as it is, and completed when it comes after all', async () => {
    const sending = await texts.texted()
    await part(3, 'trois')
    await part(1, 'un ')
    expect([await show(), await texts.repliesOf(sending.scope)]).toEqual([0, []])
    await wait(11)
    expect([await show(), await show()]).toEqual([1, 0])
    expect(await texts.newestReply(sending.scope)).toMatchObject({ body: 'un […] trois', is_complete: false, reading_state: 'none' })
    await part(2, 'deux ')
    expect(await texts.repliesOf(sending.scope)).toHaveLength(1)
    expect(await texts.newestReply(sending.scope)).toMatchObject({ body: 'un deux trois', is_complete: true, reading_state: 'waiting', read_at: null })
  })

  it('that begins with STOP is obeyed at once, and one that may be a STOP holds the number', async () => {
    const sending = await texts.texted()
    await part(1, 'STOP je ne veux plus rien recevoir de votre part, ')
    expect([await texts.isOptedOut(sending.scope), await texts.repliesOf(sending.scope)]).toEqual([true, []])
    await part(3, 'merci')
    await part(2, 'jamais, ')
    expect(await texts.repliesOf(sending.scope)).toMatchObject([{ keyword: 'stop', body: expect.stringMatching(/^STOP je .* merci$/) }])
    expect(await texts.eventsOf(sending.scope)).toHaveLength(1)

    await texts.next()
    const other = await texts.texted()
    await part(2, 'et surtout ne plus recevoir de SMS')
    expect((await texts.phone(other.scope))?.held_at).toBeInstanceOf(Date)
    await part(1, 'Bonjour, je voudrais ')
    await part(3, '.')
    expect(await texts.newestReply(other.scope)).toMatchObject({ handled_as: 'review', review: 'waiting' })
  })

  it('by a texts.number that is used again is another text', async () => {
    const sending = await texts.texted()
    await part(1, 'ancien ', { total: 2 })
    await part(1, 'nouveau ', { total: 2 })
    await part(2, 'texte', { total: 2 })
    expect((await texts.repliesOf(sending.scope)).map(({ body }) => body)).toEqual(['ancien […]', 'nouveau texte'])
  })

  it('with impossible numbers is a text by itself', async () => {
    const sending = await texts.texted()
    for (const [no, total] of [[4, 3], [0, 3], [1, 99], [1, 1]] as const) await part(no, `${no} of ${total}`, { total })
    expect((await texts.repliesOf(sending.scope)).map(({ body }) => body)).toEqual(['4 of 3', '0 of 3', '1 of 99', '1 of 1'])
  })
})
