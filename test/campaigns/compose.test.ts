import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { composeScene } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { textById, type Page } from '../support/page.ts'

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
const createDraft = ({ visitor, ids }: Scene): Promise<Page> => visitor.post(visitor.home, '/campaigns', { ids })
const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const summaryOf = (page: Page) => plain(textById(page, 'schedule-summary') ?? '')

async function stored(given: Scene, page: Page) {
  const { starts, start_on, start_time, allow_weekends, limit_to, internal_comment } = (await findCampaign(database.db, given.scope, idOf(page)))!
  return { starts, on: start_on, time: start_time?.slice(0, 5) ?? null, allow_weekends, limit_to, internal_comment }
}
const save = (given: Scene, page: Page, values: Record<string, string | undefined>, button = 'Enregistrer') => given.visitor.submit(page, values, { form: '/draft', button })

describe('when a new draft leaves', () => {
  test('is later today, an hour and a half from now (S62)', async () => {
    const given = await scene()
    const page = await createDraft(given)
    expect(await stored(given, page)).toMatchObject({ starts: 'later', on: '2026-11-26', time: '11:00', allow_weekends: false })
    expect(summaryOf(page)).toContain('Départ jeudi 26 novembre à 11:00 (heure de Paris).')
  })

  test('is on the company’s clock, wherever that is', async () => {
    const given = await scene()
    await database.db.updateTable('company').set({ time_zone: 'America/New_York' }).where('id', '=', given.id).execute()
    const page = await createDraft(given)
    expect(await stored(given, page)).toMatchObject({ on: '2026-11-26', time: '05:00' })
    expect(summaryOf(page)).toContain('à 05:00 (heure de New York)')
  })

  test('is now for as few ticked people as the company likes, and for nobody else (S68)', async () => {
    const given = await scene({ immediateUpTo: 4 })
    expect(await stored(given, await createDraft(given))).toMatchObject({ starts: 'now' })
    await saveSetting(database.db, given.scope, 'campaign.immediate_up_to', 3)
    expect(await stored(given, await createDraft(given))).toMatchObject({ starts: 'later' })
    const list = await given.visitor.post(given.visitor.home, '/campaigns', { all: '1', q: 'petit' })
    expect(await stored(given, list)).toMatchObject({ starts: 'later' })
  })
})

