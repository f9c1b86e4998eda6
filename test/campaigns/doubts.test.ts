import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { doubtReason, resendObstacle } from '../../src/campaigns/doubts.domain.ts'
import { CAMPAIGN_STATUSES } from '../../src/campaigns/domain.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { countStates, makeSending, putInDoubt, type Doubt } from '../support/factories/messaging.ts'
import { startLine } from '../support/sending.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { records: { isClosed: () => false, find: async () => ({ outcome: 'unavailable', detail: 'this test has no provider' }) } })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

/** A campaign whose messages all ended in doubt, and somebody who manages campaigns. */
async function scene(given: { doubts?: Doubt[]; recipients?: number; status?: string; user?: Parameters<typeof makeUser>[2] } = {}) {
  const { db } = database
  const company = await makeCompany(db, { name: 'Agence Martin' })
  const doubts: Doubt[] = given.doubts ?? Array.from({ length: given.recipients ?? 3 }, () => ({}))
  const sending = await makeSending(db, { company, recipients: doubts.length })
  await putInDoubt(db, sending, doubts)
  if (given.status) await sql`update campaign set status = ${given.status}, finished_at = case when ${given.status} in ('completed', 'cancelled') then app_now() end where id = ${sending.campaignId}`.execute(db)
  const user = await makeUser(db, company.scope, { name: 'Claire Bernard', role: 'recruiter', ...given.user })
  return { ...sending, user, visitor: await app.signIn(user), url: `/campaigns/${sending.campaignId}/doubts` }
}

const statusOf = async (id: number) => (await database.db.selectFrom('campaign').select(['status', 'finished_at']).where('id', '=', id).executeTakeFirstOrThrow())
const batchOf = async (id: number) => (await database.db.selectFrom('batch').select(['state', 'finished_at']).where('campaign_id', '=', id).executeTakeFirstOrThrow())
const eventsOf = (id: number) => database.db.selectFrom('campaign_event').select(['kind', 'user_id', 'detail']).where('campaign_id', '=', id).where('kind', '=', 'resent').execute()

