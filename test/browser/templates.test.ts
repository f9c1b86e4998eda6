import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { hasScripts, openSignedIn, type PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let administrator: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  ;({ scope } = await makeCompany(database.db, { name: 'Agence Martin' }))
  administrator = await makeUser(database.db, scope, { name: 'Claire Bernard', role: 'administrator', mobile: '+33639980042' })
  await makeTemplate(database.db, scope, { name: 'Relance' })
  await makeCandidate(database.db, scope, { firstName: 'Amadou', lastName: 'Traoré' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const at = (address: string, options: PageOptions = {}, user = administrator) => openSignedIn(user, address, { ...options, baseURL: app.url })

const cursorAt = (text: Locator, place: number) => text.evaluate((field, at) => (field as unknown as { setSelectionRange(from: number, to: number): void }).setSelectionRange(at, at), place)

test.each<[string, PageOptions]>([
  ['desk', { width: 1280 }],
  ['phone-no-script', { width: 360, javaScriptEnabled: false }],
])('on a %s an administrator writes, mends and publishes a template, and finds it in a campaign', async (where, options) => {
  const name = `Demande ${where}`
  const page = await at('/templates/new', options)
  await checkLooks(page, `template-new-${where}`)
  const text = page.locator('#text_fr')
  await page.getByLabel('Nom', { exact: true }).fill(name)
  await text.fill('Bonjour , l’agence Martin souhaite connaitre vos disponibilités ce week-end, même sans être libre : ')
  if (hasScripts(page)) {
    // The field goes where the cursor stands, and the next words behind its bar.
    await cursorAt(text, 8)
    await page.getByRole('button', { name: 'prénom' }).first().click()
    await page.keyboard.type('à vous')
    await cursorAt(text, 9_999)
    await page.getByRole('button', { name: 'lien personnel' }).first().click()
    expect(await text.inputValue()).toBe('Bonjour {prenom|à vous}, l’agence Martin souhaite connaitre vos disponibilités ce week-end, même sans être libre : {lien}')
    await page.getByText('Bonjour Amadou, l’agence').waitFor()
    await page.getByText('une fiche presque vide').click()
    await page.getByText('Bonjour à vous, l').waitFor()
    expect(await page.locator('mark.costly').allInnerTexts()).toContain('’')
  } else {
    await text.fill('Bonjour {prenom|à vous}, l’agence Martin souhaite connaitre vos disponibilités ce week-end, même sans être libre : {lien}')
    await page.getByText('une fiche presque vide').click()
    await page.getByRole('button', { name: 'Actualiser l’aperçu' }).click()
    await page.getByText('Bonjour à vous, l').waitFor()
  }
  await page.getByText('Comparer avant et après').click()
  await page.locator('.diff del', { hasText: 'même' }).waitFor()
  await checkLooks(page, `template-costly-${where}`)

  await page.getByRole('button', { name: 'Remplacer ces lettres' }).click()
  await page.locator('#template-cost', { hasText: 'Alphabet SMS' }).waitFor()
  expect(await text.inputValue()).toBe('Bonjour {prenom|à vous}, l\'agence Martin souhaite connaitre vos disponibilités ce week-end, meme sans etre libre : {lien}')
  await page.getByRole('button', { name: 'Enregistrer et publier' }).click()
  await page.getByText('Version 1 publiée').waitFor()

  // A second version, and what changed.
  await text.fill('Bonjour {prenom|à vous}, {agence} souhaite connaitre vos disponibilités : {lien}')
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).last().click()
  await page.getByText('Publié v1, brouillon v2').waitFor()
  await checkLooks(page, `template-draft-${where}`)
  await page.getByText('Autres actions').click()
  await page.getByRole('link', { name: 'Voir les versions' }).click()
  await page.locator('.diff ins', { hasText: '{agence}' }).waitFor()
  await page.locator('summary', { hasText: 'Version 1' }).click()
  await checkLooks(page, `template-versions-${where}`)
  await page.getByRole('button', { name: 'Restaurer la version 1' }).click()
  await page.getByText('Version restaurée en brouillon').waitFor()

  await page.goto('/templates?q=dem')
  await page.getByRole('link', { name }).waitFor()
  await checkLooks(page, `templates-${where}`)

  await page.goto('/candidates')
  await page.getByText('Autres actions').click()
  await page.getByRole('button', { name: 'Envoyer à toute la recherche…' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  await page.locator('select[name=template]').selectOption({ label: name })
  if (!hasScripts(page)) await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
  await expect.poll(() => page.locator('[name=text_fr]').inputValue()).toContain('meme sans etre libre')
})

test('a recruiter finds a template by the start of its name while composing, and loses nothing meanwhile (S59)', async () => {
  await makeTemplate(database.db, scope, { name: 'Étudiants de l’été', texts: { fr: '{agence} cherche des étudiants : {lien}\n{stop}' } })
  const page = await at('/candidates')
  await page.getByText('Autres actions').click()
  await page.getByRole('button', { name: 'Envoyer à toute la recherche…' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  const saves: string[] = []
  page.on('request', (request) => { if (request.url().endsWith('/draft')) saves.push(request.url()) })
  const select = page.locator('select[name=template]')
  const before = await select.inputValue()
  await page.getByLabel('Début du nom du modèle').pressSequentially('etu')
  await page.getByText('1 modèle commence par « etu ».').waitFor()
  expect(await select.inputValue()).toBe(before)
  expect(saves).toEqual([])
  await checkLooks(page, 'template-picker')
  await select.selectOption({ label: 'Étudiants de l’été' })
  await expect.poll(() => page.locator('[name=text_fr]').inputValue()).toContain('cherche des étudiants')
})

test('whoever may only send reads the published ones (S27)', async () => {
  const recruiter = await makeUser(database.db, scope, { name: 'Paul Petit' })
  const { id } = await makeTemplate(database.db, scope, { name: 'À lire', texts: { fr: 'Bonjour {prenom|}, {agence} : {lien}\n{stop}', en: 'Hello {first_name|}, {agency}: {link}' } })
  const page = await at(`/templates/${id}`, {}, recruiter)
  await page.getByText('Bonjour Marie-Emmanuelle').waitFor()
  await checkLooks(page, 'template-read')
  expect(await page.getByRole('button', { name: /Enregistrer|Archiver/ }).count()).toBe(0)
})
