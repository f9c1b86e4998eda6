import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { getCompany, getSettings, saveSetting } from '../../src/companies/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeBranding } from '../support/factories/landing.ts'
import { elements } from '../support/html.ts'
import type { Page } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const PAGE = '/admin/limits'
const FORM = { form: PAGE }
const COMPANY = { form: `${PAGE}/company` }
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

async function scene(language: 'fr' | 'en' = 'fr') {
  const { scope, senderId } = await makeCompany(database.db)
  const user = await makeUser(database.db, scope, { role: 'administrator', name: 'Marc Delorme', language })
  const colleague = await makeUser(database.db, scope, { role: 'administrator', name: 'Anne Roy' })
  const admin = plainSpaces(await app.signIn(user))
  return { scope, senderId, colleague, user, admin, settings: () => getSettings(database.db, scope) }
}

async function makeCampaign({ scope, senderId, user }: Awaited<ReturnType<typeof scene>>, status: string) {
  const now = new Date()
  await database.db
    .insertInto('campaign')
    .values({
      company_id: scope.companyId, name: status, kind: 'simple', status, created_by: user.id, sender_id: senderId, time_zone: 'Europe/Paris', audience: JSON.stringify({ mode: 'selected', ids: [] }),
      ...(status === 'draft' ? {} : { launched_at: now }), ...(status === 'completed' ? { finished_at: now } : {}),
    })
    .execute()
}

function value(page: Page, name: string): string | undefined {
  return elements(page.root).find(({ attributes }) => attributes['name'] === name)?.attributes['value']?.replace(/[\u00a0\u202f]/g, ' ')
}

describe('The page of limits', () => {
  test('shows each value with its default, its bounds and who changed it, and saves all at once', async () => {
    const { admin, settings } = await scene()
    const page = await admin.get(PAGE)
    expect(value(page, 'campaign.recipient_limit')).toBe('25 000')
    expect(page.text).toContain('Par défaut : 25 000 destinataires. De 1 à 1 000 000.')
    expect(page.text).toContain('Vide : aucune limite. Sinon de 1 à 100 000 000.')
    const saved = await admin.submit(page, { 'campaign.recipient_limit': '12 000', 'budget.day_segments': '40 000', 'retention.candidates_months': '24' }, FORM)
    expect(saved.text).toContain('C’est enregistré : 3 réglages changés.')
    expect(await settings()).toMatchObject({ 'campaign.recipient_limit': 12_000, 'budget.day_segments': 40_000, 'retention.candidates_months': 24, 'campaign.first_batch_size': 5_000 })
    expect(saved.text).toMatch(/Changé par Marc Delorme, .* ; avant : 25 000 destinataires\./)
    expect((await admin.submit(saved, {}, FORM)).text).toContain('Rien n’a changé.')
    await admin.submit(saved, { 'auth.second_factor': 'administrators' }, FORM)
    expect((await settings())['auth.second_factor']).toBe('administrators')
  })

  test('takes a number with commas from an English reader', async () => {
    const { admin, settings } = await scene('en')
    const saved = await admin.submit(await admin.get(PAGE), { 'campaign.recipient_limit': '12,000' }, FORM)
    expect(saved.text).toContain('Saved: 1 setting changed.')
    expect((await settings())['campaign.recipient_limit']).toBe(12_000)
  })

  test('tells every mistake beside its field, keeps what was typed, and saves nothing', async () => {
    const { admin, settings } = await scene()
    const refused = await admin.submit(await admin.get(PAGE), { 'campaign.recipient_limit': 'plein', 'campaign.open_days': '400', 'reply.window_days': '', 'sms.tests_per_hour': '3' }, FORM)
    expect(refused.status).toBe(422)
    expect(value(refused, 'campaign.recipient_limit')).toBe('plein')
    expect(value(refused, 'sms.tests_per_hour')).toBe('3')
    expect(refused.text).toContain('Destinataires d’une campagne, au plus : saisissez un nombre entier, par exemple 25 000')
    expect(refused.text).toContain('Réponses acceptées pendant : de 1 à 365')
    expect(refused.text).toContain('Un SMS reçu répond à une campagne pendant : saisissez un nombre')
    expect((await settings())['sms.tests_per_hour']).toBe(10)
  })

  test('tells what does not go together', async () => {
    const { admin } = await scene()
    const refused = await admin.submit(await admin.get(PAGE), { 'campaign.recipient_limit': '3000', 'suspension.min_finals': '500', 'budget.campaign_segments': '200', 'budget.day_segments': '100' }, FORM)
    expect(refused.status).toBe(422)
    for (const sentence of ['Premier lot : pas plus que les destinataires d’une campagne (3000)', 'Pas de suspension avant : pas plus que les SMS observés (200 SMS)', 'Budget d’une campagne : pas plus que le budget de l’agence par jour (100)']) expect(refused.text).toContain(sentence)
  })

  test('brings a default back, whatever stands in the field', async () => {
    const { admin, scope, settings } = await scene()
    await saveSetting(database.db, scope, 'campaign.open_days', 30)
    const saved = await admin.submit(await admin.get(PAGE), { default: 'campaign.open_days', 'campaign.open_days': 'x' }, FORM)
    expect((await settings())['campaign.open_days']).toBe(14)
    expect(saved.text).toContain('1 réglage changé')
    expect((await admin.get(`${PAGE}/history`)).text).toContain('14 jours (par défaut)')
  })

  test('says what a lower limit means for campaigns under way (S60)', async () => {
    const given = await scene()
    expect((await given.admin.submit(await given.admin.get(PAGE), { 'campaign.next_batch_size': '20000' }, FORM)).text).not.toContain('planifiée :')
    await makeCampaign(given, 'in_process')
    await makeCampaign(given, 'draft')
    const saved = await given.admin.submit(await given.admin.get(PAGE), { 'campaign.first_batch_size': '1000', 'suspension.percent': '20' }, FORM)
    expect(saved.text).toContain('1 campagne est en cours ou planifiée : ses lots déjà planifiés ne changent pas.')
    expect(saved.text).toContain('1 campagne est en cours ou planifiée : la nouvelle règle vaut aussitôt pour elle.')
  })
})

