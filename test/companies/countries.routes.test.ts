import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { destinationsOn } from '../../src/companies/destinations.ts'
import { getSettings } from '../../src/companies/queries.ts'
import { settingsFrom } from '../../src/companies/settings.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { csvLines } from '../support/files.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const PAGE = '/admin/countries'
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
  const { scope } = await makeCompany(database.db)
  const admin = plainSpaces(await app.signIn(await makeUser(database.db, scope, { role: 'administrator', name: 'Marc Delorme', language })))
  return { scope, admin, settings: () => getSettings(database.db, scope) }
}

test('countries are added, removed and priced, and every change is in the journal', async () => {
  const { admin, settings } = await scene()
  const page = await admin.get(PAGE)
  expect(page.text).toContain('Suisse')
  const saved = await admin.submit(page, { add: 'RE', remove: ['CH'], price_FR: '0,055', price_BE: '', currency: 'eur' }, { form: `${PAGE}/allowed` })
  expect(saved.text).toContain('C’est enregistré.')
  expect(await settings()).toMatchObject({ 'sms.allowed_countries': ['FR', 'BE', 'LU', 'MC', 'RE'], 'sms.prices': { FR: 0.055 }, 'sms.currency': 'EUR' })
  expect(saved.text).toContain('Marc Delorme : pays autorisés, ajouté La Réunion, retiré Suisse')
  expect(saved.html).toContain('value="0,055"')
  expect(saved.html).toContain(`href="${PAGE}/export?format=csv"`)
  const lines = await csvLines(admin, `${PAGE}/export`)
  expect(lines.map((line) => line['Pays']).slice(0, 2)).toEqual(['Belgique', 'France'])
  expect(lines.find((line) => line['Code du pays'] === 'FR')).toMatchObject({ Autorisé: 'oui', 'Prix par SMS': '0.055', Devise: 'EUR', Précision: '' })
})

test('a price that is none comes back with what was typed, and nothing is saved', async () => {
  const { admin, settings } = await scene()
  const page = await admin.post(await admin.get(PAGE), `${PAGE}/allowed`, { add: 'RE', price_FR: 'cinq', currency: 'euros' })
  expect(page.status).toBe(422)
  expect(page.html).toContain('value="cinq"')
  expect(page.text).toContain('Saisissez un prix')
  expect(page.text).toContain('devise en trois lettres')
  expect((await settings())['sms.allowed_countries']).not.toContain('RE')
  const strange = await admin.post(page, `${PAGE}/allowed`, { add: 'ZZ', remove: 'x', price_ZZZ: '1', currency: 'EUR' })
  expect(strange.status).toBe(200)
})

test('the provider’s list applies when the company says so, from its day on, without what was lifted (S104, S106)', async () => {
  const { admin, settings } = await scene()
  const page = await admin.post(await admin.get(PAGE), `${PAGE}/lists/sms_central`, { applies: 'on', lifted: ['RE', 'GP', 'FR'] })
  expect(page.text).toContain('listes de prestataires, appliquée SMS Central')
  expect(await settings()).toMatchObject({ 'sms.block_lists': ['sms_central'], 'sms.lifted_destinations': ['GP', 'RE'] })
  await admin.post(page, `${PAGE}/allowed`, { add: 'MQ', currency: 'EUR' })
  await admin.post(page, `${PAGE}/allowed`, { add: 'RE', currency: 'EUR' })
  const now = await settings()
  expect(destinationsOn(now, '2023-07-14')).toMatchObject({ blocked: ['MQ'] })
  expect(destinationsOn(now, '2023-07-13')).toMatchObject({ blocked: [] })
  expect(destinationsOn(now, '2026-01-01').reachable).toContain('RE')
  expect((await admin.get(PAGE)).text).toContain('Bloqué depuis le')
  expect((await admin.post(page, `${PAGE}/lists/unknown`, { applies: 'on' })).status).toBe(404)
})

test('own entries have a day, may be lifted, and are told with what is wrong (S106)', async () => {
  const { admin, settings } = await scene()
  const page = await admin.post(await admin.get(PAGE), `${PAGE}/blocks`, { country: 'BE', from: '2026-13-01' })
  expect(page.status).toBe(422)
  expect(page.text).toContain('Saisissez une date')
  expect((await admin.post(page, `${PAGE}/blocks`, { country: '', from: '2026-01-01' })).text).toContain('Choisissez un pays')
  await admin.post(page, `${PAGE}/blocks`, { country: 'BE', from: '2026-01-01' })
  expect(destinationsOn(await settings(), '2026-01-01').blocked).toEqual(['BE'])
  await admin.post(page, `${PAGE}/blocks/BE/removal`, {})
  expect((await settings())['sms.blocked_destinations']).toEqual([])
})

describe('a number is judged by its region (S105, S107)', () => {
  test.each([
    ['06 39 98 00 01', 'France. Autorisé.'], ['+262 639 12 34 56', 'La Réunion ou Mayotte, le numéro ne le dit pas'], ['+590 690 12 34 56', 'ne distingue pas'],
    ['+262 692 12 34 56', 'La Réunion. Bloqué, car ce pays n’est pas autorisé'], ['bonjour', 'Ce n’est pas un numéro'],
  ])('%s', async (number, sentence) => {
    const { admin } = await scene()
    expect((await admin.get(`${PAGE}?number=${encodeURIComponent(number)}`)).text).toContain(sentence)
  })

  test('and told why, in the reader’s language', async () => {
    const { admin } = await scene('en')
    const page = await admin.post(await admin.get(PAGE), `${PAGE}/allowed`, { add: 'GP', currency: 'EUR' })
    await admin.post(page, `${PAGE}/lists/sms_central`, { applies: 'on' })
    const text = (await admin.get(`${PAGE}?number=%2B590690123456`)).text
    expect(text).toContain('Guadeloupe. Blocked since Fri, 14 Jul 2023: list of SMS Central')
    expect(text).toContain('judged as Guadeloupe')
  })
})

test('nothing is blocked while no list applies, and what is stored badly counts as nothing', () => {
  expect(destinationsOn(settingsFrom([]), '2026-01-01')).toEqual({ reachable: ['FR', 'BE', 'CH', 'LU', 'MC'], blocked: [] })
  expect(destinationsOn(settingsFrom([{ name: 'sms.blocked_destinations', value: [{ country: 'France', from: 'x' }] }]), '2026-01-01').blocked).toEqual([])
})
