import { afterAll, beforeAll, expect, test } from 'vitest'
import { companyScope } from '../../src/core/scope.ts'
import { listAllPools, listPools } from '../../src/companies/senders.queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import type { Visitor } from '../support/page.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { csvLines } from '../support/files.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const PAGE = '/admin/senders'
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

async function scene() {
  const company = await makeCompany(database.db)
  const admin = plainSpaces(await app.signIn(await makeUser(database.db, company.scope, { role: 'administrator' })))
  return { ...company, admin }
}

/** Creates a pool and returns its page of a new sender. */
async function newSender(admin: Visitor, pool: string) {
  const made = await admin.submit(await admin.get(PAGE), { name: pool }, { form: `${PAGE}/pools`, button: 'Créer le groupe' })
  const link = [...made.html.matchAll(/\/admin\/senders\/new\?pool=(\d+)/g)].map(([href]) => href).at(-1)!
  return admin.get(link)
}

test('pools and senders are made, changed, archived and journaled; the default pool stays', async () => {
  const { admin, scope } = await scene()
  const page = await newSender(admin, 'Nom de l’agence')
  const list = await admin.submit(page, { address: 'MARTIN', label: 'Nom', can_receive: undefined, stop_text: '', per_second: '', countries: ['BE', 'FR'] })
  expect(list.text).toContain('L’expéditeur est enregistré.')
  expect(list.text).toContain('Impossibles')
  expect((await listPools(database.db, scope)).map(({ name, senders }) => [name, senders.map(({ address }) => address)])).toEqual([['Numéro court', ['38047']], ['Nom de l’agence', ['MARTIN']]])

  expect(list.html).toContain(`href="${PAGE}/export?format=xlsx"`)
  expect((await csvLines(admin, `${PAGE}/export`)).map((line) => [line['Nom du groupe'], line['Numéro ou nom'], line['Réponses'], line['Pays'], line['État']])).toEqual([
    ['Numéro court', '38047', 'Reçues', 'Tous les pays autorisés', 'en service'], ['Nom de l’agence', 'MARTIN', 'Impossibles', 'Belgique, France', 'en service'],
  ])

  const [own, other] = await listPools(database.db, scope)
  const edited = await admin.submit(await admin.get(`${PAGE}/${other!.senders[0]!.id}`), { label: 'Le nom', per_second: '5', countries: [] })
  expect(edited.text).toContain('5 par seconde')
  const refused = await admin.post(edited, `${PAGE}/pools/${own!.id}/archive`, { archived: '1' })
  expect(refused.status).toBe(409)
  expect(refused.text).toContain('choisissez-en d’abord un autre par défaut')
  await admin.post(refused, `${PAGE}/pools/${other!.id}/default`, {})
  await admin.post(refused, `${PAGE}/pools/${own!.id}/archive`, { archived: '1' })
  expect((await listPools(database.db, scope)).map(({ name, is_default }) => [name, is_default])).toEqual([['Nom de l’agence', true]])
  await admin.post(refused, `${PAGE}/${other!.senders[0]!.id}/archive`, { archived: '1' })
  expect(await listPools(database.db, scope)).toEqual([])
  expect((await listAllPools(database.db, scope)).flatMap(({ senders }) => senders)).toHaveLength(2)
  const journal = await database.db.selectFrom('journal').select('action').where('company_id', '=', scope.companyId).where('action', 'like', 'sender.%').orderBy('id').execute()
  expect(journal.map(({ action }) => action)).toEqual(['sender.pool_saved', 'sender.saved', 'sender.saved', 'sender.pool_default', 'sender.pool_archived', 'sender.archived'])
})

test.each([
  ['', 'Remplissez : Numéro ou nom'], ['Agence Martin', 'de 4 à 15 chiffres'], ['Élan', 'de 4 à 15 chiffres'], ['123', 'de 4 à 15 chiffres'], ['AB', 'de 4 à 15 chiffres'],
  ['+33 6 39 98 00 01', 'numéro de mobile français'], ['INFO', 'ne dit pas qui écrit'], ['38047', 'a déjà cet expéditeur'],
])('« %s » is refused with a sentence, and what was typed is kept', async (address, sentence) => {
  const { admin } = await scene()
  const page = await admin.submit(await newSender(admin, 'Autre'), { address, label: 'Essai', stop_text: 'STOP 1' })
  expect(page.status).toBe(422)
  expect(page.text).toContain(sentence)
  expect(page.html).toContain('value="STOP 1"')
})

