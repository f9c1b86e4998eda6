import Papa from 'papaparse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makePlanned } from '../support/factories/batches.ts'
import { makeFollowed } from '../support/factories/followed.ts'

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

type Line = Record<string, string>

async function linesOf(visitor: SignedIn, campaignId: number, query = ''): Promise<Line[]> {
  const response = await visitor.agent.get(`/campaigns/${campaignId}/export${query}`)
  expect(response.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(response.text.startsWith('\ufeff"Prénom";"Nom";')).toBe(true)
  const { data, errors } = Papa.parse<Line>(response.text.replace(/^\ufeff/, '').replaceAll('\u00a0', ' ').trimEnd(), { delimiter: ';', header: true })
  expect(errors).toEqual([])
  return data
}

test('the file tells of each recipient what became of the text and why, in words, with batch and times', async () => {
  const { visitor, campaignId } = await makeFollowed(database, app)
  const lines = await linesOf(visitor, campaignId)
  expect(lines).toHaveLength(20)
  const outcomes = Object.groupBy(lines, (line) => `${line['SMS']} | ${line['Motif']}`)
  expect(Object.fromEntries(Object.entries(outcomes).map(([outcome, found]) => [outcome, found!.length]))).toEqual({
    'Remis | ': 8, 'Non remis | numéro qui ne fonctionne pas': 1, 'Refusé | expéditeur refusé par l’opérateur': 1, 'En cours d’acheminement | ': 1, 'Envoi incertain | ': 1, 'Bloqué | désinscrit': 1,
    'En attente d’horaire | à partir du 2027-01-11 08:00': 1, 'En attente d’envoi | ': 6,
  })
  const [delivered] = outcomes['Remis | ']!
  expect(delivered!['Lot']).toBe('1')
  expect(delivered!['Date du lot']).toMatch(/^\d{4}-\d\d-\d\d$/)
  expect(delivered!['Envoyé le']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/)
  expect(delivered!['Résultat le']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/)
  expect(outcomes['En attente d’envoi | ']!.every((line) => line['Lot'] === '2' && line['Envoyé le'] === '')).toBe(true)
  expect(lines.filter((line) => line['Désinscrit'] === 'oui')).toHaveLength(2)
  await database.pool.query("update answer set source = case choice when 'no' then 'recruiter' else 'reply' end where recipient_id in (select id from recipient where campaign_id = $1 and rank >= 2)", [campaignId])
  // How an answer came stands beside it; who has not answered has no way.
  expect((await linesOf(visitor, campaignId)).map((line) => `${line['Réponse']} ${line['Réponse reçue par']}`).sort().slice(0, 4)).toEqual(['NON téléphone', 'OUI SMS', 'OUI lien', 'en attente '])
})

test.each([['?show=undelivered', 2], ['?show=held', 1], ['?show=yes', 2], ['?batch=2', 6], ['?batch=2&show=sent', 0], ['?show=blocked&reason=opted_out', 1], ['?show=unsubscribed', 2], ['?q=martin%2019', 1]])('the file holds what the page shows: %s', async (query, expected) => {
  const { visitor, campaignId } = await makeFollowed(database, app)
  expect(await linesOf(visitor, campaignId, query)).toHaveLength(expected)
  const page = await visitor.get(`/campaigns/${campaignId}${query}`)
  const href = /href="([^"]+\/export[^"]*format=csv)"/.exec(page.html)![1]!.replaceAll('&amp;', '&')
  expect(await linesOf(visitor, campaignId, href.slice(href.indexOf('export') + 6))).toHaveLength(expected)
})

test('a large campaign is written piece by piece, nobody twice and nobody left out', async () => {
  const { scope, campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 2_345, due: '-1 minute', state: 'running' }] })
  await database.pool.query("insert into answer (company_id, recipient_id, choice, source, answered_at) select company_id, id, 'yes', 'link', now() - make_interval(secs => rank % 7) from recipient where campaign_id = $1 and rank % 3 = 0", [campaignId])
  const lines = await linesOf(await app.signIn(await makeUser(database.db, scope)), campaignId)
  expect(new Set(lines.map((line) => line['Fiche'])).size).toBe(2_345)
  expect(lines).toHaveLength(2_345)
})

test('a cell never runs as a formula, in any column', async () => {
  const { visitor, campaignId } = await makeFollowed(database, app)
  await database.pool.query(`update candidate set first_name = '=1+1', last_name = '@SUM(A1)' where id = (select candidate_id from recipient where campaign_id = $1 and rank = 1)`, [campaignId])
  await database.pool.query(`update answer set comment = '-2+3"";=HYPERLINK("x")' where recipient_id = (select id from recipient where campaign_id = $1 and rank = 1)`, [campaignId])
  const [line] = await linesOf(visitor, campaignId, '?q=SUM')
  expect(line).toMatchObject({ 'Prénom': "'=1+1", Nom: "'@SUM(A1)", Commentaire: `'-2+3"";=HYPERLINK("x")` })
})

test('nobody exports another company’s recipients, nor a draft', async () => {
  const { campaignId, scope, senderId, userId } = await makeFollowed(database, app).then(async (made) => ({ ...made, senderId: made.company.senderId }))
  const stranger = await app.signIn(await makeUser(database.db, (await makeCompany(database.db)).scope, { role: 'administrator' }))
  expect((await stranger.agent.get(`/campaigns/${campaignId}/export`)).status).toBe(404)
  const { rows: [draft] } = await database.pool.query<{ id: number }>("insert into campaign (company_id, name, kind, created_by, sender_id, audience, time_zone) values ($1, 'B', 'simple', $2, $3, '{}', 'Europe/Paris') returning id", [scope.companyId, userId, senderId])
  const own = await app.signIn(await makeUser(database.db, scope))
  expect((await own.agent.get(`/campaigns/${draft!.id}/export`)).status).toBe(404)
})