describe('the page of texts in doubt', () => {
  test('says how many, since when, why each is in doubt and what is known of it', async () => {
    const { visitor, url, campaignId } = await scene({
      doubts: [
        { code: 'timeout', minutesAgo: 6000, checks: 2, finding: 'no_receipt' }, { code: 'not_recorded', minutesAgo: 5999, finding: 'no_receipt' }, { code: 'restored', minutesAgo: 70, checks: 2, finding: 'no_record' },
        { code: 'UND_ERR_SOCKET', minutesAgo: 40, checks: 1 }, { code: 'http_503', minutesAgo: 30 }, { code: null, minutesAgo: 20, isTaken: true }, { code: 'unreadable_answer', minutesAgo: 2 },
      ],
    })
    const page = await visitor.get(url)
    expect([page.status, page.heading]).toEqual([200, 'Envois incertains'])
    const text = nbsp(page.text)
    expect(text).toMatch(/7 SMS, depuis le \d+(er)? \S+ \d{4} à \d\d:\d\d/)
    expect(text).toContain('ne renvoie jamais de lui-même')
    expect(text).toMatch(new RegExp([
      'Pas de réponse à temps.*Aucune trace chez le fournisseur, aucun accusé en 80 heures', 'Envoi interrompu par un arrêt.*Aucun accusé en 80 heures : sans doute jamais parti',
      'Base de données restaurée.*Le fournisseur n’en a aucune trace', 'Connexion coupée.*Absent des relevés ; nouvelle recherche', 'Erreur 503 du fournisseur.*Les relevés n’ont pas pu être lus',
      'Arrivé en partie, peut-être en entier.*Reçu par le fournisseur, suite inconnue', 'Réponse illisible.*Recherche dans les relevés : ',
    ].join('.*')))
    expect(text).toMatch(/il peut arriver jusqu’au \d+/)
    expect(text).toContain('peut arriver deux fois')
    const file = await visitor.agent.get(`/campaigns/${campaignId}/doubts/export`)
    expect(file.headers['content-type']).toContain('text/csv')
    const lines = file.text.trim().split('\r\n')
    expect(lines).toHaveLength(8)
    expect(nbsp(lines[3]!)).toMatch(/^"Camille";"Martin 2";"\+33 6[\d ]+";"[^"]*";"Base de données restaurée";"Le fournisseur n’en a aucune trace";"http/)
  })

  test('is one click away from the campaign, as long as something is in doubt', async () => {
    const { visitor, url, campaignId } = await scene()
    const page = await visitor.get(`/campaigns/${campaignId}`)
    expect(nbsp(page.text)).toContain('Pour 3 SMS, on ne sait pas s’ils sont partis. Voir et décider')
    expect(page.html).toContain(`href="${url}"`)
    await sql`update message set state = 'accepted' where campaign_id = ${campaignId}`.execute(database.db)
    expect((await visitor.get(`/campaigns/${campaignId}`)).html).not.toContain(url)
  })

  test('is in English for those who read English', async () => {
    const { visitor, url } = await scene({ user: { language: 'en' } })
    expect((await visitor.get(url)).text).toContain('Dispo never sends again by itself')
  })

  test('is read page by page, the oldest first, and each row stands on one page', async () => {
    const { visitor, url, e164 } = await scene({ recipients: 120 })
    const seen: string[] = []
    for (let at: string | undefined = url; at; ) {
      const page = await visitor.get(at)
      seen.push(...[...page.html.matchAll(/name="ids" value="(\d+)"/g)].map(([, id]) => id!))
      at = /href="([^"]+)" rel="next"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&')
    }
    expect([seen.length, new Set(seen).size]).toEqual([e164.length, e164.length])
  })

  test('says that nothing is in doubt when nothing is, and is not there for others', async () => {
    const { visitor, url, campaignId } = await scene()
    await sql`update message set state = 'accepted' where campaign_id = ${campaignId}`.execute(database.db)
    expect((await visitor.get(url)).text).toContain('Aucun envoi incertain dans cette campagne.')
    const stranger = await scene()
    expect((await stranger.visitor.get(url)).status).toBe(404)
    expect((await stranger.visitor.post(stranger.visitor.home, url, { which: 'all', total: '3', typed: '3', seen: '9999999999999999' })).status).toBe(404)
    expect((await stranger.visitor.agent.get(`/campaigns/${campaignId}/doubts/export`)).status).toBe(404)
  })
})

