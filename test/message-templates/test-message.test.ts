import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { linkPaths } from '../../src/web/paths.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const TEXT = 'Bonjour {prenom|}, {agence} souhaite connaitre vos disponibilités : {lien}\n{stop}'
const MINE = '+33639980042'
const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const BUTTON = 'Enregistrer et m’envoyer un test'

async function scene(given: Parameters<typeof makeTemplate>[2] & { canSendSms?: boolean } = {}) {
  const company = await makeCompany(database.db, { name: 'Agence Martin', canSendSms: given.canSendSms ?? true })
  const user = await makeUser(database.db, company.scope, { role: 'administrator', mobile: MINE, name: 'Claire Bernard' })
  const visitor = await app.signIn(user)
  const { id } = await makeTemplate(database.db, company.scope, { texts: { fr: TEXT }, ...given })
  const send = async (values: Record<string, string> = {}) => visitor.submit(await visitor.get(`/templates/${id}`), values, { form: `/templates/${id}`, button: BUTTON })
  const messages = () => database.db.selectFrom('message').selectAll().where('company_id', '=', company.id).orderBy('id').execute()
  return { ...company, user, visitor, id, send, messages }
}

describe('« M’envoyer un test » of a template', () => {
  test('saves the text, sends it marked to my mobile, and its link opens an example of the page', async () => {
    const given = await scene()
    const page = await given.send({ text_fr: `Salut ! ${TEXT}` })
    expect(nbsp(page.text)).toContain('Le test est parti vers 06 39 98 00 42.')
    expect(await database.db.selectFrom('message_template').select(['version', 'published_version']).where('id', '=', given.id).executeTakeFirst()).toEqual({ version: 2, published_version: 1 })
    const [message, ...others] = await given.messages()
    expect(others).toEqual([])
    expect(message).toMatchObject({ purpose: 'test', e164: MINE, sender: '38047', campaign_id: null, requested_by: given.user.id, state: 'queued' })
    const { code } = await database.db.selectFrom('template_test_link').select('code').where('company_id', '=', given.scope.companyId).executeTakeFirstOrThrow()
    expect(message!.body).toBe(`TEST Salut ! Bonjour Amadou, Agence Martin souhaite connaitre vos disponibilités : ${app.deps.config.linkUrl}/${code}\nSTOP 38047`)

    const address = linkPaths(app.deps.config.linkUrl).page(code)
    const candidate = app.visit()
    const example = await candidate.get(address)
    expect([example.status, example.text.includes('Agence Martin')]).toEqual([200, true])
    const answered = await candidate.agent.post(`${address}/answer`).set({ 'sec-fetch-site': 'same-origin' }).type('form').send('choice=yes')
    expect([200, 303, 422]).toContain(answered.status)
    expect(await database.db.selectFrom('answer').select('recipient_id').where('company_id', '=', given.scope.companyId).execute()).toEqual([])
    expect((await database.db.selectFrom('journal').select('action').where('user_id', '=', given.user.id).where('action', '=', 'template.test_sent').execute()).length).toBe(1)
  })

  test('in the language that is shown', async () => {
    const given = await scene({ texts: { fr: TEXT, en: 'Hello {first_name|}, {agency}: {link}' } })
    await given.send({ shown: 'en' })
    expect((await given.messages())[0]!.body).toMatch(/^TEST Hello Grace, Agence Martin: /)
  })

  test('of an automatic answer goes out as it is', async () => {
    const given = await scene({ kind: 'auto_response', texts: { fr: '{agence} vous rappelle.' } })
    await given.send()
    expect((await given.messages())[0]!.body).toBe('TEST Agence Martin vous rappelle.')
  })

  test('can be had before the template was ever saved', async () => {
    const given = await scene()
    const page = await given.visitor.submit(await given.visitor.get('/templates/new'), { name: 'Tout neuf', text_fr: TEXT }, { form: '/templates', button: BUTTON })
    expect([page.heading, (await given.messages()).length]).toEqual(['Tout neuf', 1])
  })

  test.each([
    ['06 12', 'Ce numéro n’est pas valide.'],
    ['', 'Ce numéro n’est pas valide.'],
    ['01 99 00 00 01', 'Ce numéro n’est pas un mobile.'],
    ['+49 1512 3456789', 'Les SMS vers ce pays ne sont pas autorisés.'],
  ])('to %j is refused beside the number, the text saved', async (mobile, sentence) => {
    const given = await scene()
    const page = await given.send({ mobile, text_fr: `Salut ! ${TEXT}` })
    expect(page.status).toBe(422)
    expect(nbsp(page.text)).toContain(sentence)
    expect(page.html).toContain('Salut !')
    expect(await given.messages()).toEqual([])
  })

  test('is not sent to a number that said STOP, with a text that is wrong, nor where SMS are switched off', async () => {
    const given = await scene()
    await recordOptOut(database.db, given.scope, { e164: MINE, source: 'recruiter', userId: given.user.id })
    expect(nbsp((await given.send()).text)).toContain('a demandé l’arrêt des SMS')
    const wrong = await scene()
    expect((await wrong.send({ text_fr: '{agence} {surnom} {lien}' })).text).toContain('Ce texte ne peut pas partir.')
    const off = await scene({ canSendSms: false })
    expect((await off.send()).text).toContain('n’est pas activé')
    const mute = await scene()
    await database.db.updateTable('sms_sender').set({ countries: ['BE'] }).where('company_id', '=', mute.scope.companyId).execute()
    expect((await mute.send()).text).toContain('Aucun expéditeur ne convient pour ce pays.')
    expect([...(await given.messages()), ...(await wrong.messages()), ...(await off.messages())]).toEqual([])
  })

  test('is limited per hour, together with the tests of campaigns', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'sms.tests_per_hour', 2)
    const pages = [await given.send(), await given.send(), await given.send()]
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 422])
    expect(nbsp(pages[2]!.text)).toMatch(/Limite de 2 tests par heure atteinte/)
    expect((await given.messages()).length).toBe(2)
  })
})
