import os from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { seedDemo } from '../../src/demo/seed.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeFollowed } from '../support/factories/followed.ts'
import { elements, textOf } from '../support/html.ts'
import { links, type Page } from '../support/page.ts'

/** Every number that a page shows is a link to a list of exactly that many people (S71, S72, S96). */

let database: TestDatabase
let app: TestApp
let demo: SignedIn
beforeAll(async () => {
  database = await createTestDatabase()
  const config = loadConfig({ DATABASE_URL: 'postgres://test', SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: os.tmpdir() })
  const { admin } = (await seedDemo({ db: database.db, config }))!
  app = await startTestApp(database)
  demo = await app.signIn(admin)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

type Linked = { href: string; number: number }

/** Links to recipients with a number in their words; in a subtraction the number stands before its link. */
function numbersOn(page: Page): Linked[] {
  const all = elements(page.root)
  const sums = all.filter(({ tag, attributes }) => tag === 'dl' && attributes['class'] === 'sum').flatMap((list) => {
    const terms = elements(list).filter(({ tag }) => tag === 'dt').map((term) => Number(textOf(term).replace(/\D/g, '')))
    const targets = elements(list).filter(({ tag }) => tag === 'dd').map((target) => elements(target).find(({ tag }) => tag === 'a')?.attributes['href'])
    return targets.flatMap((href, index) => (href ? [{ href, number: terms[index]! }] : []))
  })
  const direct = all.filter((element) => element.tag === 'a' && element.parent?.tag !== 'dd').flatMap((link) => {
    const [href, text] = [link.attributes['href'] ?? '', textOf(link)]
    const [found] = text.match(/\d+(?:[\u00a0\u202f]\d{3})*/) ?? []
    const isCount = /\/campaigns\/\d+(\?|#)/.test(href) && !/^(voir les candidats|Retirer|Suivants)/.test(text)
    return isCount && found !== undefined ? [{ href, number: Number(found.replace(/\D/g, '')) }] : []
  })
  return [...direct, ...sums]
}

/** How many people a list holds, page by page. */
async function lengthOf(visitor: SignedIn, href: string): Promise<number> {
  let rows = 0
  for (let url: string | undefined = href.split('#')[0]; url !== undefined;) {
    const page: Page = await visitor.get(url)
    expect(page.status, url).toBe(200)
    // A campaign's page has other tables too; the pages of who was left out have one.
    rows += (page.html.match(page.html.includes('id="campaign-live"') ? /<tr id="recipient-/g : /<th scope="row">/g) ?? []).length
    const total = /(\d+)–(\d+) sur ([\d\u00a0\u202f]+)/.exec(page.text)
    if (total) expect(Number(total[2]), url).toBe(rows)
    url = links(page).find(({ text }) => text === 'Suivants')?.href.split('#')[0]
    if (url === undefined && total) expect(Number(total[3]!.replace(/\D/g, '')), href).toBe(rows)
  }
  return rows
}

async function compare(visitor: SignedIn, page: Page): Promise<number> {
  const lengths = new Map<string, number>()
  for (const { href, number } of numbersOn(page)) {
    if (!lengths.has(href)) lengths.set(href, await lengthOf(visitor, href))
    expect(lengths.get(href), `${page.url} says ${number} for ${href}`).toBe(number)
  }
  return lengths.size
}

test('on the list, for every campaign of the demonstration', async () => {
  const page = await demo.get('/campaigns?tab=all')
  expect(await compare(demo, page)).toBeGreaterThan(60)
})

test('on the page of every campaign of the demonstration', async () => {
  const { rows } = await database.pool.query<{ id: number }>("select id from campaign where company_id = 1 and status in ('in_process', 'suspended', 'cancelled', 'paused', 'error') order by id")
  expect(rows.length).toBe(6)
  for (const { id } of rows) expect(await compare(demo, await demo.get(`/campaigns/${id}`))).toBeGreaterThan(8)
})

describe('of a campaign in the middle of its life', () => {
  test('on its page and on the list, for every way a text can end', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    const page = await visitor.get(`/campaigns/${campaignId}`)
    expect(numbersOn(page).map(({ href }) => new URL(href, 'http://here').searchParams.get('show'))).toEqual(expect.arrayContaining(
      [null, 'yes', 'no', 'waiting', 'sent', 'delivered', 'underway', 'undelivered', 'unsubscribed', 'remaining', 'held', 'doubtful', 'blocked', 'kept']))
    expect(await compare(visitor, page)).toBeGreaterThan(18)
    expect(await compare(visitor, await visitor.get('/campaigns'))).toBe(8)
  })

  test('the lines of « Voir pourquoi » add up before the launch and after it (S43, S46)', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    const sums = elements((await visitor.get(`/campaigns/${campaignId}`)).root).filter(({ tag, attributes }) => tag === 'dl' && attributes['class'] === 'sum')
    const terms = elements(sums[0]!).filter(({ tag }) => tag === 'dt').map((term) => textOf(term).replace(/[\s\u00a0]/g, ''))
    expect(terms).toEqual(['25', '−2', '−1', '−1', '−1', '=20', '−1', '=19'])
    let left = 0
    for (const term of terms) {
      if (term.startsWith('=')) expect(left).toBe(Number(term.slice(1)))
      else left += Number(term.replace('−', '-'))
    }
    const text = textOf(sums[0]!).replace(/[\u00a0\u202f]/g, ' ')
    expect(text).toContain('désinscrit depuis le lancement')
    expect(text).toContain('SMS partis ou à partir (envois incertains compris)')
  })

  test('a reason of its own opens its people, and one nobody knows opens nobody', async () => {
    const { visitor, campaignId } = await makeFollowed(database, app)
    expect(await lengthOf(visitor, `/campaigns/${campaignId}?show=blocked&reason=opted_out`)).toBe(1)
    const nobody = await visitor.get(`/campaigns/${campaignId}?show=blocked&reason=fell_off_a_truck`)
    expect(nobody.text).toContain('Personne ne correspond à ce filtre.')
    expect(nobody.text).toContain('bloqués avant l’envoi')
  })
})
