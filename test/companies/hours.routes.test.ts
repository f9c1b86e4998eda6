import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EVERY_OTHER, nextOpenDays, windowFaults } from '../../src/companies/hours.domain.ts'
import { getSettings, saveSetting } from '../../src/companies/queries.ts'
import { listPublicHolidays, isPublicHoliday } from '../../src/sms/holidays.ts'
import { CAUTIOUS_RULE, WINDOW_RULES } from '../../src/sms/window-rules.ts'
import { catalogues } from '../../src/words/index.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { elements } from '../support/html.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const PAGE = '/admin/hours'
const FRANCE = `${PAGE}/countries/FR`
const OFFICE = { weekdays: [1, 2, 3, 4, 5], opens: '09:00', closes: '18:00', onHolidays: false }
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
  const { scope } = await makeCompany(database.db, { windows: {} })
  const admin = plainSpaces(await app.signIn(await makeUser(database.db, scope, { role: 'administrator', name: 'Marc Delorme', language })))
  return { scope, admin, windows: async () => (await getSettings(database.db, scope))['sms.windows'] }
}

describe('The hours of a country', () => {
  test('are chosen, shown with what they are by default and why, and taken back', async () => {
    const { admin, windows } = await scene()
    const overview = await admin.get(PAGE)
    expect(overview.text).toContain('France lun.–sam., 8 h–20 h, sauf jours fériés Par défaut')
    const page = await admin.get(FRANCE)
    expect(page.text).toContain('La charte AF2M de 2026')
    const saved = await admin.submit(page, { weekdays: ['1', '2', '3', '5'], opens: '09:30', closes: '00:00', on_holidays: 'on' }, { form: FRANCE })
    expect(await windows()).toEqual({ FR: { weekdays: [1, 2, 3, 5], opens: '09:30', closes: '24:00', onHolidays: true } })
    expect(saved.text).toContain('lun.–mer., ven., 9 h 30–24 h Choisies par l’agence')
    expect(elements(saved.root).find(({ attributes }) => attributes['name'] === 'closes')?.attributes['value']).toBe('00:00')
    expect((await admin.submit(saved, {}, { form: FRANCE })).text).toContain('Rien n’a changé.')
    await admin.post(saved, `${FRANCE}/removal`)
    await admin.post(saved, `${FRANCE}/removal`)
    expect(await windows()).toEqual({})
    expect((await admin.get('/admin/limits/history?name=sms.windows')).text).toContain('rien France : lun.–mer., ven., 9 h 30–24 h')
  })

  test('tell every mistake beside its field, and keep what was typed', async () => {
    const { admin, windows } = await scene()
    const refused = await admin.submit(await admin.get(FRANCE), { weekdays: undefined, opens: '19:00', closes: '08:00' }, { form: FRANCE })
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('Cochez au moins un jour')
    expect(refused.text).toContain('La fin doit venir après le début')
    expect(elements(refused.root).find(({ attributes }) => attributes['name'] === 'opens')?.attributes['value']).toBe('19:00')
    const strange = await admin.post(refused, FRANCE, { weekdays: ['9', 'x'], opens: 'tôt', closes: '25:00' })
    expect(strange.text).toContain('Saisissez deux heures, par exemple 08:00 et 20:00')
    expect(await windows()).toEqual({})
  })

  test('are refused when a colleague changed the same country meanwhile, not another', async () => {
    const { admin, scope, windows } = await scene()
    const page = await admin.get(FRANCE)
    await saveSetting(database.db, scope, 'sms.windows', { BE: OFFICE })
    expect((await admin.submit(page, { opens: '10:00' }, { form: FRANCE })).text).toContain('C’est enregistré.')
    const again = await admin.get(FRANCE)
    await saveSetting(database.db, scope, 'sms.windows', { BE: OFFICE, FR: OFFICE })
    const refused = await admin.submit(again, { opens: '07:00' }, { form: FRANCE })
    expect(refused.status).toBe(409)
    expect(refused.text).toContain('Ces heures ont changé pendant votre saisie : lun.–ven., 9 h–18 h, sauf jours fériés')
    await admin.submit(refused, {}, { form: FRANCE })
    expect((await windows())['FR']?.opens).toBe('07:00')
    expect((await windows())['BE']).toEqual(OFFICE)
  })

  test('can be added for any country, and for all others at once', async () => {
    const { admin, windows } = await scene('en')
    const chosen = await admin.submit(await admin.get(PAGE), { country: 'ES' }, { form: `${PAGE}/choice` })
    expect(chosen.heading).toBe('Hours of sending: Spain')
    expect(chosen.text).toContain('No rule was looked up for this country')
    await admin.submit(chosen, { weekdays: ['6'] }, { form: `${PAGE}/countries/ES` })
    const overview = await admin.submit(await admin.get(`${PAGE}/countries/all`), { weekdays: ['1'], on_holidays: 'on' }, { form: `${PAGE}/countries/all` })
    expect(Object.keys(await windows()).sort()).toEqual([EVERY_OTHER, 'ES'])
    expect(overview.heading).toBe('Hours of sending: all other countries')
    const page = await admin.get(PAGE)
    expect(page.text).toMatch(/Spain ?Country not allowed: nothing leaves for it/)
    expect(page.text).toContain('As all other countries')
    expect((await admin.get(`${PAGE}/countries/ZZ`)).status).toBe(404)
    expect((await admin.submit(page, { country: '' }, { form: `${PAGE}/choice` })).url).toBe(PAGE)
  })

  test('are read from the clock that the agency chooses', async () => {
    const { admin, scope } = await scene()
    const page = await admin.submit(await admin.get(PAGE), { 'sms.window_zone': 'company' }, { form: `${PAGE}/zone` })
    expect(page.text).toContain('C’est enregistré.')
    expect((await getSettings(database.db, scope))['sms.window_zone']).toBe('company')
    expect((await admin.post(page, `${PAGE}/zone`, { 'sms.window_zone': 'moon' })).status).toBe(200)
  })
})

