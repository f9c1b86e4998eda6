import os from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { loadConfig } from '../../src/config.ts'
import { seedDemo } from '../../src/demo/seed.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, openSignedIn, screenshot } from '../support/browser.ts'
import { checkLooks, WITH_TABLET } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

/** The list of campaigns and each one's page, with the campaigns of the demonstration: every status there is. */

let database: TestDatabase
let app: TestApp
let admin: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  const config = loadConfig({ DATABASE_URL: 'postgres://test', SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: os.tmpdir() })
  admin = (await seedDemo({ db: database.db, config }))!.admin
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const signedIn = () => openSignedIn(admin, '/campaigns', { baseURL: app.url })

async function campaign(name: string): Promise<string> {
  const { rows } = await database.pool.query<{ id: number }>('select id from campaign where name like $1 order by id limit 1', [`${name}%`])
  return `/campaigns/${rows[0]!.id}`
}

const PEOPLE = ['Gros', 'Conducteurs', 'Magasiniers', 'Préparateurs', 'Chauffeurs', 'Électriciens', 'Plombiers']

test('every status can be followed at every look', async () => {
  const page = await signedIn()
  await page.goto('/campaigns?tab=all')
  await checkLooks(page, 'all')
  await page.locator('#filter-panel > summary').click()
  await checkLooks(page, 'filters')
  await page.goto('/campaigns')
  await screenshot(page, 'active')
  for (const name of PEOPLE) {
    await page.goto(await campaign(name))
    for (const fold of await page.locator('.folds > details > summary').all()) await fold.click()
    await checkLooks(page, name.normalize('NFD').replace(/[^A-Za-z]/g, ''))
  }
}, 400_000)

test('rows stay under a person who is at them, and new answers come when they are asked for', async () => {
  const { pool } = database
  const address = await campaign('Préparateurs')
  const answer = (count: number) => pool.query(
    `insert into answer (company_id, recipient_id, choice, source) select r.company_id, r.id, case when r.rank % 3 = 0 then 'no' else 'yes' end, 'link'
     from recipient r where r.campaign_id = $1 and not exists (select from answer a where a.recipient_id = r.id) order by r.rank limit $2`, [Number(address.split('/').at(-1)), count])
  // Its answers are of the last day: it is looked at every few seconds.
  await pool.query("update batch set started_at = now() - interval '2 hours' where campaign_id = $1 and started_at is not null", [Number(address.split('/').at(-1))])
  const page = await signedIn()
  await page.goto(address)
  await page.locator('#answers-figures > summary').click()
  const row = page.locator('#recipients tbody tr').nth(1)
  const link = row.getByRole('link').first()
  await link.focus()
  const [name, before] = [await link.innerText(), await row.boundingBox()]
  const first = await page.locator('#recipients tbody tr').first().getAttribute('id')

  await answer(3)
  await page.locator('#arrivals', { hasText: '3 nouvelles réponses' }).waitFor()
  expect(await page.evaluate('document.activeElement.textContent')).toBe(name)
  expect(await row.boundingBox()).toEqual(before)
  expect(await page.locator('#recipients tbody tr').first().getAttribute('id')).toBe(first)
  expect(await page.locator('#answers-figures').getAttribute('open')).not.toBeNull()
  await checkLooks(page, 'arrivals', WITH_TABLET)

  await page.getByRole('link', { name: 'Afficher', exact: true }).click()
  await page.locator('#recipients tr.is-new').nth(2).waitFor()
  expect(await page.evaluate('document.activeElement.id')).toBe('contacted')
  await page.locator('#arrivals:empty').waitFor({ state: 'attached' })

  // Nobody is at the rows now: the next one comes by itself.
  const top = await page.locator('#recipients tbody tr').first().getAttribute('id')
  await answer(1)
  await page.locator(`#recipients tbody tr:first-child:not(#${top})`).waitFor()
})

/** Hands over so many texts of a campaign that wait, one legal step at a time. */
async function handOver(id: number, count: number): Promise<void> {
  const { rows } = await database.pool.query<{ ids: number[] }>("select array_agg(id) as ids from (select id from message where campaign_id = $1 and state = 'queued' order by id limit $2) m", [id, count])
  for (const state of ['leased', 'submitting', 'accepted', 'delivered']) await database.pool.query("update message set state = $2, lease_until = case when $2 = 'leased' then now() end where id = any($1)", [rows[0]!.ids, state])
}

test('numbers move by themselves under an open menu and an open fold, only forward, and stop at the end', async () => {
  const { pool } = database
  const address = await campaign('Préparateurs')
  const id = Number(address.split('/').at(-1))
  await pool.query("update batch set state = 'running', started_at = now(), due_at = now() where campaign_id = $1 and no = 2", [id])
  // No other moves, whatever the time of day.
  await pool.query("update batch set due_at = due_at + interval '7 days' where campaign_id <> $1 and state = 'planned'", [id])
  const list = await signedIn()
  const row = list.locator(`#campaign-${id}`)
  await row.locator('.menu > summary').click()
  const detail = await openPage({ width: 1280, baseURL: app.url, sameVisitorAs: list })
  await detail.goto(address)
  await detail.locator('#batches > summary').click()
  await detail.locator('#q').fill('Traor')
  // What moves in one campaign is no reason to touch another's row.
  await list.locator(`#campaign-${id - 1} th`).evaluate((cell) => cell.setAttribute('data-mark', 'untouched'))

  await handOver(id, 10)
  await row.locator('a', { hasText: '33' }).first().waitFor()
  await detail.locator('#batch-2 a', { hasText: /^10$/ }).waitFor()
  expect(await row.locator('.menu').evaluate((menu) => menu.hasAttribute('open'))).toBe(true)
  expect(await detail.locator('#batches').evaluate((fold) => fold.hasAttribute('open'))).toBe(true)
  expect(await detail.locator('#q').inputValue()).toBe('Traor')
  expect(await list.locator(`#campaign-${id - 1} th`).getAttribute('data-mark')).toBe('untouched')
  await list.keyboard.press('Escape')

  await handOver(id, 1_000)
  await advanceCampaigns(app.deps)
  await row.locator('.pill', { hasText: 'Terminée' }).waitFor()
  await detail.locator('.pill', { hasText: 'Terminée' }).first().waitFor()
  expect(await list.locator('#campaign-rows').getAttribute('hx-get')).toContain(`moving=${id}&`)

  await pool.query("update batch set started_at = now() - interval '3 days' where campaign_id = $1", [id])
  await pool.query('update campaign set closed_at = now() where id = $1', [id])
  await list.locator('#campaign-rows:not([hx-get])').waitFor()
  await detail.locator('#campaign-live:not([hx-get])').waitFor()
})
