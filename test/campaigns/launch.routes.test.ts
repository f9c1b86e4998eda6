import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { shiftClock, stopClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { composeScene, launchScene } from '../support/factories/campaigns.ts'
import type { Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterEach(() => shiftClock(database, '0'))
afterAll(async () => {
  await app.close()
  await database.close()
})

type Scene = Awaited<ReturnType<typeof composeScene>>
const scene = (given: Parameters<typeof composeScene>[2] = {}): Promise<Scene> => composeScene(database, app, given)

async function createDraft({ visitor, ids }: Scene): Promise<Page> {
  return visitor.post(visitor.home, '/campaigns', { ids })
}
const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('« M’envoyer un test »', () => {
  test('sends one marked SMS to my mobile, with a link of its own, and says so', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const result = await given.visitor.submit(page, {}, { form: '/test' })
    expect(nbsp(result.text)).toContain('Le test est parti vers 06 39 98 00 42')
    const id = idOf(page)
    const messages = await database.db.selectFrom('message').select(['purpose', 'e164', 'body', 'requested_by']).where('campaign_id', '=', id).execute()
    expect(messages).toEqual([{ purpose: 'test', e164: '+33639980042', requested_by: given.user.id, body: expect.stringMatching(/^TEST Bonjour/) }])
    const link = await database.db.selectFrom('campaign_test_link').select('code').where('campaign_id', '=', id).executeTakeFirstOrThrow()
    expect(messages[0]!.body).toContain(link.code)
    expect((await findCampaign(database.db, given.scope, id))!.tested_at).not.toBeNull()
  })

  test.each([['06 12', 'Saisissez un numéro'], ['01 99 00 00 01', 'ne peut pas recevoir'], ['+49 1512 3456789', 'vers ce pays'], ['', 'Saisissez un numéro']])('to %s is refused beside the field', async (mobile, sentence) => {
    const given = await scene()
    const page = await createDraft(given)
    const result = await given.visitor.submit(page, { mobile }, { form: '/test' })
    expect(result.status).toBe(422)
    expect(nbsp(result.text)).toContain(sentence)
  })

  test('is limited per hour', async () => {
    const given = await scene()
    await database.db.insertInto('company_setting').values({ company_id: given.id, name: 'sms.tests_per_hour', value: '1' }).execute()
    const page = await createDraft(given)
    await given.visitor.submit(page, {}, { form: '/test' })
    const second = await given.visitor.submit(page, {}, { form: '/test' })
    expect(second.status).toBe(422)
    expect(nbsp(second.text)).toContain('Pas plus de 1 tests par heure')
  })
})

describe('checking and sending', () => {
  async function checkPage(given: Scene) {
    const page = await createDraft(given)
    return given.visitor.submit(page, {}, { form: '/draft', button: 'Aperçu et confirmation' })
  }

  test('the check page shows everything and its button names the number', async () => {
    const given = await scene()
    const check = await checkPage(given)
    expect(check.heading).toBe('Vérifier et envoyer')
    const text = nbsp(check.text)
    expect(text).toContain('Envoyer 3 SMS')
    expect(text).toContain('Ce texte n’a pas été testé')
    expect(text).toContain('3 destinataires sur 4 candidats choisis')
  })

  test('what is amber asks for a tick; then the campaign is launched once, however often it is sent', async () => {
    const given = await scene()
    const check = await checkPage(given)
    const unticked = await given.visitor.submit(check, {}, { form: '/launch' })
    expect(unticked.status).toBe(422)
    expect(unticked.text).toContain('Cochez la case')
    const launched = await given.visitor.submit(unticked, { checked: '1' }, { form: '/launch' })
    expect(launched.heading).toContain('Sélection')
    expect(nbsp(launched.text)).toContain('3 SMS sont en route')
    expect(nbsp(launched.text)).toContain('en attente')
    const again = await given.visitor.submit(unticked, { checked: '1' }, { form: '/launch' })
    expect(again.status).toBe(200)
    const { rows } = await database.pool.query('select count(*) as n from message where campaign_id = $1', [idOf(launched)])
    expect(rows[0].n).toBe(3)
  })

  test('a draft changed since the check is not launched: 409 with the current state', async () => {
    const given = await scene()
    const check = await checkPage(given)
    await database.db.updateTable('campaign').set((eb) => ({ version: eb('version', '+', 1), name: 'Changée' })).where('id', '=', idOf(check)).execute()
    const refused = await given.visitor.submit(check, { checked: '1' }, { form: '/launch' })
    expect(refused.status).toBe(409)
    expect(refused.text).toContain('Le brouillon a changé depuis votre vérification')
    expect(refused.text).toContain('Changée')
    expect((await findCampaign(database.db, given.scope, idOf(check)))!.status).toBe('draft')
  })

  test('a field that is empty for somebody stops the sending and says for how many', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const check = await given.visitor.submit(page, { text_fr: 'Bonjour {prenom}, {agence} : {lien}' }, { form: '/draft', button: 'Aperçu et confirmation' })
    expect(nbsp(check.text)).toContain('1 destinataire n’a pas de prénom')
    expect(check.text).not.toContain('Envoyer 3 SMS')
    const forced = await given.visitor.post(check, `/campaigns/${idOf(check)}/launch`, { version: '2', launch_key: randomUUID(), recipients: '3', checked: '1' })
    expect(forced.status).toBe(409)
    expect((await findCampaign(database.db, given.scope, idOf(check)))!.status).toBe('draft')
  })

  test('above the company’s threshold the number must be typed', async () => {
    const given = await scene()
    await database.db.insertInto('company_setting').values({ company_id: given.id, name: 'campaign.typed_confirmation_from', value: '2' }).execute()
    const check = await checkPage(given)
    const wrong = await given.visitor.submit(check, { checked: '1', typed: '33' }, { form: '/launch' })
    expect(wrong.status).toBe(422)
    expect(wrong.text).toContain('Saisissez exactement 3')
    expect((await given.visitor.submit(wrong, { checked: '1', typed: '3' }, { form: '/launch' })).status).toBe(200)
  })

  test('the same people and words within a day are refused', async () => {
    const given = await scene()
    await given.visitor.submit(await checkPage(given), { checked: '1' }, { form: '/launch' })
    const second = await checkPage(given)
    expect(nbsp(second.text)).toContain('aux mêmes candidats avec le même texte')
    expect(second.text).not.toContain('Envoyer 3 SMS')
  })

  test('a start that passes while somebody looks is refused with one that will do (S62)', async () => {
    await stopClock(database, '2026-11-24T08:00:00Z')
    const given = await launchScene(database.db)
    const draft = await given.draft({ start: { on: '2026-11-24', time: '10:00' } })
    const visitor = await app.signIn(given.user)
    const check = await visitor.get(`/campaigns/${draft.id}/check`)
    await stopClock(database, '2026-11-24T09:00:00Z')
    const refused = await visitor.submit(check, { checked: '1' }, { form: '/launch' })
    expect([refused.status, refused.heading]).toEqual([409, 'Vérifier et envoyer'])
    expect(nbsp(refused.text)).toContain('Rien n’est parti : le départ choisi est passé. Choisissez un autre moment, par exemple mardi 24 novembre à 11:30.')
    expect((await findCampaign(database.db, given.scope, draft.id))!.status).toBe('draft')
  })

  test('one to come is scheduled, and its page says for when and lets it be taken back', async () => {
    await stopClock(database, '2026-11-24T08:00:00Z')
    const given = await launchScene(database.db, { company: { undoSeconds: 60 } })
    const draft = await given.draft({ start: { on: '2026-11-30', time: '10:00' } })
    const visitor = await app.signIn(given.user)
    const launched = await visitor.submit(await visitor.get(`/campaigns/${draft.id}/check`), { checked: '1' }, { form: '/launch' })
    expect(launched.url).toBe(`/campaigns/${draft.id}`)
    expect(nbsp(launched.text)).toContain('3 SMS sont programmés : départ lundi 30 novembre à 10:00.')
    expect(nbsp(launched.text)).toMatch(/Encore \d+ secondes? pour annuler l’envoi/)
  })
})
