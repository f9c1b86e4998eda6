import fc from 'fast-check'
import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readList } from '../../src/campaigns/list.input.ts'
import { countTabs, listCampaigns, listShown } from '../../src/campaigns/list.queries.ts'
import { listUrl } from '../../src/campaigns/list.views.ts'
import { CAMPAIGN_STATUSES } from '../../src/campaigns/domain.ts'
import { countLeftOut, getProgress, listBatches } from '../../src/campaigns/progress.queries.ts'
import { listRecipients } from '../../src/campaigns/recipients.queries.ts'
import { companyScope } from '../../src/core/scope.ts'
import type { DB } from '../../src/db/schema.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makePlanned, moveMessages } from '../support/factories/batches.ts'
import { makeFollowed } from '../support/factories/followed.ts'
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

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const namesOn = (page: Page) => [...page.html.matchAll(/<th scope="row"><a [^>]+>([^<]+)<\/a>/g)].map(([, name]) => name!.replaceAll('&amp;', '&').replaceAll('&#39;', "'"))

type Row = { name: string; status?: string; starts?: string; by?: string }

/** Campaigns without recipients: what a list finds and in which order needs none. */
async function agency(rows: readonly Row[]): Promise<SignedIn & { companyId: number; userId: number }> {
  const { scope, senderId } = await makeCompany(database.db)
  const user = await makeUser(database.db, scope, { role: 'administrator', name: 'Claire Bernard' })
  const people = new Map([['Claire Bernard', user.id]])
  for (const { name, status = 'completed', starts, by = 'Claire Bernard' } of rows) {
    if (!people.has(by)) people.set(by, (await makeUser(database.db, scope, { name: by })).id)
    const isOver = status === 'completed' || status === 'cancelled'
    await database.pool.query(
      `insert into campaign (company_id, name, kind, status, created_by, launched_by, sender_id, audience, launched_at, starts_at, ends_at, finished_at, time_zone)
       values ($1, $2, 'simple', $3, $4, $5, $6, '{}', $7, $8, $8, $9, 'Europe/Paris')`,
      [scope.companyId, name, status, people.get(by), status === 'draft' ? null : people.get(by), senderId, status === 'draft' ? null : new Date('2026-01-01T08:00:00Z'), status === 'draft' ? null : new Date(starts ?? '2026-01-05T09:00:00Z'), isOver ? new Date('2026-01-06T09:00:00Z') : null])
  }
  return { ...(await app.signIn(user)), companyId: scope.companyId, userId: user.id }
}

