import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { receiveEvent } from '../../src/messaging/inbox.commands.ts'
import { gatherNews } from '../../src/notifications/gathering.commands.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser, PASSWORD } from '../support/factories/accounts.ts'
import { makeDraft } from '../support/factories/campaigns.ts'
import { makeSending, type Sending } from '../support/factories/messaging.ts'
import { settings } from '../support/sending.ts'

/** « Qui est prévenu »: colleagues who hear of a campaign's answers, texts and enough OUI, beside its sender or in their place. */

let database: TestDatabase
let app: TestApp
let sending: Sending
let sender: SignedIn
let colleague: Awaited<ReturnType<typeof makeUser>>
let blind: Awaited<ReturnType<typeof makeUser>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  sending = await makeSending(database.db, { recipients: 4 })
  await database.pool.query('update campaign set close_at_yes = 2 where id = $1', [sending.campaignId])
  await database.pool.query("update message set state = 'leased', lease_until = app_now()")
  await database.pool.query("update message set state = 'submitting', lease_until = null, submitted_at = app_now() - interval '1 hour'")
  colleague = await makeUser(database.db, sending.scope, { name: 'Karim Haddad' })
  blind = await makeUser(database.db, sending.scope, { name: 'Sans Droit', privileges: ['candidates.view'] })
  const { email } = await database.db.selectFrom('app_user').select('email').where('id', '=', sending.userId).executeTakeFirstOrThrow()
  sender = await app.signIn({ email, password: PASSWORD })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const page = () => `/campaigns/${sending.campaignId}/told`
const toldOf = async (kind: string) => (await database.pool.query<{ user_id: number }>('select user_id from notification where campaign_id = $1 and kind = $2 order by user_id', [sending.campaignId, kind])).rows.map(({ user_id }) => Number(user_id))
const answer = async (rank: number) => {
  const { id } = await database.db.selectFrom('recipient').select('id').where('campaign_id', '=', sending.campaignId).where('rank', '=', rank).executeTakeFirstOrThrow()
  await recordAnswer(app.deps, sending.scope, id, { choice: 'yes', availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
  await gatherNews(app.deps)
}
const text = (from: string, words: string) => receiveEvent({ db: database.db, config: settings(), log: pino({ level: 'silent' }) }, 'inbound', Buffer.from(JSON.stringify({ channel: 'sms', message_uuid: randomUUID(), to: '38047', from: from.slice(1), timestamp: new Date().toISOString(), message_type: 'text', text: words })))

describe('who is told', () => {
  it('is the sender, until others are chosen; only who may see campaigns can be', async () => {
    const shown = await sender.get(page())
    expect(shown.html).toMatch(new RegExp(`value="${sending.userId}" checked`))
    expect(shown.html).not.toContain('Sans Droit')
    await answer(1)
    expect(await toldOf('answers')).toEqual([sending.userId])
    // Forged: somebody without the right, and somebody of no company, are passed over.
    const done = await sender.post(shown, page(), { told: [String(colleague.id), String(blind.id), '999999'], seen: '' } as never)
    expect(done.text).toMatch(/C’est enregistré.*Prévenus des réponses Karim Haddad/)
    expect(await database.db.selectFrom('campaign_follower').select('user_id').where('campaign_id', '=', sending.campaignId).execute()).toEqual([{ user_id: colleague.id }])
    expect((await database.db.selectFrom('campaign_event').select('kind').where('campaign_id', '=', sending.campaignId).execute()).map(({ kind }) => kind)).toContain('told_changed')
  })

  it('hears of answers, texts and enough OUI; whoever was taken out hears no more', async () => {
    await text(sending.e164[2]!, 'Je vous rappelle')
    await answer(2)
    expect([await toldOf('reply_received'), await toldOf('yes_reached'), await toldOf('answers')]).toEqual([[colleague.id], [colleague.id], [sending.userId, colleague.id].sort((a, b) => a - b)])
    expect((await database.pool.query("select params ->> 'count' as count from notification where kind = 'answers' and user_id = $1", [sending.userId])).rows).toEqual([{ count: '1' }])
  })

  it('falls back to the sender when those chosen are gone or may not see it any more', async () => {
    await database.pool.query("delete from user_privilege where user_id = $1 and privilege = 'campaigns.view'", [colleague.id])
    await text(sending.e164[3]!, 'Et moi donc')
    expect(await toldOf('reply_received')).toEqual([sending.userId, colleague.id].sort((a, b) => a - b))
    await database.pool.query("insert into user_privilege (company_id, user_id, privilege) values ($1, $2, 'campaigns.view')", [sending.scope.companyId, colleague.id])
  })

  it('is not changed over what a colleague has chosen meanwhile, nor by who may not act on campaigns', async () => {
    const shown = await sender.get(page())
    await database.pool.query('insert into campaign_follower (company_id, campaign_id, user_id) values ($1, $2, $3)', [sending.scope.companyId, sending.campaignId, sending.userId])
    const stale = await sender.submit(shown, { told: String(sending.userId) }, { form: '/told' })
    expect([stale.status, stale.text.includes('Un collègue a changé ce choix')]).toEqual([409, true])
    expect((await sender.submit(stale, { told: String(sending.userId) }, { form: '/told' })).status).toBe(200)
    const reader = await app.signIn(await makeUser(database.db, sending.scope, { privileges: ['campaigns.view'] }))
    expect((await reader.get(page())).status).toBe(403)
    expect((await reader.get(`/campaigns/${sending.campaignId}`)).html).not.toContain(page())
  })

  it('is chosen on the draft, where the sender stays the sender until then', async () => {
    const { id } = await makeDraft(database.db, sending.scope, { createdBy: sending.userId, senderId: sending.company.senderId, candidateIds: sending.candidateIds })
    const chosen = async () => (await database.db.selectFrom('campaign_follower').select('user_id').where('campaign_id', '=', id).orderBy('user_id').execute()).map(({ user_id }) => user_id)
    const draft = await sender.get(`/campaigns/${id}`)
    expect(draft.text).toMatch(/Qui est prévenu des réponses.*expéditeur, vous.*Karim Haddad/)
    const saved = await sender.submit(draft, {}, { form: '/draft', button: 'Enregistrer' })
    expect(await chosen()).toEqual([])
    const again = await sender.submit(saved, { told: String(colleague.id) }, { form: '/draft', button: 'Enregistrer' })
    expect([await chosen(), new RegExp(`value="${colleague.id}" checked`).test(again.html), new RegExp(`value="${sending.userId}" checked`).test(again.html)]).toEqual([[colleague.id], true, false])
    // Another company's people are nobody here.
    const stranger = await makeUser(database.db, (await makeCompany(database.db)).scope)
    const { html } = await sender.get(`/campaigns/${id}`)
    const version = /name="version" value="(\d+)"/.exec(html)![1]!
    await sender.post(again, `/campaigns/${id}/draft`, { version, told_box: '1', told: String(stranger.id), action: 'save', availability: 'on', name: 'Autre nom' })
    expect(await chosen()).toEqual([])
  })
})
