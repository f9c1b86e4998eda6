import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { loadConfig } from '../../src/config.ts'
import { companyScope } from '../../src/core/scope.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { seedDemo } from '../../src/demo/seed.ts'
import { openPage } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { fillFolder } from '../support/embedded.ts'
import { freePort } from '../support/ports.ts'
import { startProgram, type Program } from '../support/program.ts'

/**
 * The main job from end to end, as its people do it, on what `npm start` runs: the embedded database, the real SDK over
 * real HTTP to the simulator, signed webhooks back, and a real browser for the recruiter and for the candidate.
 */

const DATA_DIR = mkdtempSync(path.join(os.tmpdir(), 'dispo-loop-'))
let program: Program
let app: string
let phones: string
let password: string

beforeAll(async () => {
  const port = await freePort()
  const env = { DATA_DIR, PORT: String(port), SEND_RATE: '200' }
  password = await fill(env)
  program = startProgram('src/main.ts', env)
  app = await program.says(/^Dispo is ready: (\S+)$/m)
  phones = await program.says(/^Phones: (\S+)$/m)
})
afterAll(async () => {
  await program?.stop()
  rmSync(DATA_DIR, { recursive: true, force: true })
})

/**
 * The demonstration as a first start makes it, in two points quicker: what is sent at once waits a second for somebody
 * to take it back, not a minute, and some towns stand for all of them, whose loading would take the processor for itself.
 */
async function fill(env: Record<string, string>): Promise<string> {
  await fillFolder(DATA_DIR)
  const database = await openDatabase({ dataDir: DATA_DIR })
  const demo = await seedDemo({ db: database.db, config: loadConfig(env) })
  for (const { id } of await database.db.selectFrom('company').select('id').execute()) await saveSetting(database.db, companyScope(id), 'campaign.undo_seconds', 1)
  await database.close()
  return demo!.recruiter.password
}

/** Signed in, looking at a search. Each test searches other people: the same text to the same people is refused for a day. */
async function recruiterAt(width: 360 | 1280, search: string): Promise<Page> {
  const page = await openPage({ width, baseURL: app })
  await page.goto(`/candidates?q=${encodeURIComponent(search)}`)
  await page.getByLabel('Adresse e-mail').fill('recruteur@demo.example')
  await page.getByLabel('Mot de passe').fill(password)
  await page.getByRole('button', { name: 'Se connecter' }).click()
  await page.waitForURL(/\/candidates\?q=/)
  return page
}