describe('the columns', () => {
  test('count each share of what it is a share of (S72)', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    const row = elements((await visitor.get('/campaigns')).root).find(({ attributes }) => attributes['id'] === `campaign-${campaignId}`)!
    const text = plain(textOf(row))
    // 11 of 20 handed over, 7 still to go; 13 done with, one of them in doubt and one blocked. Two of the 11 failed, two opted out.
    expect(text).toContain('11 envoyés / 7 restants')
    expect(text).toContain('65 %')
    expect(text).toContain('2 non remis, 18,2 %')
    expect(text).toContain('2 désinscrits, 18,2 %')
    expect(text).toMatch(/OUI 2 NON 1 en attente 17/)
  })

  test('say nothing of shares while nothing was sent, and nothing at all of a draft', async () => {
    const visitor = await agency([{ name: 'Demain', status: 'scheduled', starts: '2126-01-05T09:00:00Z' }, { name: 'Plus tard', status: 'draft' }])
    const page = await visitor.get('/campaigns?tab=all')
    expect(plain(page.text)).toMatch(/Demain.*0 envoyés \/ 0 restants.*––/)
    expect(page.text).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('do not call complete what a cancellation took back', async () => {
    const { campaignId, scope } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 3, due: '-1 day', state: 'done' }, { recipients: 7, due: '1 day', state: 'cancelled' }] })
    await moveMessages(database, campaignId, ['leased', 'submitting', 'accepted', 'delivered'], { limit: 3 })
    await moveMessages(database, campaignId, ['cancelled'])
    await database.pool.query("update campaign set status = 'cancelled', finished_at = now() where id = $1", [campaignId])
    const visitor = await app.signIn(await makeUser(database.db, scope))
    expect(plain((await visitor.get('/campaigns?tab=cancelled')).text)).toContain('3 envoyés / 0 restants30 %')
  })

  test('tell an end that is estimated from a real one, and have none for what stands still (S71)', async () => {
    const visitor = await agency([{ name: 'A', status: 'scheduled', starts: '2126-01-05T09:00:00Z' }, { name: 'B', status: 'completed' }, { name: 'C', status: 'paused' }])
    const rows = elements((await visitor.get('/campaigns?tab=all&sort=name')).root).filter(({ tag, attributes }) => tag === 'tr' && attributes['id'] !== undefined)
    expect(rows.map((row) => elements(row).filter(({ tag }) => tag === 'time').length)).toEqual([2, 2, 1])
    expect(rows.map((row) => elements(row).some(({ tag }) => tag === 'em'))).toEqual([true, false, false])
  })

  test('say why a campaign stands still, and offer what its status allows (S77, S79)', async () => {
    const visitor = await agency([{ name: 'Arrêtée', status: 'suspended' }])
    await database.pool.query(`update campaign set status_reason = 'drop_rate', status_detail = '{"failed": 30, "finals": 100, "percent": 30}' where company_id = $1`, [visitor.companyId])
    const text = plain((await visitor.get('/campaigns?tab=suspended')).text)
    expect(text).toContain('30 % d’échecs')
    expect(text).toContain('Débloquer')
    expect(text).not.toContain('Reprogrammer')
  })
})