describe('the start', () => {
  test.each([
    ['2026-11-27', '09:30', '2026-11-27', '09:30'],
    ['27/11/2026', '9h30', '2026-11-27', '09:30'],
    ['vendredi 27 novembre', '9 h', '2026-11-27', '09:00'],
    ['demain', '2:30 pm', '2026-11-27', '14:30'],
    ['2026-11-26', '09:31', '2026-11-26', '09:31'],
    ['2027-11-26', '00:00', '2027-11-26', '00:00'],
  ])('typed as %s, %s is understood', async (on, time, storedOn, storedTime) => {
    const given = await scene()
    const page = await save(given, await createDraft(given), { start_on: on, start_time: time })
    expect(page.status).toBe(200)
    expect(await stored(given, page)).toMatchObject({ starts: 'later', on: storedOn, time: storedTime })
  })

  test.each([
    ['2026-11-25', '10:00', 'start_on', 'Ce moment est passé : il est jeudi 26 novembre à 09:30 (heure de Paris)'],
    ['2026-11-26', '09:30', 'start_time', 'Ce moment est passé'],
    ['2027-11-27', '10:00', 'start_on', 'C’est trop loin : choisissez une date jusqu’au vendredi 26 novembre 2027'],
    ['31/02/2027', '10:00', 'start_on', 'Cette date n’existe pas'],
    ['bientôt', '10:00', 'start_on', 'Cette date n’est pas lisible : écrivez par exemple 27/11/2026'],
    ['12/23/2026', '10:00', 'start_on', 'Vouliez-vous dire mercredi 23 décembre 2026 ? Écrivez alors 23/12/2026'],
    ['', '10:00', 'start_on', 'Indiquez la date d’envoi'],
    ['2026-11-27', '25:00', 'start_time', 'Cette heure n’existe pas'],
    ['2026-11-27', '9h75', 'start_time', 'Cette heure n’existe pas'],
    ['2026-11-27', 'midi pile', 'start_time', 'Cette heure n’est pas lisible'],
    ['2026-11-27', '', 'start_time', 'Indiquez l’heure d’envoi'],
    ["2026-11-27'; drop table campaign", '10:00', 'start_on', 'n’est pas lisible'],
  ])('typed as %s, %s is answered beside its field with what to do; the draft keeps its last start and the rest of the form', async (on, time, field, sentence) => {
    const given = await scene()
    const page = await save(given, await createDraft(given), { start_on: on, start_time: time, with_comment: 'on', comment: 'gardé', weekends: 'on' })
    expect(page.status).toBe(422)
    expect(plain(textById(page, `${field}-error`) ?? '')).toContain(sentence)
    expect(page.title).toContain('Erreur')
    if (on.length < 40) expect(page.html).toContain(`value="${on.replaceAll("'", '&#39;')}"`)
    expect(page.html).toMatch(/name="weekends" value="on" checked/)
    expect(await stored(given, page)).toMatchObject({ starts: 'later', on: '2026-11-26', time: '11:00', allow_weekends: false, internal_comment: 'gardé' })
  })

  test('typed as a page of nonsense is cut, shown as text and refused', async () => {
    const given = await scene()
    const page = await save(given, await createDraft(given), { start_on: '<b>1</b>'.repeat(200), start_time: '\u0000' })
    expect(page.status).toBe(422)
    expect(page.html).toContain(`value="${'&lt;b&gt;1&lt;/b&gt;'.repeat(5)}"`)
  })

  test('« Maintenant » needs no date, and the last one typed is there again afterwards (S63)', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'campaign.undo_seconds', 60)
    const page = await save(given, await createDraft(given), { starts: 'now', start_on: 'n’importe quoi', start_time: '' })
    expect(page.status).toBe(200)
    expect(await stored(given, page)).toMatchObject({ starts: 'now', on: '2026-11-26', time: '11:00' })
    expect(summaryOf(page)).toContain('Départ 60 secondes après votre confirmation.')
    expect(await stored(given, await save(given, page, { starts: 'later' }))).toMatchObject({ starts: 'later', on: '2026-11-26', time: '11:00' })
  })

  test('of a form without the schedule, or with a word we do not know, stays as it was', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const form = { version: '1', name: 'Un', availability: 'on', template: String(given.template.id), text_fr: 'Bonjour {lien}' }
    await given.visitor.post(page, `/campaigns/${idOf(page)}/draft`, form)
    await given.visitor.post(page, `/campaigns/${idOf(page)}/draft`, { ...form, version: '2', name: 'Deux', starts: 'jamais', start_on: '2026-12-01', start_time: '10:00', weekends: 'on' })
    expect(await stored(given, page)).toMatchObject({ starts: 'later', on: '2026-11-26', time: '11:00', allow_weekends: false })
  })

  test('that has gone by is said, and the next possible one is one click away', async () => {
    const given = await scene()
    const page = await createDraft(given)
    await clockAt('2026-11-26T10:00:01Z')
    const later = await given.visitor.get(`/campaigns/${idOf(page)}`)
    expect(summaryOf(later)).toContain('L’horaire choisi est passé : jeudi 26 novembre à 11:00.')
    const refused = await save(given, later, {}, 'Aperçu et confirmation')
    expect(refused.status).toBe(422)
    expect(plain(textById(refused, 'start_time-error') ?? '')).toContain('Ce moment est passé')
    const taken = await save(given, refused, {}, 'Prendre jeudi 26 novembre à 12:30')
    expect(taken.status).toBe(200)
    expect(await stored(given, taken)).toMatchObject({ starts: 'later', on: '2026-11-26', time: '12:30' })
  })
})

