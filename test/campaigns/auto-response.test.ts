import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerReplies } from '../../src/campaigns/auto-response.commands.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { startLine, until, type Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
})
afterAll(async () => {
  await line.close()
  await database.close()
})

const BODY = 'Merci {prenom|}, {agence} vous rappelle. {recruteur}'
const answer = () => answerReplies(line.app.deps)

/** Somebody who was texted by a campaign with an automatic answer. */
async function texted(given: { body?: string } = {}) {
  const sending = await makeSending(database.db)
  const template = await makeTemplate(database.db, sending.scope, { kind: 'auto_response', texts: { fr: given.body ?? BODY } })
  await sql`update campaign set auto_response_template_id = ${template.id} where id = ${sending.campaignId}`.execute(database.db)
  await line.dispatcher().runOnce()
  const phone = sending.e164[0]!.slice(1)
  const { sender } = await database.db.selectFrom('message').select('sender').where('campaign_id', '=', sending.campaignId).executeTakeFirstOrThrow()
  return {
    ...sending, phone, template,
    async writes(text: string) {
      const count = async () => (await database.db.selectFrom('reply').select('id').where('company_id', '=', sending.company.id).execute()).length
      const before = await count()
      line.simulator.reply({ phone, sender, text })
      await until(async () => (await count()) > before, 'the text is there')
    },
    /** What the campaign's automatic answers became. */
    answers: () => database.db.selectFrom('message').select(['state', 'body', 'sender', 'candidate_id', 'segments']).where('campaign_id', '=', sending.campaignId).where('purpose', '=', 'auto_response').execute(),
    taken: () => line.simulator.accepted().filter(({ to }) => to === phone).map(({ text }) => text),
  }
}

describe('who writes back to a campaign', () => {
  it('gets its automatic answer once, from the number they wrote to (S35, S110)', async () => {
    const person = await texted()
    await person.writes('Je regarde et je vous dis')
    expect([await answer(), await answer()]).toEqual([1, 0])
    await line.dispatcher().runOnce()
    const [sent] = await person.answers()
    expect(sent).toMatchObject({ sender: '38047', candidate_id: person.candidateIds[0], segments: 1, body: expect.stringMatching(/^Merci Camille, Agence \d+ vous rappelle\. \S/) })
    expect(person.taken()).toEqual([expect.any(String), sent!.body])

    await person.writes('Et encore un mot')
    expect(await answer()).toBe(0)
    expect(await person.answers()).toHaveLength(1)
  })

  it('gets one, however many workers look at the same moment', async () => {
    const person = await texted()
    await person.writes('Bonjour')
    const counts = await Promise.all(Array.from({ length: 6 }, answer))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1)
    expect(await person.answers()).toHaveLength(1)
  })

  it.each(['STOP', 'Stop merci', 'START', 'AIDE'])('gets none for « %s » (S111)', async (text) => {
    const person = await texted()
    await person.writes(text)
    expect([await answer(), await person.answers()]).toEqual([0, []])
  })

  it('gets none once they have opted out, not even one that was already queued', async () => {
    const person = await texted()
    await recordOptOut(database.db, person.scope, { e164: person.e164[0]!, source: 'page' })
    await person.writes('Mais je voulais demander')
    expect(await answer()).toBe(0)

    const other = await texted()
    await other.writes('Bonjour')
    expect(await answer()).toBe(1)
    await recordOptOut(database.db, other.scope, { e164: other.e164[0]!, source: 'sms' })
    await line.dispatcher().runOnce()
    expect((await other.answers()).map(({ state }) => state)).toEqual(['skipped'])
    expect(other.taken()).toHaveLength(1)
  })

  it('gets none when a machine wrote it: by its words, by saying the same again, by writing all the time, from a number of ours, or after three in a day', async () => {
    const automatic = await texted()
    await automatic.writes('Réponse automatique : je conduis')
    const same = await texted()
    await same.writes('Votre message a bien été reçu.')
    // Its first text came before there was a campaign to answer.
    await sql`update reply set campaign_id = null where company_id = ${same.company.id}`.execute(database.db)
    await same.writes('votre message A BIEN été reçu. ')
    const chatty = await texted()
    for (let i = 0; i < 5; i++) await chatty.writes(`Ligne ${i}`)
    const ours = await texted()
    await ours.writes('Bonjour')
    await sql`insert into sms_sender (company_id, pool_id, label, address, can_receive) select company_id, id, 'Retour', ${ours.phone}, true from sender_pool where company_id = ${ours.company.id}`.execute(database.db)
    const often = await texted()
    await often.writes('Bonjour')
    await sql`
      insert into message (company_id, purpose, e164, sender, body, encoding, segments, state, settled_at)
      select ${often.company.id}, 'auto_response', ${often.e164[0]}, '38047', 'Merci', 'gsm7', 1, 'cancelled', app_now() from generate_series(1, 3)`.execute(database.db)
    const review = await texted()
    await review.writes('arrêtez de m’écrire')
    expect(await answer()).toBe(0)
    for (const person of [automatic, same, chatty, ours, review]) expect(await person.answers()).toEqual([])
    // A person who says something else is answered all the same.
    await sql`update reply set received_at = received_at - interval '11 minutes' where company_id = ${chatty.company.id}`.execute(database.db)
    await chatty.writes('Et demain ?')
    expect(await answer()).toBe(1)
  })

  it('gets none too late, none from a template withdrawn since, none with a word missing, and none when the company may not text', async () => {
    const late = await texted()
    await late.writes('Bonjour')
    await sql`update reply set received_at = received_at - interval '16 minutes' where company_id = ${late.company.id}`.execute(database.db)
    const withdrawn = await texted()
    await withdrawn.writes('Bonjour')
    await sql`update message_template set published_at = null, published_version = null where id = ${withdrawn.template.id}`.execute(database.db)
    const wordless = await texted({ body: 'Rendez-vous à {ville}' })
    await wordless.writes('Bonjour')
    const silenced = await texted()
    await silenced.writes('Bonjour')
    await sql`update company set can_send_sms = false where id = ${silenced.company.id}`.execute(database.db)
    expect(await answer()).toBe(0)
    for (const person of [late, withdrawn, wordless, silenced]) expect(await person.answers()).toEqual([])
  })
})