/** Ticks the first results and picks « lancer une campagne sms » (S15, S19). */
async function launchFromSelection(page: Page): Promise<void> {
  for (const box of (await page.locator('tbody .check-box').all()).slice(0, 12)) await box.check()
  await page.locator('[data-select-bar] summary').click()
  await page.getByRole('button', { name: 'lancer une campagne sms' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
}

/** From the compose page to the page of the campaign, launched to leave at once. */
async function checkAndSend(page: Page): Promise<void> {
  await page.getByLabel('Maintenant').check()
  await page.locator('#schedule-summary', { hasText: 'Départ 1 seconde après votre confirmation' }).waitFor()
  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.waitForURL(/\/check$/)
  await checkPage(page)
  const confirm = page.getByLabel('J’ai vérifié')
  if (await confirm.count()) await confirm.check()
  await page.getByRole('button', { name: /^Envoyer \d+ SMS$/ }).click()
  await page.waitForURL(/\/campaigns\/\d+(\?.*)?$/)
}

/** The contacted candidates whose SMS has been delivered, as the page shows them. */
const delivered = (page: Page) => page.locator('#recipients tbody tr').filter({ hasText: 'Remis' })

/** The number as providers write it, from what the page shows. */
async function numberOf(row: ReturnType<Page['locator']>): Promise<string> {
  const shown = /0[67](?:[\s\u00a0]\d\d){4}/.exec((await row.innerText()) ?? '')?.[0] ?? ''
  return `33${shown.replace(/\D/g, '').slice(1)}`
}

it('a recruiter asks, candidates answer on their phones, and the answers stand on the record', async () => {
  const page = await recruiterAt(1280, 'coffreur')
  await checkPage(page)
  await launchFromSelection(page)

  // Compose: the switch, a published template, the preview (S27, S52, S57).
  await page.getByLabel('Campagne de disponibilité').check()
  await page.getByText('Brouillon enregistré').waitFor()
  await expect.poll(() => page.locator('[name^=body], textarea').first().inputValue()).not.toBe('')
  await page.getByRole('button', { name: 'Envoyer le test' }).click()
  await page.locator('#draft-test').getByRole('status').waitFor()
  await checkLooks(page, 'loop-compose')
  await checkAndSend(page)
  const campaign = new URL(page.url()).pathname

  // The page refreshes by itself until everything has arrived; nobody reloads it.
  await expect.poll(() => delivered(page).count()).toBeGreaterThan(2)
  await checkLooks(page, 'loop-campaign')
  const row = delivered(page).first()
  const number = await numberOf(row)
  const name = (await row.getByRole('link').first().innerText()).trim()

  // The candidate: a cheap phone, no JavaScript.
  const phone = await openPage({ width: 360, javaScriptEnabled: false })
  await phone.goto(`${phones}/phones/${number}`)
  await phone.locator(`a[href^="${app}/r/"]`).last().click()
  await phone.waitForURL(/\/r\/[0-9a-z]{12}$/)
  const link = phone.url()
  await checkLooks(phone, 'loop-landing')
  await phone.getByRole('button', { name: 'Envoyer ma réponse' }).click()
  expect(await phone.getByRole('alert').innerText()).toContain('Choisissez OUI ou NON')
  await checkPage(phone)
  await phone.getByLabel(/^OUI/).check()
  await phone.getByLabel(/^(Lundi|Demain)/).first().check()
  await phone.getByLabel(/commentaire/).fill('Permis B, pas de voiture')
  await phone.getByRole('button', { name: 'Envoyer ma réponse' }).click()
  await phone.getByRole('heading', { name: 'Merci, votre réponse est enregistrée' }).waitFor()
  expect(phone.url()).toBe(link)
  await checkLooks(phone, 'loop-answered')

  // Back at the desk: the open page shows it without being touched (S87, S88).
  const answered = page.locator('tbody tr').filter({ hasText: name }).filter({ hasText: 'OUI' })
  await answered.first().waitFor()
  expect(await answered.first().innerText()).toContain('Permis B, pas de voiture')
  await answered.first().getByRole('link').first().click()
  await page.waitForURL(/\/candidates\/\d+/)
  const record = await page.locator('main').innerText()
  expect(record).toMatch(/Disponible (dès|à partir|du)/)
  expect(record).toContain('Permis B, pas de voiture')
  expect(record).toMatch(/note de suivi/i)
  await checkLooks(page, 'loop-record')

  // A change of mind is a new version (S85).
  await phone.goto(link)
  await phone.getByRole('link', { name: 'Modifier ma réponse' }).click()
  await phone.getByLabel(/^NON/).check()
  await phone.getByRole('button', { name: 'Enregistrer la modification' }).click()
  await phone.getByRole('heading', { name: 'Merci, votre réponse est enregistrée' }).waitFor()
  // All is sent, so it is no longer among the active ones (S75).
  await page.goto('/campaigns')
  await page.getByRole('link', { name: /^Toutes/ }).click()
  await page.waitForURL(/tab=all/)
  await checkPage(page)
  await page.locator(`a[href^="${campaign}"]`, { hasText: 'voir les candidats contactés' }).click()
  await page.locator('tbody tr').filter({ hasText: name }).filter({ hasText: 'NON' }).first().waitFor()
})

it('a comment of a simple campaign becomes « retour SMS : » in the note (S91)', async () => {
  const page = await recruiterAt(360, 'maçon')
  await launchFromSelection(page)
  await page.getByLabel('Campagne de disponibilité').uncheck()
  await page.getByText('Brouillon enregistré').waitFor()
  await expect.poll(() => page.locator('textarea').first().inputValue()).not.toBe('')
  await checkAndSend(page)
  await expect.poll(() => delivered(page).count()).toBeGreaterThan(0)
  const row = delivered(page).first()
  const number = await numberOf(row)
  const record = await row.getByRole('link').first().getAttribute('href')
  const phone = await openPage({ width: 360, javaScriptEnabled: false })
  await phone.goto(`${phones}/phones/${number}`)
  await phone.locator(`a[href^="${app}/r/"]`).last().click()
  await phone.waitForURL(/\/r\//)
  expect(await phone.getByText('À partir de quand').count()).toBe(0)
  await phone.getByLabel(/^NON/).check()
  await phone.getByLabel(/commentaire/).fill('pas de chaussures de sécurité, pointure 42')
  await phone.getByRole('button', { name: 'Envoyer ma réponse' }).click()
  await phone.getByRole('heading', { name: 'Merci' }).waitFor()
  await page.goto(record ?? '')
  expect(await page.locator('main').innerText()).toContain('retour SMS : pas de chaussures de sécurité, pointure 42'.replace(' :', '\u00a0:'))
})

it('STOP texted from the phone, or the button on the page, leaves the number out from then on, with its own line (S41, S111)', async () => {
  const page = await recruiterAt(1280, 'électricien')
  await launchFromSelection(page)
  await expect.poll(() => page.locator('textarea').first().inputValue()).not.toBe('')
  await checkAndSend(page)
  await expect.poll(() => delivered(page).count()).toBeGreaterThan(2)
  const rows = [delivered(page).nth(1), delivered(page).nth(2)] as const
  const [byText, byPage] = [await numberOf(rows[0]), await numberOf(rows[1])]
  const names = await Promise.all(rows.map((row) => row.getByRole('link').first().innerText()))

  const phone = await openPage({ width: 360 })
  await phone.goto(`${phones}/phones/${byText}`)
  await phone.getByRole('button', { name: 'STOP' }).click()
  await phone.goto(`${phones}/phones/${byPage}`)
  await phone.locator(`a[href^="${app}/r/"]`).last().click()
  await phone.getByRole('link', { name: 'Ne plus recevoir ces SMS' }).click()
  await checkPage(phone)
  await phone.getByRole('button', { name: /ne plus recevoir/i }).click()
  await checkPage(phone)

  // The next campaign leaves both out, on the line of those who opted out.
  await expect.poll(async () => {
    await page.goto('/candidates?q=%C3%A9lectricien')
    await launchFromSelection(page)
    await page.getByRole('link', { name: 'désinscrits (STOP)' }).click()
    const list = await page.locator('main').innerText()
    return names.filter((name) => list.includes(name.trim()))
  }, { interval: 1_000 }).toEqual(names)
  await checkPage(page)
})

it('an unknown link says so and names nobody (S7)', async () => {
  const phone = await openPage({ width: 360, javaScriptEnabled: false })
  const response = await phone.goto(`${app}/r/000000000000`)
  expect(response?.status()).toBe(404)
  expect(await phone.locator('main').innerText()).not.toContain('Interim')
  await checkPage(phone)
})