describe('The next openings', () => {
  const rules = (overrides = {}) => ({ zone: 'recipient' as const, companyZone: 'Europe/Paris', overrides })
  const dates = (key: string, at: string, overrides = {}) => nextOpenDays(key, rules(overrides), new Date(at), 3).map(({ date, opens, closes }) => `${date} ${opens}-${closes}`)

  test('begin today while it is open, and pass over Sundays and holidays', () => {
    expect(dates('FR', '2026-12-24T18:59:00Z')).toEqual(['2026-12-24 08:00-20:00', '2026-12-28 08:00-20:00', '2026-12-29 08:00-20:00'])
    expect(dates('FR', '2026-12-24T19:00:00Z')[0]).toBe('2026-12-28 08:00-20:00')
  })

  test('are told by the country’s own date, on the far side of midnight too', () => {
    expect(dates('NC', '2026-11-22T20:30:00Z')[0]).toBe('2026-11-23 08:00-20:00')
  })

  test('last until midnight where the hours do', () => {
    expect(dates(EVERY_OTHER, '2026-11-23T22:30:00Z', { '*': { ...OFFICE, closes: '24:00' } })[0]).toBe('2026-11-23 09:00-24:00')
  })
})

test('faults of days and of times are told together', () => {
  expect(windowFaults('FR', { weekdays: [], opens: 'x', closes: '08:00', onHolidays: true })).toEqual([{ field: 'weekdays', problem: 'no_weekday' }, { field: 'opens', problem: 'no_such_time' }])
})

test('public holidays are named, and are those that the hours know', () => {
  const found = listPublicHolidays('FR', '2026-11-22', '2027-11-22', 'fr')
  expect(found).toContainEqual({ date: '2027-07-14', name: 'Fête Nationale de la France' })
  expect(found.map(({ date }) => date)).toEqual(expect.arrayContaining(['2026-12-25', '2026-12-26', '2027-03-26', '2027-11-11']))
  expect(found.filter(({ date }) => !isPublicHoliday('FR', date))).toEqual([])
  expect(listPublicHolidays('XX', '2026-01-01', '2027-01-01', 'fr')).toEqual([])
})

test('every rule says in both languages where it comes from', () => {
  const sources = [...Object.values(WINDOW_RULES).flat(), CAUTIOUS_RULE].map(({ source }) => `hours.source.${source}`)
  expect(sources.filter((key) => !catalogues.fr[key] || !catalogues.en[key])).toEqual([])
})