describe('the filters', () => {
  test('show what is active until somebody wants something else, and any choice of statuses (S70, S75)', async () => {
    const visitor = await agency(CAMPAIGN_STATUSES.map((status) => ({ name: status, status })))
    const shown = async (query: string) => namesOn(await visitor.get(`/campaigns${query}`)).toSorted()
    expect(await shown('')).toEqual(['error', 'in_process', 'paused', 'scheduled'])
    expect(await shown('?tab=suspended')).toEqual(['suspended'])
    expect(await shown('?status=paused&status=suspended')).toEqual(['paused', 'suspended'])
    expect(await shown('?tab=all')).toEqual([...CAMPAIGN_STATUSES].toSorted())
    const page = await visitor.get('/campaigns?status=paused&status=suspended')
    expect(page.text).toContain('En pause, Suspendue')
    // Ticked again as they were, sent like a person does: the same address.
    expect((await visitor.submit(page, {}, { form: '/campaigns' })).url).toBe('/campaigns?status=paused&status=suspended')
    expect((await visitor.submit(page, { status: ['scheduled', 'in_process', 'paused', 'error'] }, { form: '/campaigns' })).url).toBe('/campaigns')
  })

  test('know the days of the company, both ends of a period included (S74)', async () => {
    // Midnight of 1 March in Paris is 23:00 of the day before in UTC.
    const visitor = await agency([{ name: 'veille', starts: '2026-02-28T22:59:59Z' }, { name: 'minuit', starts: '2026-02-28T23:00:00Z' }, { name: 'soir', starts: '2026-03-03T22:59:59Z' }, { name: 'lendemain', starts: '2026-03-03T23:00:00Z' }])
    const shown = async (query: string) => namesOn(await visitor.get(`/campaigns?tab=all&${query}`))
    expect(await shown('from=2026-03-01&until=2026-03-03')).toEqual(['soir', 'minuit'])
    expect(await shown('from=2026-03-01')).toEqual(['lendemain', 'soir', 'minuit'])
    expect(await shown('until=2026-02-28')).toEqual(['veille'])
    const page = await visitor.get('/campaigns?tab=all&from=1%20mars%202026&until=3.3.2026')
    expect(page.url).toBe('/campaigns?tab=all&from=2026-03-01&until=2026-03-03')
    expect(plain(page.text)).toContain('du dim. 1 mars au mar. 3 mars')
  })

  test.each([['today', [0]], ['week', [0, -6]], ['upcoming', [3]], ['all', [3, 0, -6, -7, -400]]] as const)('the period %s has what began in it', async (period, days) => {
    const at = (day: number) => new Date(Date.now() + day * 86_400_000 + (day === 0 ? -1_000 : 0)).toISOString()
    const visitor = await agency([3, 0, -6, -7, -400].map((day) => ({ name: String(day), starts: at(day) })))
    expect(namesOn(await visitor.get(`/campaigns?tab=all&period=${period}`))).toEqual(days.map(String))
  })

  test.each([
    ['from=hier+peut-%C3%AAtre', 'Saisissez une date, par exemple 23/11/2026', 'hier peut-être'],
    ['from=31%2F02%2F2026', 'Cette date n’existe pas', '31/02/2026'],
    ['until=2026-03-01&from=2026-03-02', 'La date de fin doit être le lun. 2 mars ou après', '2026-03-01'],
    ['from=1815-06-18', 'Saisissez une date entre 2000 et 2099', '1815-06-18'],
    ['from=lundi', 'Vouliez-vous dire', 'lundi'],
  ])('keep what was typed and say what is wrong with it: %s', async (query, sentence, kept) => {
    const visitor = await agency([{ name: 'Toujours là' }])
    const page = await visitor.get(`/campaigns?tab=all&${query}`)
    expect(page.status).toBe(422)
    expect(page.title).toMatch(/^Erreur/)
    expect(plain(page.text)).toContain(sentence)
    expect(page.html).toContain(`value="${kept}"`)
    expect(namesOn(page)).toEqual(['Toujours là'])
  })

  test('find a part of the name or of the sender’s, whatever its accents, and take no sign for a wildcard (S73)', async () => {
    const visitor = await agency([{ name: 'Été à 100 %', by: 'Zoé Lefèvre' }, { name: 'Hiver_1', by: 'Claire Bernard' }, { name: 'Printemps \\ 2' }])
    const shown = async (q: string) => namesOn(await visitor.get(`/campaigns?tab=all&${new URLSearchParams({ q })}`)).toSorted()
    expect(await shown('ETE')).toEqual(['Été à 100 %'])
    expect(await shown('lefevre')).toEqual(['Été à 100 %'])
    expect(await shown('100 %')).toEqual(['Été à 100 %'])
    expect(await shown('%')).toEqual(['Été à 100 %'])
    expect(await shown('r_1')).toEqual(['Hiver_1'])
    expect(await shown('\\')).toEqual(['Printemps \\ 2'])
    expect(await shown('bernard')).toEqual(['Hiver_1', 'Printemps \\ 2'])
    expect(plain((await visitor.get('/campaigns?q=lefevre')).text)).toContain('Terminées 1')
  })

  test('offer every way back: each part of the sentence can be taken out', async () => {
    const visitor = await agency([{ name: 'Une' }])
    const page = await visitor.get('/campaigns?status=paused&status=suspended&period=month&mine=1&q=une&sort=name')
    const back = links(page).filter(({ text }) => text.startsWith('Retirer le filtre')).map(({ href }) => href)
    expect(back).toEqual(['/campaigns?period=month&mine=1&q=une&sort=name', '/campaigns?status=paused&status=suspended&mine=1&q=une&sort=name', '/campaigns?status=paused&status=suspended&period=month&mine=1&sort=name'])
    expect(links(page).find(({ text }) => text === 'Effacer les filtres')?.href).toBe('/campaigns?mine=1&sort=name')
  })
})