describe('When somebody else has saved meanwhile', () => {
  test('the same group is refused with what changed, and a second try holds', async () => {
    const { admin, scope, colleague, settings } = await scene()
    const page = await admin.get(PAGE)
    await saveSetting(database.db, scope, 'campaign.first_batch_size', 2_000, colleague.id)
    const refused = await admin.submit(page, { 'campaign.next_batch_size': '9000' }, FORM)
    expect(refused.status).toBe(409)
    expect(refused.text).toContain('Anne Roy : Premier lot, de 5 000 destinataires à 2 000 destinataires')
    expect(value(refused, 'campaign.first_batch_size')).toBe('2 000')
    expect(value(refused, 'campaign.next_batch_size')).toBe('9000')
    expect((await settings())['campaign.next_batch_size']).toBe(25_000)
    await admin.submit(refused, {}, FORM)
    expect(await settings()).toMatchObject({ 'campaign.first_batch_size': 2_000, 'campaign.next_batch_size': 9_000 })
  })

  test('two people who save at the same moment: one does, the other is told', async () => {
    const { admin, colleague, settings } = await scene()
    const other = plainSpaces(await app.signIn(colleague))
    const [page, theirs] = await Promise.all([admin.get(PAGE), other.get(PAGE)])
    const answers = await Promise.all([admin.submit(page, { 'suspension.percent': '30' }, FORM), other.submit(theirs, { 'suspension.percent': '40' }, FORM)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect((await settings())['suspension.percent']).toBe(answers[0].status === 200 ? 30 : 40)
  })

  test('another group stands in nobody’s way, and is not taken back', async () => {
    const { admin, scope, colleague, settings } = await scene()
    const page = await admin.get(PAGE)
    await saveSetting(database.db, scope, 'reply.window_days', 3, colleague.id)
    expect((await admin.submit(page, { 'campaign.next_batch_size': '9000' }, FORM)).text).toContain('1 réglage changé')
    expect(await settings()).toMatchObject({ 'reply.window_days': 3, 'campaign.next_batch_size': 9_000 })
  })
})

describe('The agency itself', () => {
  test('is changed with its switch and its zone, and every change is told (S3)', async () => {
    const given = await scene()
    const { admin, scope } = given
    await makeCampaign(given, 'scheduled')
    await makeCampaign(given, 'completed')
    const page = await admin.get(PAGE)
    expect(page.text).toContain('partent au même instant (1 campagne)')
    const saved = await admin.submit(page, { name: 'Agence du Port', town: ' Brest ', time_zone: 'Indian/Reunion', can_send_sms: undefined }, COMPANY)
    expect(saved.text).toContain('4 réglages changés. 1 campagne garde son fuseau et part au même instant. Plus aucun SMS ne part.')
    expect(await getCompany(database.db, scope)).toMatchObject({ name: 'Agence du Port', town: 'Brest', time_zone: 'Indian/Reunion', can_send_sms: false })
    expect(value(saved, 'town')).toBe('Brest')
    const history = await admin.get(`${PAGE}/history`)
    expect(history.text).toContain('L’agence peut envoyer des SMS oui non Marc Delorme')
    expect((await admin.submit(saved, {}, COMPANY)).text).toContain('Rien n’a changé.')
  })

  test('tells every mistake and keeps what was typed', async () => {
    const { admin } = await scene()
    const page = await admin.get(PAGE)
    const refused = await admin.submit(page, { name: ' ', town: 'x'.repeat(121) }, COMPANY)
    expect(refused.status).toBe(422)
    for (const sentence of ['Saisissez le nom de l’agence', 'Ville : 120 caractères au plus']) expect(refused.text).toContain(sentence)
    expect(value(refused, 'town')).toBe('x'.repeat(121))
    const strange = await admin.post(page, `${PAGE}/company`, { name: 'A', country: 'ZZ', language: 'de', time_zone: 'Mars/Olympus' })
    for (const sentence of ['Choisissez un pays', 'Choisissez une langue', 'Choisissez un fuseau horaire']) expect(strange.text).toContain(sentence)
  })

  test('is refused when a colleague changed it meanwhile', async () => {
    const { admin, colleague } = await scene()
    const other = plainSpaces(await app.signIn(colleague))
    const page = await admin.get(PAGE)
    await other.submit(await other.get(PAGE), { town: 'Lyon' }, COMPANY)
    const refused = await admin.submit(page, { name: 'Agence du Port' }, COMPANY)
    expect(refused.status).toBe(409)
    expect(refused.text).toContain('Anne Roy : Ville, de rien à Lyon')
    expect(value(refused, 'town')).toBe('Lyon')
    expect(value(refused, 'name')).toBe('Agence du Port')
  })
})

describe('Telephone and hours', () => {
  test('are told as candidates see them, and lead to the one page that changes them', async () => {
    const { admin, scope } = await scene()
    expect((await admin.get(PAGE)).text).toContain('Les candidats ne voient ni téléphone ni horaires. Ils se changent sous « Marque et page candidat ».')
    await makeBranding(database.db, scope, { phone: '04 65 71 00 12' })
    expect((await admin.get(PAGE)).text).toContain('Les candidats voient le téléphone 04 65 71 00 12, sans horaires.')
    await makeBranding(database.db, scope, { phone: '04 65 71 00 12', openingHours: 'le matin' })
    const page = await admin.get(PAGE)
    expect(page.text).toContain('Les candidats voient le téléphone 04 65 71 00 12 et les horaires « le matin ».')
    expect(page.html).toContain('href="/admin/branding#phone"')
    expect([value(page, 'phone'), value(page, 'opening_hours')]).toEqual([undefined, undefined])
  })

  test('who may not change the brand reads where it is done, without a link', async () => {
    const { scope } = await makeCompany(database.db)
    const editor = plainSpaces(await app.signIn(await makeUser(database.db, scope, { privileges: ['candidates.view', 'settings.edit'] })))
    const page = await editor.get(PAGE)
    expect(page.text).toContain('Ils se changent sous « Marque et page candidat ».')
    expect(page.html).not.toContain('/admin/branding')
  })
})

describe('The history', () => {
  test('pages by key, newest first, and filters by setting', async () => {
    const { admin, scope, colleague } = await scene()
    for (let size = 1; size <= 52; size++) await saveSetting(database.db, scope, 'campaign.open_days', 20 + size, colleague.id)
    const first = await admin.get(`${PAGE}/history?name=campaign.open_days`)
    expect(first.heading).toBe('Changements : Réponses acceptées pendant')
    expect(first.text).toContain('71 jours 72 jours Anne Roy')
    const older = elements(first.root).find(({ attributes }) => attributes['rel'] === 'next')?.attributes['href'] as string
    const second = await admin.get(older)
    expect(second.text).toContain('14 jours 21 jours Anne Roy')
    expect(second.text).not.toContain('23 jours')
    expect((await admin.get(`${PAGE}/history?name=nothing&after=x`)).text).toContain('Aucun changement.')
  })

  test('is exported in words, the system’s changes too, and shows no other company’s', async () => {
    const { admin, scope } = await scene()
    const other = await makeCompany(database.db)
    await saveSetting(database.db, other.scope, 'campaign.open_days', 99)
    await saveSetting(database.db, scope, 'sms.prices', { FR: 0.055 })
    await saveSetting(database.db, scope, 'sms.blocked_destinations', [{ country: 'BE', from: '2026-01-05' }])
    const file = await admin.get(`${PAGE}/history/export`)
    expect(file.headers['content-type']).toContain('text/csv')
    const text = file.html.replace(/[\u00a0\u202f]/g, ' ')
    expect(text).toContain(';"le système";"Prix par SMS";"rien";"France 0,055"')
    expect(text).toContain(';"Destinations bloquées par l’agence";"rien";"Belgique à partir du lun. 5 janv. 2026"')
    expect(text).not.toContain('99 jours')
  })
})

test('only who administers the agency sees it', async () => {
  const { scope } = await makeCompany(database.db)
  const recruiter = await app.signIn(await makeUser(database.db, scope))
  for (const url of [PAGE, `${PAGE}/history`, `${PAGE}/history/export`, '/admin/hours', '/admin/hours/countries/FR']) expect((await recruiter.get(url)).status).toBe(403)
})
