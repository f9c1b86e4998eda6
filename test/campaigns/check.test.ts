import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { composeScene } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { elements, textOf } from '../support/html.ts'
import { links, type Page } from '../support/page.ts'

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

/** Thursday, half past nine in Paris. */
const NOW = '2026-11-26T08:30:00Z'
const clockAt = (instant: string) => sql`create or replace function app_now() returns timestamptz language sql stable as ${sql.raw(`$$ select timestamptz '${instant}' $$`)}`.execute(database.db)
beforeEach(async () => { await clockAt(NOW) })

type Scene = Awaited<ReturnType<typeof composeScene>>
const scene = (given: Parameters<typeof composeScene>[2] = {}): Promise<Scene> => composeScene(database, app, { immediateUpTo: 0, ...given })
const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const tested = (page: Page) => database.db.updateTable('campaign').set({ tested_at: new Date(NOW) }).where('id', '=', idOf(page)).execute()
const linksOf = (page: Page) => links(page).map(({ href, text }) => ({ href, text: plain(text) }))
const launchButton = (page: Page) => elements(page.root).filter(({ tag, attributes }) => tag === 'button' && attributes['class']?.includes('large')).map((button) => plain(textOf(button)))[0]

/** The check page of a draft that nothing else is to be said about. */
async function check(given: Scene, values: Record<string, string | undefined> = {}): Promise<Page> {
  const draft = await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids })
  await tested(draft)
  return given.visitor.submit(draft, values, { form: '/draft', button: 'Aperçu et confirmation' })
}

describe('the check page says when everything leaves', () => {
  test('at once, with the seconds to undo it', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'campaign.undo_seconds', 60)
    const page = await check(given, { starts: 'now' })
    const text = plain(page.text)
    expect(text).toContain('Départ 60 secondes après votre confirmation.')
    expect(text).toContain('Tout part en une fois, en 1 minute environ.')
    expect(text).toContain('Après le clic, vous avez 60 secondes pour annuler l’envoi.')
    expect(text).not.toContain('reprogrammer')
    expect(launchButton(page)).toBe('Envoyer 3 SMS')
  })

  test.each([
    ['2026-11-26', '15:05', 'Programmer 3 SMS pour aujourd’hui à 15:05'],
    ['2026-11-27', '09:00', 'Programmer 3 SMS pour demain à 09:00'],
    ['2026-11-30', '09:00', 'Programmer 3 SMS pour lundi à 09:00'],
    ['2026-12-03', '09:00', 'Programmer 3 SMS pour le jeudi 3 décembre à 09:00'],
  ])('on %s at %s: the button says so', async (on, time, label) => {
    const given = await scene()
    const page = await check(given, { start_on: on, start_time: time })
    expect(launchButton(page)).toBe(label)
    expect(plain(page.text)).toContain(`à ${time} (heure de Paris).`)
    expect(plain(page.text)).toContain('Jusqu’au départ, vous pouvez encore reprogrammer ou annuler.')
    expect(page.text).not.toContain('J’ai vérifié')
  })

  test('every batch is in a fold, with the estimated end (S60, S67)', async () => {
    const given = await scene()
    for (const name of ['campaign.first_batch_size', 'campaign.next_batch_size'] as const) await saveSetting(database.db, given.scope, name, 1)
    for (let n = 0; n < 9; n++) given.ids.push(String((await makeCandidate(database.db, given.scope, {})).id))
    const page = await check(given, { start_on: '2026-11-27', start_time: '10:00' })
    const text = plain(page.text)
    expect(text).toContain('Fin estimée : lundi 14 décembre à 10:00.')
    expect(text).toContain('Voir les 12 lots')
    expect(text).toContain('Lot 12 : 1, lundi 14 décembre à 10:00')
  })

  test('outside the hours the button tells the moment at which they really leave, and asks for a tick', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'sms.windows', {})
    const page = await check(given, { start_on: '2026-11-29', start_time: '10:00' })
    expect(plain(page.text)).toContain('Hors plage (8 h–20 h, lun.–sam.) : partira lundi 30 novembre à 08:00.')
    expect(launchButton(page)).toBe('Programmer 3 SMS pour lundi à 08:00')
    const unticked = await given.visitor.submit(page, {}, { form: '/launch' })
    expect(unticked.status).toBe(422)
    expect(unticked.text).toContain('Cochez la case')
  })

  test('also « Maintenant » waits for the next opening, and says so', async () => {
    await clockAt('2026-11-26T20:30:00Z')
    const given = await scene()
    await saveSetting(database.db, given.scope, 'sms.windows', {})
    const page = await check(given, { starts: 'now' })
    expect(launchButton(page)).toBe('Programmer 3 SMS pour demain à 08:00')
  })

  test('a weekend asks for a tick (S65)', async () => {
    const given = await scene()
    const page = await check(given, { start_on: '2026-11-28', start_time: '10:00' })
    expect(plain(page.text)).toContain('L’envoi tombe un samedi.')
    expect((await given.visitor.submit(page, {}, { form: '/launch' })).status).toBe(422)
    const launched = await given.visitor.submit(page, { checked: '1' }, { form: '/launch' })
    expect(launched.status).toBe(200)
    expect((await findCampaign(database.db, given.scope, idOf(page)))!.status).toBe('scheduled')
  })
})

