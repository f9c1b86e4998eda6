import { brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays, dateIn, nextMonday } from '../../src/core/dates.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { fictionalMobile, makeCandidate } from '../support/factories/candidates.ts'
import { elements } from '../support/html.ts'
import { links, type Page } from '../support/page.ts'

const TODAY = dateIn('Europe/Paris', new Date())
const MONDAY = nextMonday(TODAY)
const FRIDAY = addDays(MONDAY, 4)
const NEXT_WEEK = `from=${MONDAY}&until=${FRIDAY}`
const FIRST = ['Mohamed', 'Jean-Baptiste', 'Amadou', 'Nathalie', 'Fatoumata', 'Zoé', 'Bo']
const LAST = ['Traoré', 'Lefèvre-Dubois', 'Benali', 'Nguyen', 'Da Silva', 'Ö', 'Fernandez']
const TRADES = ['Coffreur-bancheur', 'Maçon', 'Grutier', 'Électricien', null]
const TOWNS = ['Lyon', 'Villeurbanne', 'Saint-Étienne', 'Nîmes', null]

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let recruiter: SignedIn
let reader: SignedIn
let english: SignedIn
let people: number[]

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scope = (await makeCompany(database.db)).scope
  const other = (await makeCompany(database.db)).scope
  recruiter = await app.signIn(await makeUser(database.db, scope))
  reader = await app.signIn(await makeUser(database.db, scope, { role: 'reader' }))
  english = await app.signIn(await makeUser(database.db, scope, { language: 'en' }))
  const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!
  people = (await Promise.all(Array.from({ length: 62 }, (_person, n) => makeCandidate(database.db, scope, {
    firstName: pick(FIRST, n), lastName: `${pick(LAST, n >> 1)} ${n}`, mobile: fictionalMobile(n), trade: pick(TRADES, n), town: pick(TOWNS, n >> 2),
    ...(n < 30 ? { availability: 'available' as const, availableFrom: addDays(MONDAY, -n), availableUntil: n % 3 ? addDays(FRIDAY, n) : null } : n < 45 ? { availability: 'available' as const, availableFrom: addDays(MONDAY, n - 25), availableUntil: addDays(MONDAY, n) } : n < 55 ? { availability: 'unavailable' as const } : {}),
  })))).map(({ id }) => id)
  await makeCandidate(database.db, other, { firstName: 'Autre', lastName: 'Agence', availability: 'available' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const shown = (page: Page) => links(page).flatMap(({ href }) => (/^\/candidates\/\d+$/.test(href) ? [Number(href.split('/')[2])] : []))

describe('the board', () => {
  test('shows everybody, longest available first, and says each bar in words', async () => {
    const page = await recruiter.get('/availability')
    expect(page.heading).toBe('Disponibilités')
    expect(plain(page.text)).toContain('62 candidats')
    expect(shown(page)).toHaveLength(50)
    const bars = elements(page.root).filter(({ tag }) => tag === 'svg').flatMap(({ attributes }) => attributes['aria-label'] ?? [])
    expect(bars).toHaveLength(50)
    expect(new Set(bars.map((text) => plain(text).split(' ')[0]))).toEqual(new Set(['Disponible', 'Non']))
    expect(page.text).not.toContain('Autre Agence')
    expect(page.html).toMatch(/href="\/availability" aria-current="page" data-go="d"/)
    const rest = await recruiter.get(links(page).find(({ text }) => text.includes('Suivant'))!.href)
    expect([...shown(page), ...shown(rest)].toSorted((a, b) => a - b)).toEqual(people.toSorted((a, b) => a - b))
    expect(rest.html).toContain('Indisponible')
  })

  test('fifty people cost a page as little as promised', async () => {
    const { html } = await recruiter.get('/availability?sort=name')
    const rows = html.slice(html.indexOf('<tbody>'), html.indexOf('</tbody>'))
    expect(rows.match(/<tr>/g)).toHaveLength(50)
    expect(Buffer.byteLength(rows)).toBeLessThanOrEqual(20 * 1024)
    expect(brotliCompressSync(rows).length).toBeLessThanOrEqual(3 * 1024)
  })

  test('gives the people free all week, to be texted through the one selection', async () => {
    const week = await recruiter.get(`/availability?${NEXT_WEEK}`)
    expect(plain(week.text)).toMatch(/Disponibles du .+ au .+ : 30 Sélectionner ces 30 personnes/)
    expect(shown(week).toSorted((a, b) => a - b)).toEqual(people.slice(0, 30).toSorted((a, b) => a - b))
    const sent = await recruiter.post(week, '/campaigns', { all: '1', kind: 'candidate', from: MONDAY, until: FRIDAY, except: String(people[3]) })
    expect(sent.status).toBe(200)
    const { audience } = await database.db.selectFrom('campaign').select('audience').where('company_id', '=', scope.companyId).orderBy('id', 'desc').executeTakeFirstOrThrow()
    expect(audience).toMatchObject({ mode: 'query', filters: { from: MONDAY, until: FRIDAY }, except: [people[3]] })
    expect(plain(sent.text)).toMatch(/29 candidats choisis/)
  })

  test('keeps how it is shown while the search changes, and one address for the same board', async () => {
    const page = await recruiter.get('/availability?weeks=13&sort=name&view=list&trade=grutier')
    expect(page.url).toBe('/availability?trade=grutier&weeks=13&sort=name&view=list')
    expect(page.html).toContain('/availability?weeks=13&amp;sort=name&amp;view=list"')
    expect(elements(page.root).filter(({ attributes }) => attributes['aria-current'] !== undefined).length).toBeGreaterThan(2)
    expect((await recruiter.get('/availability?q=&trade=&from=&until=')).url).toBe('/availability')
    // The end before the start is the same period, typed the other way round.
    expect((await recruiter.get(`/availability?from=${FRIDAY}&until=${MONDAY}`)).url).toBe(`/availability?${NEXT_WEEK}`)
  })

  test('takes whatever an address says, and shows what can be shown', async () => {
    for (const query of ['weeks=12', 'weeks=13&weeks=6', 'figures=all', 'figures=none', 'view=<script>', 'sort=id', 'from=2026-02-31', 'from=0000-01-01', 'until=9999-12-31', 'from=abc&until=-1', 'after=xxx', `after=${Buffer.from('[1,"a",1,0]').toString('base64url')}`, 'kind=contact', 'list=9999999']) {
      const page = await recruiter.get(`/availability?${query}`)
      expect(page.status, query).toBe(200)
      expect(page.heading).toBe('Disponibilités')
    }
  })

  test('is looked at by readers, who select nobody', async () => {
    const page = await reader.get('/availability')
    expect(page.status).toBe(200)
    expect(page.html).not.toContain('check-box')
  })

  test('speaks English', async () => {
    const page = await english.get(`/availability?${NEXT_WEEK}`)
    expect(page.heading).toBe('Availability')
    expect(page.text).toMatch(/Available from .+ to .+: 30/)
  })

  test('refreshes its part alone', async () => {
    const part = await recruiter.fragment(`/availability?town=Lyon&q=&${NEXT_WEEK}`)
    expect(part.html).not.toContain('<html')
    expect(part.html).toContain('id="results"')
    expect(part.headers['hx-push-url']).toBe(`/availability?town=Lyon&${NEXT_WEEK}`)
  })
})

describe('the list of candidates', () => {
  test('has the same filter, tells it and lets it go', async () => {
    const page = await recruiter.get(`/candidates?${NEXT_WEEK}`)
    expect(plain(page.text)).toContain('30 candidats')
    expect(plain(page.text)).toMatch(/disponible du .+ au /)
    const removal = links(page).find(({ text }) => plain(text).startsWith('Retirer le filtre disponible'))!
    expect(removal.href).toBe('/candidates')
    expect(plain((await recruiter.get(`/candidates?from=${MONDAY}`)).text)).toMatch(/disponible le /)
  })

  test('a search saved before there were days still gives its name to a campaign', async () => {
    const user = await makeUser(database.db, scope, { role: 'recruiter' })
    const visitor = await app.signIn(user)
    const older = { kind: 'candidate', q: '', trade: 'Grutier', tag: '', skill: '', town: '', radius: '', branch: '', list: '', import: '', availability: '', consent: '', textable: '' }
    await database.db.insertInto('saved_search').values({ company_id: scope.companyId, name: 'Les grutiers', filters: JSON.stringify(older), created_by: user.id }).execute()
    const page = await visitor.post(visitor.home, '/campaigns', { all: '1', kind: 'candidate', trade: 'Grutier' })
    expect(page.html).toContain('Les grutiers')
  })
})

test('the file holds the same people, for spreadsheets of France, and nothing that runs', async () => {
  const [evil] = [await makeCandidate(database.db, scope, { firstName: '=HYPERLINK("http://evil")', lastName: 'Zzz;"fin"', trade: '@cmd', availability: 'available', availableFrom: MONDAY, availableUntil: FRIDAY })]
  const { headers, html: file } = await recruiter.get(`/availability/export?${NEXT_WEEK}`)
  expect(headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(headers['content-disposition']).toBe('attachment; filename="disponibilites.csv"')
  expect(file.startsWith('\ufeff"Nom";"Prénom";"Métier";"Ville";"Mobile";"Disponibilité";"Du";"Au";"Indiquée le";"Fiche"\r\n')).toBe(true)
  expect(file.trimEnd().split('\r\n')).toHaveLength(1 + 31)
  expect(file).toContain(`"Zzz;""fin""";"'=HYPERLINK(""http://evil"")";"'@cmd";"Lyon"`)
  expect(file).toContain(`"Disponible";"${MONDAY}";"${FRIDAY}"`)
  expect(file).not.toContain('Agence')
  await database.db.deleteFrom('candidate').where('id', '=', evil!.id).execute()
})