describe('the order', () => {
  const NAMES = ['Abc', 'abc', 'Ébène', 'zèbre', 'Zoo', 'arbre', 'Éclair', '12', 'éclair']

  test.each([['name', ['12', 'Abc', 'abc', 'arbre', 'Ébène', 'Éclair', 'éclair', 'zèbre', 'Zoo']], ['start', [...NAMES].reverse()]])('by %s (S76)', async (sort, expected) => {
    const visitor = await agency(NAMES.map((name, index) => ({ name, starts: `2026-03-0${index + 1}T08:00:00Z` })))
    expect(namesOn(await visitor.get(`/campaigns?tab=all${sort === 'name' ? '&sort=name' : ''}`))).toEqual(expected)
  })

  test.each(['start', 'name'])('pages by %s lose and repeat nobody, even where all is equal', async (sort) => {
    const visitor = await agency(Array.from({ length: 61 }, (_, index) => ({ name: index % 3 === 0 ? 'Pareil' : `N ${String(index).padStart(2, '0')}`, starts: `2026-03-0${1 + (index % 2)}T08:00:00.123Z` })))
    const ids: string[] = []
    for (let url: string | undefined = `/campaigns?tab=all&period=all${sort === 'name' ? '&sort=name' : ''}`; url !== undefined;) {
      const page: Page = await visitor.get(url)
      ids.push(...[...page.html.matchAll(/<tr id="(campaign-\d+)"/g)].map(([, id]) => id!))
      url = links(page).find(({ text }) => text === 'Suivants')?.href
    }
    expect(ids.length).toBe(61)
    expect(new Set(ids).size).toBe(61)
  })
})

describe('any address', () => {
  test('becomes the one address of its list, and that one leads to itself', () => {
    const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(fc.string({ maxLength: 20 }), { maxLength: 4 }), fc.constant({ a: { b: 'c' } }), fc.constantFrom('paused', '1', 'name', 'week', '2026-03-01', '31/02/2026', 'WyJhIiwxXQ', 'WzEsMV0'))
    const query = fc.dictionary(fc.constantFrom('tab', 'status', 'period', 'from', 'until', 'mine', 'q', 'sort', 'after', 'x'), value)
    fc.assert(fc.property(query, (given) => {
      const url = listUrl(readList(given, '2026-03-01').state)
      const again: Record<string, unknown> = {}
      for (const [name, text] of new URL(url, 'http://here').searchParams) again[name] = name in again ? [again[name], text].flat() : text
      expect(listUrl(readList(again, '2026-03-01').state)).toBe(url)
    }), { numRuns: 2_000 })
  })

  test.each(['?status=%00&q=%00', '?q=%27%3B+drop+table+campaign%3B--', '?after=WyJcdTAwMDAiLDFd&sort=name', '?after=Wzk5OTk5OTk5OTk5OTk5OTksMV0', '?status[a]=b&period[]=x', `?q=${'é'.repeat(1_000)}`, '?tab=constructor&sort=__proto__', '?mine=1&mine=2', '?from[]=1'])('is answered: %s', async (query) => {
    const visitor = await agency([{ name: 'Une' }])
    expect([200, 422]).toContain((await visitor.get(`/campaigns${query}`)).status)
  })
})