describe('what stands in the way', () => {
  test('a start that has gone by: no button, the way to put it right, and a forced launch is refused', async () => {
    const given = await scene()
    const page = await check(given, { start_on: '2026-11-26', start_time: '10:00' })
    await clockAt('2026-11-26T09:00:01Z')
    const late = await given.visitor.submit(page, {}, { form: '/launch' })
    expect([409, 422]).toContain(late.status)
    const again = await given.visitor.get(`/campaigns/${idOf(page)}/check`)
    expect(plain(again.text)).toContain('L’horaire choisi est passé : jeudi 26 novembre à 10:00.')
    expect(again.text).toContain('L’envoi n’est pas possible pour l’instant')
    expect(linksOf(again)).toContainEqual({ href: `/campaigns/${idOf(page)}#schedule-heading`, text: 'Corriger : Envoi' })
    expect(launchButton(again)).toBe(undefined)
    expect((await findCampaign(database.db, given.scope, idOf(page)))!.status).toBe('draft')
  })

  test('no hours of sending within a year', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'sms.allowed_countries', ['FR', 'US'])
    // Noon in New York is no noon in Hawaii, and a number does not say where somebody is.
    await saveSetting(database.db, given.scope, 'sms.windows', { US: { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '12:00', closes: '12:30', onHolidays: true } })
    given.ids.push(String((await makeCandidate(database.db, given.scope, { mobile: '+1 212 555 0123' })).id))
    const page = await check(given, { starts: 'now' })
    expect(plain(page.text)).toContain('Aucune heure d’envoi n’est ouverte dans l’année pour ces numéros : États-Unis.')
    expect(launchButton(page)).toBe(undefined)
  })

  test('a campaign beyond its budget cannot be sent; what fits says what it takes', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'budget.campaign_segments', 3)
    const fits = await check(given, { starts: 'now' })
    expect(plain(fits.text)).toContain('Campagne : 3 SMS sur 3 permis')
    await saveSetting(database.db, given.scope, 'budget.campaign_segments', 2)
    const over = await given.visitor.get(`/campaigns/${idOf(fits)}/check`)
    expect(plain(over.text)).toContain('Campagne : 3 SMS pour 2 permis. Limitez les destinataires ou raccourcissez le texte.')
    expect(linksOf(over)).toContainEqual({ href: `/campaigns/${idOf(fits)}#recipients-heading`, text: 'Corriger : Budget' })
    const forced = await given.visitor.submit(fits, {}, { form: '/launch' })
    expect([409, 422]).toContain(forced.status)
    expect((await findCampaign(database.db, given.scope, idOf(fits)))!.status).toBe('draft')
  })

  test('the day’s budget: what is left is shown, and going beyond it asks for a tick', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'budget.day_segments', 10)
    await sql`insert into day_spend (company_id, local_date, segments) values (${given.id}, '2026-11-26', 8)`.execute(database.db)
    const page = await check(given, { starts: 'now' })
    const text = plain(page.text)
    expect(text).toContain('Aujourd’hui : il reste 2 SMS sur 10 pour toute l’agence')
    expect(text).toContain('Le jeudi 26 novembre, 3 SMS sont prévus et il en reste 2')
    expect((await given.visitor.submit(page, {}, { form: '/launch' })).status).toBe(422)
    const tomorrow = await check(given, { start_on: '2026-11-27', start_time: '10:00', text_fr: 'Autre texte de {agence} : {lien}\n{stop}' })
    expect(plain(tomorrow.text)).toContain('il reste 2 SMS sur 10')
    expect(plain(tomorrow.text)).not.toContain('sont prévus')
  })

  test('without budgets there is no such line', async () => {
    expect((await check(await scene())).text).not.toContain('Budget')
  })
})

test('a recruiter who reads English is told the same in English', async () => {
  const given = await scene({ user: { language: 'en' } })
  await saveSetting(database.db, given.scope, 'sms.windows', {})
  const draft = await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids })
  await tested(draft)
  const page = await given.visitor.submit(draft, { start_on: '29/11/2026', start_time: '10 am' }, { form: '/draft', button: 'Preview' })
  expect(plain(page.text)).toContain('Leaves Monday 30 November at 08:00 (Paris time).')
  expect(plain(page.text)).toContain('Outside the hours of sending (8:00–20:00, Mon–Sat): leaves Monday 30 November at 08:00.')
  expect(launchButton(page)).toBe('Schedule 3 SMS for Monday at 08:00')
})