describe('sending again', () => {
  test('all of them, after typing their number: they queue, with who did it in the history and the journal', async () => {
    const given = await scene()
    const page = await given.visitor.get(given.url)
    const after = await given.visitor.submit(page, { which: 'all', typed: '3' })
    expect([after.status, after.url]).toEqual([200, `/campaigns/${given.campaignId}`])
    expect(nbsp(after.text)).toContain('3 SMS sont renvoyés.')
    expect(await countStates(database.db, given.campaignId)).toEqual({ queued: 3 })
    expect(await eventsOf(given.campaignId)).toEqual([{ kind: 'resent', user_id: given.user.id, detail: { messages: 3 } }])
    const entry = await database.db.selectFrom('journal').select(['user_id', 'action', 'detail']).where('subject_id', '=', String(given.campaignId)).where('action', '=', 'campaign.resent').executeTakeFirst()
    expect(entry).toEqual({ user_id: given.user.id, action: 'campaign.resent', detail: { messages: 3 } })
    const attempts = await database.db.selectFrom('send_attempt').select(['outcome', 'waived_by']).where('company_id', '=', given.company.id).execute()
    expect(attempts).toEqual([1, 2, 3].map(() => ({ outcome: 'waived', waived_by: given.user.id })))
  })

  test('only the ticked ones', async () => {
    const given = await scene()
    const page = await given.visitor.get(given.url)
    const after = await given.visitor.submit(page, { ids: [String(given.messageIds[0]), String(given.messageIds[2])], which: 'ticked', typed: ' 2 ' })
    expect(nbsp(after.text)).toContain('2 SMS sont renvoyés.')
    expect(await countStates(database.db, given.campaignId)).toEqual({ queued: 2, in_doubt: 1 })
  })

  test.each<[string, Record<string, string | string[]>, string]>([
    ['another number typed', { which: 'all', typed: '30' }, 'Vous avez choisi 3 SMS : tapez 3 pour confirmer.'],
    ['no number', { which: 'all', typed: '' }, 'tapez 3 pour confirmer'],
    ['nothing ticked', { which: 'ticked', typed: '3' }, 'Cochez au moins un SMS'],
  ])('not with %s: a sentence, what was chosen is kept', async (_what, values, sentence) => {
    const given = await scene()
    const page = await given.visitor.submit(await given.visitor.get(given.url), values)
    expect(page.status).toBe(422)
    expect(nbsp(page.text)).toContain(sentence)
    expect(page.html).toContain(`value="${String(values['typed'])}"`)
    expect(page.html).toMatch(new RegExp(`value="${String(values['which'])}" checked`))
    expect(await countStates(database.db, given.campaignId)).toEqual({ in_doubt: 3 })
  })

  test('ticks are kept on a page that refuses', async () => {
    const given = await scene()
    const page = await given.visitor.submit(await given.visitor.get(given.url), { ids: [String(given.messageIds[1])], typed: '5' })
    expect([...page.html.matchAll(/name="ids" value="(\d+)"[^>]* checked/g)].map(([, id]) => Number(id))).toEqual([given.messageIds[1]])
  })

  test('leaves alone what a receipt has settled meanwhile, and says so', async () => {
    const given = await scene()
    const page = await given.visitor.get(given.url)
    await sql`update message set state = 'delivered' where id = ${given.messageIds[0]}`.execute(database.db)
    await sql`update send_attempt set outcome = 'accepted' where message_id = ${given.messageIds[0]}`.execute(database.db)
    const after = await given.visitor.submit(page, { which: 'all', typed: '3' })
    expect(nbsp(after.text)).toContain('2 SMS sont renvoyés. 1 autre avait été réglé entre-temps.')
    expect(await countStates(database.db, given.campaignId)).toEqual({ queued: 2, delivered: 1 })
    const settled = await scene()
    const stale = await settled.visitor.get(settled.url)
    await sql`update message set state = 'accepted' where campaign_id = ${settled.campaignId}`.execute(database.db)
    await sql`update send_attempt set outcome = 'accepted' where company_id = ${settled.company.id}`.execute(database.db)
    expect((await settled.visitor.submit(stale, { which: 'all', typed: '3' })).text).toContain('Rien n’a été renvoyé')
    expect(await eventsOf(settled.campaignId)).toEqual([])
  })

  test('clicked twice, at once or later, it happens once and is answered alike', async () => {
    const given = await scene()
    const page = await given.visitor.get(given.url)
    const click = () => given.visitor.submit(page, { which: 'all', typed: '3' })
    await Promise.all([click(), click()])
    // The second hand-over ends in doubt as well: the old page must not send a third text.
    await putInDoubt(database.db, given, [1, 2, 3].map(() => ({ minutesAgo: 0 })))
    expect(nbsp((await click()).text)).toContain('3 SMS sont renvoyés.')
    expect(await countStates(database.db, given.campaignId)).toEqual({ in_doubt: 3 })
    expect(await eventsOf(given.campaignId)).toHaveLength(1)
    expect(nbsp((await given.visitor.get(given.url)).text)).toContain('Déjà renvoyé une fois')
  })

  test('is not done when more is in doubt than the person saw', async () => {
    const given = await scene()
    const page = await given.visitor.get(given.url)
    const after = await given.visitor.post(page, given.url, { which: 'all', total: '2', typed: '2', seen: '9000000000000000' })
    expect([after.status, nbsp(after.text).includes('D’autres envois sont devenus incertains')]).toEqual([409, true])
    expect(await countStates(database.db, given.campaignId)).toEqual({ in_doubt: 3 })
    expect(await eventsOf(given.campaignId)).toEqual([])
  })

  test('needs the privilege, on the page and at the door', async () => {
    const given = await scene({ user: { privileges: ['candidates.view', 'campaigns.view'] } })
    const page = await given.visitor.get(given.url)
    expect(page.text).toContain('adressez-vous à une personne qui gère les campagnes')
    expect(page.html).not.toContain('name="typed"')
    expect((await given.visitor.post(page, given.url, { which: 'all', total: '3', typed: '3', seen: '9000000000000000' })).status).toBe(403)
    expect(await countStates(database.db, given.campaignId)).toEqual({ in_doubt: 3 })
  })

  test.each([['paused', 'La campagne est en pause'], ['suspended', 'La campagne est suspendue'], ['error', 'La campagne est suspendue'], ['cancelled', 'La campagne est annulée']])('is refused with a sentence while the campaign is %s', async (status, sentence) => {
    const given = await scene()
    const page = await given.visitor.get(given.url)
    await sql`update campaign set status = ${status}, finished_at = case when ${status} = 'cancelled' then app_now() end where id = ${given.campaignId}`.execute(database.db)
    expect(nbsp((await given.visitor.get(given.url)).text)).toContain(sentence)
    const after = await given.visitor.submit(page, { which: 'all', typed: '3' })
    expect([after.status, nbsp(after.text).includes(sentence)]).toEqual([409, true])
    expect(await countStates(database.db, given.campaignId)).toEqual({ in_doubt: 3 })
  })

  test('is refused once the campaign is closed', async () => {
    const given = await scene()
    const page = await given.visitor.get(given.url)
    await sql`update campaign set closed_at = app_now() where id = ${given.campaignId}`.execute(database.db)
    const after = await given.visitor.submit(page, { which: 'all', typed: '3' })
    expect([after.status, nbsp(after.text).includes('La campagne est close')]).toEqual([409, true])
  })

  test('opens a completed campaign and its batch again, until the texts are gone', async () => {
    const given = await scene()
    await advanceCampaigns({ db: database.db })
    expect([(await statusOf(given.campaignId)).status, (await batchOf(given.campaignId)).state]).toEqual(['completed', 'done'])
    await given.visitor.submit(await given.visitor.get(given.url), { which: 'all', typed: '3' })
    expect([await statusOf(given.campaignId), await batchOf(given.campaignId)]).toEqual([{ status: 'in_process', finished_at: null }, { state: 'running', finished_at: null }])
    const line = await startLine(database)
    try {
      await line.dispatcher().runOnce()
      await line.simulator.settled()
    } finally {
      await line.close()
    }
    expect(await countStates(database.db, given.campaignId)).toEqual({ delivered: 3 })
    await advanceCampaigns({ db: database.db })
    expect((await statusOf(given.campaignId)).status).toBe('completed')
  })

  test('does not reach whoever said STOP in the meantime', async () => {
    const given = await scene()
    await given.visitor.submit(await given.visitor.get(given.url), { which: 'all', typed: '3' })
    await recordOptOut(database.db, given.scope, { e164: given.e164[1]!, source: 'sms', campaignId: given.campaignId })
    const line = await startLine(database)
    try {
      await line.dispatcher().runOnce()
      await line.simulator.settled()
      expect(line.simulator.accepted().map(({ to }) => `+${to}`).sort()).toEqual([given.e164[0], given.e164[2]].sort())
    } finally {
      await line.close()
    }
    expect(await countStates(database.db, given.campaignId)).toEqual({ delivered: 2, in_doubt: 1 })
  })
})

test('every status says whether texts may be sent again from it', () => {
  const free = CAMPAIGN_STATUSES.filter((status) => resendObstacle({ status, isOpen: true, canSendSms: true }) === undefined)
  expect(free).toEqual(['in_process', 'completed'])
  expect(resendObstacle({ status: 'in_process', isOpen: true, canSendSms: false })).toBe('no_sms')
  expect(doubtReason({ code: 'anything new', isTaken: false })).toBe('connection')
})
