import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { makeCodePage, makeReference } from '../support/factories/references.ts'

let database: TestDatabase
let app: TestApp
let administrator: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { db } = database
  const { scope } = await makeCompany(db, { name: 'Agence Martin' })
  const user = await makeUser(db, scope, { name: 'Claire Bernard', role: 'administrator' })
  administrator = user
  const owner = { scope, userId: user.id }
  await makeTemplate(db, scope, { name: 'Demande de disponibilité' })
  await makeTemplate(db, scope, { name: 'Merci de votre message', kind: 'auto_response', texts: { fr: 'Merci.' } })
  for (const firstName of ['Amadou', 'Léa']) await makeCandidate(db, scope, { firstName })
  await makeCodePage(db, owner, { code: 'FORUM-2026' })
  await makeReference(db, owner, 'networks', { name: 'Anciens des chantiers' })
  const site = await makeReference(db, owner, 'sites', { name: 'Emplois Martin' })
  await makeReference(db, owner, 'pages', { siteId: site, name: 'Nos métiers' })
  for (let n = 0; n < 25; n++) await makeReference(db, owner, 'jobs', { siteId: site, title: `Maçon ${String(n).padStart(2, '0')}`, reference: `MA-${n}`, town: 'Lyon' })
  await makeReference(db, owner, 'jobs', { siteId: site, title: 'Électricien', reference: 'EL-7', isConfidential: true })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const signedIn = () => openSignedIn(administrator, '/candidates', { baseURL: app.url })

async function composing(page: Page): Promise<void> {
  await page.getByText('Autres actions').click()
  await page.getByRole('button', { name: 'Envoyer à toute la recherche…' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
}

test('pickers appear while the text is typed, follow the site and are asked for', async () => {
  const page = await signedIn()
  await composing(page)
  expect(await page.locator('[name=network], [name=site], [name=job]').count()).toBe(0)
  await page.locator('[name=text_fr]').fill('{agence} : {poste} {lien_poste} {page_carriere} {rejoindre_reseau} {page_campagne} {lien} {stop}')
  const picker = (label: string | RegExp) => page.locator('#codes').getByLabel(label)
  await picker('Réseau de talents').waitFor()
  await picker('Site carrière').selectOption({ label: 'Emplois Martin' })
  await page.locator('[name=career_page] option', { hasText: 'Nos métiers' }).waitFor({ state: 'attached' })
  await page.getByText('Les 20 premiers postes sont proposés').waitFor()
  await picker('Trouver un poste').fill('élec')
  await page.locator('[name=job] option', { hasText: 'Électricien (EL-7)' }).waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.locator('#codes .error-text', { hasText: 'Choisissez un poste' }).waitFor()
  await checkLooks(page, 'codes-missing')

  await picker(/^Poste/).selectOption({ label: 'Électricien (EL-7)' })
  await picker('Page carrière').selectOption({ label: 'Nos métiers' })
  await picker('Réseau de talents').selectOption({ label: 'Anciens des chantiers' })
  await picker('Code de campagne').selectOption({ label: 'FORUM-2026 – Nom 1 (page publiée)' })
  await page.locator('#preview-place').getByText('Électricien').first().waitFor()
  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.waitForURL(/\/check$/)
  await page.getByText('Poste : Électricien (EL-7)').waitFor()
  await checkLooks(page)
})

test('records, their files and the page of a code', async () => {
  const page = await signedIn()
  for (const [url, shot] of [['/admin/references/jobs', 'jobs'], ['/admin/references/jobs/new', 'job-new'], ['/admin/references/codes', 'codes']] as const) {
    await page.goto(url)
    await checkLooks(page, `references-${shot}`)
  }
  await page.goto('/admin/references/codes/import')
  await page.setInputFiles('[name=file]', { name: 'codes.csv', mimeType: 'text/csv', buffer: Buffer.from('code;nom\nFORUM-A;Salon\n;Sans code\n') })
  await page.getByRole('button', { name: 'Vérifier le fichier' }).click()
  await page.getByText('1 à créer').waitFor()
  await checkLooks(page, 'references-import')
  await page.getByRole('button', { name: 'Importer 1 ligne' }).click()
  await page.getByRole('link', { name: 'FORUM-A' }).click()
  await page.getByText('Aucun envoi avec ce code').waitFor()
  await checkLooks(page)
  await page.getByRole('link', { name: 'Modifier la page' }).click()
  await page.getByText('Pour publier, donnez d’abord un titre').waitFor()
  await page.fill('[name=heading_fr]', 'Rendez-vous au salon')
  await page.fill('[name=body_fr]', 'Nous y sommes **samedi**.')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByRole('button', { name: 'Publier' }).click()
  await page.getByText('La page est publiée.').waitFor()
  const frame = page.frameLocator('iframe[name=preview]')
  await frame.getByRole('heading', { name: 'Rendez-vous au salon' }).waitFor()
  await checkLooks(page, 'references-page')
  await page.getByRole('link', { name: 'Page personnelle' }).click()
  await frame.getByRole('button').waitFor()
})