describe('the live summary', () => {
  const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial' }
  const send = (given: Scene, page: Page, values: Record<string, string>) =>
    given.visitor.submit(page, values, { form: '/draft', button: values['action'] === 'check' ? 'Aperçu' : 'Enregistrer', headers: HTMX })

  test('follows what is typed, and says what is wrong below the fields only until the form is sent', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const good = await send(given, page, { start_on: '2026-11-30', start_time: '09:00' })
    expect(good.status).toBe(200)
    expect(summaryOf(good)).toContain('Départ lundi 30 novembre à 09:00 (heure de Paris).')
    expect(summaryOf(good)).toContain('Tout part en une fois, en 1 minute environ.')

    const bad = await given.visitor.post(page, `/campaigns/${idOf(page)}/draft`, { version: '2', name: 'x', availability: 'on', template: String(given.template.id), text_fr: 'Bonjour {lien}', starts: 'later', start_on: '2026-11-01', start_time: '09:00' }, HTMX)
    expect(bad.status).toBe(200)
    expect(summaryOf(bad)).toContain('Ce moment est passé')
    expect(bad.html).not.toContain('aria-invalid')
    const sent = await given.visitor.post(page, `/campaigns/${idOf(page)}/draft`, { version: '3', name: 'x', availability: 'on', template: String(given.template.id), text_fr: 'Bonjour {lien}', starts: 'later', start_on: '2026-11-01', start_time: '09:00', action: 'check' }, HTMX)
    expect(sent.status).toBe(422)
    expect(plain(textById(sent, 'start_on-error') ?? '')).toContain('Ce moment est passé')
    expect(sent.html).toContain('aria-invalid')
  })

  test('lists the batches: the worked example of S67, smaller', async () => {
    const given = await scene()
    for (const [name, size] of [['campaign.first_batch_size', 1], ['campaign.next_batch_size', 5]] as const) await saveSetting(database.db, given.scope, name, size)
    for (let n = 0; n < 9; n++) given.ids.push(String((await makeCandidate(database.db, given.scope, {})).id))
    const page = await createDraft(given)
    const without = await save(given, page, { start_on: '2026-11-26', start_time: '10:00' })
    expect(summaryOf(without)).toContain('Lot 1 : 1, jeudi 26 novembre à 10:00 Lot 2 : 5, vendredi 27 novembre à 10:00 Lot 3 : 5, lundi 30 novembre à 10:00 Lot 4 : 1, mardi 1er décembre à 10:00 Fin estimée : mardi 1er décembre à 10:00.')
    const allowed = await save(given, without, { weekends: 'on' })
    expect(await stored(given, allowed)).toMatchObject({ allow_weekends: true })
    expect(summaryOf(allowed)).toContain('Lot 3 : 5, samedi 28 novembre à 10:00 Lot 4 : 1, dimanche 29 novembre à 10:00')
    const now = await save(given, allowed, { starts: 'now' })
    expect(summaryOf(now)).toContain('Lot 1 : 1, jeudi 26 novembre à 09:30 Lot 2 : 5, vendredi 27 novembre à 09:30')
  })

  test('keeps a long plan short', async () => {
    const given = await scene()
    for (const name of ['campaign.first_batch_size', 'campaign.next_batch_size'] as const) await saveSetting(database.db, given.scope, name, 1)
    for (let n = 0; n < 6; n++) given.ids.push(String((await makeCandidate(database.db, given.scope, {})).id))
    const text = summaryOf(await createDraft(given))
    expect(text).toContain('Lot 7 :')
    expect(text).not.toContain('Lot 8 :')
    expect(text).toContain('et 2 autres lots, un par jour')
  })

  test('says when the hours of sending hold the texts back, and until when', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'sms.windows', {})
    const at = async (page: Page, on: string, time: string) => summaryOf(await save(given, page, { start_on: on, start_time: time }))
    const page = await createDraft(given)
    expect(await at(page, '2026-11-29', '10:00')).toContain('Départ lundi 30 novembre à 08:00 (heure de Paris). Hors plage (8 h–20 h, lun.–sam.) : partira lundi 30 novembre à 08:00.')
    expect(await at(await given.visitor.get(`/campaigns/${idOf(page)}`), '2026-11-27', '20:00')).toContain('Hors plage (8 h–20 h, lun.–sam.) : partira samedi 28 novembre à 08:00.')
    expect(await at(await given.visitor.get(`/campaigns/${idOf(page)}`), '2026-12-25', '10:00')).toContain('Jour férié : partira lundi 28 décembre à 08:00.')
    expect(await at(await given.visitor.get(`/campaigns/${idOf(page)}`), '2026-11-27', '19:59')).not.toContain('Hors plage')
  })

  test('names the country when only some wait', async () => {
    const given = await scene()
    await saveSetting(database.db, given.scope, 'sms.windows', { FR: { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '00:00', closes: '24:00', onHolidays: true }, BE: { weekdays: [1, 2, 3, 4, 5], opens: '09:00', closes: '18:30', onHolidays: false } })
    given.ids.push(String((await makeCandidate(database.db, given.scope, { mobile: '+32 470 12 34 56' })).id))
    const page = await save(given, await createDraft(given), { start_on: '2026-11-28', start_time: '10:00' })
    expect(summaryOf(page)).toContain('Départ samedi 28 novembre à 10:00')
    expect(summaryOf(page)).toContain('Belgique, hors plage (9 h–18 h 30, lun.–ven.) : partira lundi 30 novembre à 09:00.')
  })

  test('says when a change of clocks leaves the time out', async () => {
    const given = await scene()
    const page = await save(given, await createDraft(given), { start_on: '2027-03-28', start_time: '02:30' })
    expect(summaryOf(page)).toContain('Départ dimanche 28 mars 2027 à 03:30')
    expect(summaryOf(page)).toContain('Ce jour-là l’heure change et 02:30 n’existe pas : départ à 03:30.')
  })

  test('warns of a first batch on a weekend, unless weekends are allowed (S65)', async () => {
    const given = await scene()
    const warned = await save(given, await createDraft(given), { start_on: '2026-11-28', start_time: '10:00' })
    expect(summaryOf(warned)).toContain('L’envoi tombe un samedi.')
    expect(summaryOf(await save(given, warned, { weekends: 'on' }))).not.toContain('samedi.')
    await saveSetting(database.db, given.scope, 'campaign.first_batch_size', 1)
    expect(summaryOf(await save(given, await given.visitor.get(`/campaigns/${idOf(warned)}`), { weekends: undefined }))).toContain('Le premier lot part un samedi : la case ne retient que les lots suivants.')
  })
})
