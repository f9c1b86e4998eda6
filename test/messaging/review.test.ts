import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerReplies } from '../../src/campaigns/auto-response.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { decideReview } from '../../src/messaging/review.commands.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { getMessage, makeSending, type Sending } from '../support/factories/messaging.ts'
import { renewAccount, startLine, until, type Line } from '../support/sending.ts'

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
beforeEach(() => renewAccount(database.db))

const takenBy = ({ e164 }: Sending) => line.simulator.accepted().filter(({ to }) => to === e164[0]!.slice(1)).map(({ text }) => text)
const repliesOf = ({ company }: Sending) => database.db.selectFrom('reply').select(['id', 'body', 'keyword', 'review']).where('company_id', '=', company.id).orderBy('id').execute()

/** Types a text, and waits until it is there. */
async function write(sending: Sending, text: string) {
  const before = (await repliesOf(sending)).length
  line.simulator.reply({ phone: sending.e164[0]!.slice(1), sender: '38047', text })
  await until(async () => (await repliesOf(sending)).length > before, 'the text is there')
  return (await repliesOf(sending)).at(-1)!
}

describe('while a text may be a STOP', () => {
  it.each(['stop', 'not_stop'] as const)('nothing leaves for the number; decided %s, its texts go on at once or never', async (decision) => {
    const sending = await makeSending(database.db, { recipients: 2 })
    const { id } = await write(sending, 'Merci d’arrêter ça, ne plus recevoir de SMS')
    await line.dispatcher().runOnce()
    expect(takenBy(sending)).toEqual([])
    expect(line.simulator.accepted().filter(({ to }) => to === sending.e164[1]!.slice(1))).toHaveLength(1)
    expect(await getMessage(database.db, sending.messageIds[0]!)).toMatchObject({ state: 'queued', wait_reason: 'review', failure_reason: null })
    // The other text of its batch and country is not held with it.
    expect((await getMessage(database.db, sending.messageIds[1]!)).wait_reason).toBeNull()

    await decideReview(database, { scope: sending.scope, userId: sending.userId }, id, decision)
    await line.dispatcher().runOnce()
    expect(takenBy(sending)).toHaveLength(decision === 'stop' ? 0 : 1)
    if (decision === 'stop') expect(await getMessage(database.db, sending.messageIds[0]!)).toMatchObject({ state: 'skipped', failure_reason: 'opted_out', wait_reason: null })
  })

  it('no automatic answer leaves, whatever was written before', async () => {
    const sending = await makeSending(database.db)
    const template = await makeTemplate(database.db, sending.scope, { kind: 'auto_response', texts: { fr: 'Merci !' } })
    await sql`update campaign set auto_response_template_id = ${template.id} where id = ${sending.campaignId}`.execute(database.db)
    await line.dispatcher().runOnce()
    await write(sending, 'Bonjour')
    await write(sending, 'je ne veux plus recevoir de SMS')
    expect(await answerReplies(line.app.deps)).toBe(0)
  })
})

describe('a confirmation', () => {
  it('leaves although the number is closed, once, and nothing else does (F-19)', async () => {
    const sending = await makeSending(database.db)
    await saveSetting(database.db, sending.scope, 'stop.confirmation', 'always')
    await line.dispatcher().runOnce()
    await write(sending, 'Stop')
    await write(sending, 'STOP')
    await line.dispatcher().runOnce()
    await line.dispatcher().runOnce()
    expect(takenBy(sending)).toEqual(['Bonjour 1', expect.stringContaining('a bien noté votre demande')])
    // It is no sending that could be answered, and START ends the matter.
    const { keyword } = await write(sending, 'START')
    expect(keyword).toBe('start')
  })

  it('that could not leave within five minutes never does, nor one to somebody who is back', async () => {
    const [late, back] = [await makeSending(database.db), await makeSending(database.db)]
    for (const sending of [late, back]) await saveSetting(database.db, sending.scope, 'stop.confirmation', 'always')
    await sql`update sms_sender set address = '38061' where company_id = ${back.company.id}`.execute(database.db)
    await line.dispatcher().runOnce()
    await write(late, 'Stop')
    await sql`update message set created_at = created_at - interval '6 minutes' where company_id = ${late.company.id} and purpose = 'confirmation'`.execute(database.db)
    line.simulator.reply({ phone: back.e164[0]!.slice(1), sender: '38061', text: 'Stop' })
    await until(async () => (await repliesOf(back)).length === 1, 'the STOP is there')
    await sql`update phone set opted_out_at = null, opt_out_source = null where company_id = ${back.company.id}`.execute(database.db)
    await line.dispatcher().runOnce()
    for (const sending of [late, back]) {
      const [sent] = await database.db.selectFrom('message').select(['state', 'failure_reason']).where('company_id', '=', sending.company.id).where('purpose', '=', 'confirmation').execute()
      expect(sent).toEqual({ state: 'skipped', failure_reason: 'too_late' })
    }
  })
})

it('a long text over the line is one reply, whatever the order of its parts, and STOP in the first is obeyed (F-41)', async () => {
  const sending = await makeSending(database.db)
  await line.dispatcher().runOnce()
  const phone = sending.e164[0]!.slice(1)
  const words = `Je suis disponible ${'à partir de lundi, et puis '.repeat(14)}voilà`
  line.simulator.replyInParts({ phone, sender: '38047', text: words }, [3, 1, 1, 2])
  await until(async () => (await repliesOf(sending)).length === 1, 'the text is there')
  expect((await repliesOf(sending))[0]!.body).toBe(words)
  await line.simulator.settled()
  line.simulator.replyInParts({ phone, sender: '38047', text: `Stop ${'maintenant '.repeat(20)}` }, [1])
  await until(async () => (await database.db.selectFrom('phone').select('opted_out_at').where('e164', '=', sending.e164[0]!).where('opted_out_at', 'is not', null).execute()).length > 0, 'the STOP is in force')
  expect(await repliesOf(sending)).toHaveLength(1)
})