describe('the refresh', () => {
  const pollOf = (page: Page) => /id="campaign-rows" hx-get="([^"]+)" hx-trigger="every (\w+)"/.exec(page.html)?.slice(1).map((part) => part.replaceAll('&amp;', '&')) as [string, string] | undefined
  const ask = (visitor: SignedIn, url: string) => visitor.agent.get(url).set({ 'hx-request': 'true', 'hx-request-type': 'partial' })

  test('asks for what moves only, is empty while nothing is new, and keeps a row whose status left the tab', async () => {
    const { visitor, campaignId, batchIds } = await makeFollowed(database, app)
    await database.pool.query("insert into campaign (company_id, name, kind, status, created_by, sender_id, audience, time_zone) select company_id, 'Brouillon', 'simple', 'draft', created_by, sender_id, '{}', time_zone from campaign where id = $1", [campaignId])
    const page = await visitor.get('/campaigns?tab=all')
    const [url, every] = pollOf(page)!
    expect(every).toBe('5s')
    expect(new URL(url, 'http://here').searchParams.get('moving')).toBe(String(campaignId))
    expect((await ask(visitor, url)).status).toBe(204)
    await database.pool.query('update message set wait_reason = null where batch_id = $1', [batchIds[0]])
    await moveMessages(database, campaignId, ['leased', 'submitting', 'accepted'], { batchId: batchIds[0]! })
    const news = await visitor.fragment(url)
    expect(plain(news.text)).toContain('12 envoyés / 6 restants')
    expect(news.text).not.toContain('Brouillon')
    expect(news.html.match(/hx-morph-skip/g)).toHaveLength(1)
    const [next] = pollOf(news)!
    expect((await ask(visitor, next)).status).toBe(204)
    await database.pool.query("update campaign set status = 'cancelled', finished_at = now() where id = $1", [campaignId])
    expect((await visitor.fragment(next)).text).toContain('Annulée')
  })

  test('stands still where nothing moves, and asks once a minute before a batch is due', async () => {
    const still = await agency([{ name: 'Finie' }, { name: 'Arrêtée', status: 'suspended' }])
    expect(pollOf(await still.get('/campaigns?tab=all'))).toBeUndefined()
    const { visitor, campaignId } = await makeFollowed(database, app)
    await database.pool.query("update batch set state = case when no = 1 then 'done' else state end, due_at = now() + interval '5 hours', started_at = started_at - interval '3 days' where campaign_id = $1", [campaignId])
    expect(pollOf(await visitor.get('/campaigns'))![1]).toBe('60s')
  })

  test('shows nobody another company’s rows, and survives any question', async () => {
    const { campaignId } = await makeFollowed(database, app)
    const stranger = await agency([{ name: 'La mienne', status: 'in_process' }])
    const answer = await ask(stranger, `/campaigns/rows?shown=${campaignId}&moving=${campaignId}`)
    expect(answer.text).not.toContain('Chantier')
    for (const query of ['', '?shown=a.b&moving=%00', `?shown=${'1.'.repeat(500)}&moving=1`, '?shown[x]=1&seen[]=2']) expect((await ask(stranger, `/campaigns/rows${query}`)).status).toBeLessThan(400)
  })
})

test('no list reads a whole table, however many campaigns, recipients and answers there are', async () => {
  const asked: { sql: string; parameters: readonly unknown[] }[] = []
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: database.pool as never }), log: (event) => void asked.push({ sql: event.query.sql, parameters: event.query.parameters }) })
  const { scope, campaignId } = await makeFollowed(database, app)
  const filter = { statuses: CAMPAIGN_STATUSES, range: { from: new Date('2026-01-01'), until: new Date('2036-01-01') }, mine: null, q: '' }
  await listCampaigns(db, scope, filter, { sort: 'start', after: { at: 1, id: 1 }, limit: 26 })
  await listCampaigns(db, scope, filter, { sort: 'name', after: { name: 'a', id: 1 }, limit: 26 })
  await listCampaigns(db, scope, { ...filter, q: 'chantier' }, { sort: 'start', after: undefined, limit: 26 })
  await listShown(db, companyScope(scope.companyId), [campaignId])
  await countTabs(db, scope, { ...filter, q: 'chantier' })
  await getProgress(db, scope, campaignId)
  await listBatches(db, scope, campaignId)
  await countLeftOut(db, scope, campaignId)
  for (const show of ['all', 'yes', 'waiting', 'doubtful', 'held', 'unsubscribed'] as const) await listRecipients(db, scope, campaignId, { show, reason: '', batch: undefined, q: '', limit: 51 })
  const client = await database.pool.connect()
  try {
    // In a small table the planner may read all of it; without that way it shows whether there is another.
    await client.query('set enable_seqscan = off')
    for (const { sql, parameters } of asked) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...parameters])
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan, sql).not.toMatch(/Seq Scan on (campaign|batch|message|recipient|answer|opt_out_event|phone)\b/)
    }
    expect(asked.length).toBeGreaterThan(10)
  } finally {
    await client.query('reset enable_seqscan')
    client.release()
  }
})