test('a name cannot be answered; rates and lengths have bounds', async () => {
  const { admin } = await scene()
  const page = await admin.submit(await newSender(admin, 'Nom'), { address: 'MARTIN', label: '', can_receive: 'on', per_second: '5000', stop_text: 'x'.repeat(41) })
  expect(page.status).toBe(422)
  for (const sentence of ['décochez la case', 'de 1 à 1000', 'Trop long : Mention STOP', 'Remplissez : Libellé']) expect(page.text).toContain(sentence)
})

test('two pools cannot bear one name; another company’s are unknown, and recruiters may not see them', async () => {
  const { admin, scope, senderId } = await scene()
  const page = await admin.submit(await admin.get(PAGE), { name: 'numéro court' }, { form: `${PAGE}/pools`, button: 'Créer le groupe' })
  expect(page.status).toBe(422)
  expect(page.text).toContain('Un groupe porte déjà ce nom')
  const outsider = (await scene()).admin
  const [pool] = await listPools(database.db, scope)
  const home = await outsider.get(PAGE)
  for (const url of [`${PAGE}/${senderId}`, `${PAGE}/new?pool=${pool!.id}`]) expect((await outsider.get(url)).status).toBe(404)
  for (const url of [`${PAGE}/${senderId}`, `${PAGE}/${senderId}/archive`, `${PAGE}/pools/${pool!.id}`, `${PAGE}/pools/${pool!.id}/default`, `${PAGE}/pools/${pool!.id}/archive`]) {
    expect((await outsider.post(home, url, { name: 'Volé', label: 'x', archived: '1' })).status, url).toBe(404)
  }
  const recruiter = await app.signIn(await makeUser(database.db, scope))
  expect((await recruiter.get(PAGE)).status).toBe(403)
})

test('an empty company is led from the first SMS to its first sender, which makes the pool', async () => {
  const { id } = await database.db.insertInto('company').values({ name: 'Agence Nouvelle' }).returning('id').executeTakeFirstOrThrow()
  const scope = companyScope(id)
  const admin = plainSpaces(await app.signIn(await makeUser(database.db, scope, { role: 'administrator' })))
  const { id: candidateId } = await makeCandidate(database.db, scope)
  const form = await admin.post(admin.home, '/campaigns', { ids: String(candidateId), single: '1' })
  expect([form.url, form.text]).toEqual([`${PAGE}/new`, expect.stringContaining('indiquez d’abord le numéro d’envoi')])
  expect((await admin.get(PAGE)).text).toContain('Sans numéro d’envoi, aucun SMS ne peut partir')

  const refused = await admin.submit(form, { address: '', label: 'Numéro court' })
  expect([refused.status, await listAllPools(database.db, scope)]).toEqual([422, []])
  const saved = await admin.submit(refused, { address: '38047', label: 'Numéro court', stop_text: '' })
  expect(saved.text).toContain('L’expéditeur est enregistré.')
  expect((await listPools(database.db, scope)).map(({ name, is_default, senders }) => [name, is_default, senders.map(({ address }) => address)])).toEqual([['Numéro court', true, ['38047']]])
  // The form of an older page makes no second pool.
  expect((await admin.submit(form, { address: '38048', label: 'Autre' })).status).toBe(404)

  const draft = await admin.post(saved, '/campaigns', { ids: String(candidateId), single: '1' })
  const check = await admin.get(`${draft.url}/check`)
  expect(check.text).toContain('Rien dans le SMS ne dit comment l’arrêter')

  const recruiter = plainSpaces(await app.signIn(await makeUser(database.db, companyScope((await database.db.insertInto('company').values({ name: 'Sans numéro' }).returning('id').executeTakeFirstOrThrow()).id), { role: 'recruiter' })))
  expect((await recruiter.post(recruiter.home, '/campaigns', { ids: '1', single: '1' })).text).toContain('Demandez à votre administrateur')
})
