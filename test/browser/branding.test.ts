import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { findBranding, findDraft } from '../../src/companies/branding.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn, problemsOf, type PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let admin: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  ;({ scope } = await makeCompany(database.db, { name: 'Interim du Rhône' }))
  admin = await makeUser(database.db, scope, { role: 'administrator' })
})

afterAll(async () => {
  await app.close()
  await database.close()
})

test('what is typed saves itself as a draft, shows in the phone at once, and is published by one button', async () => {
  const page = await openBranding({ width: 1280 })
  const frame = page.frameLocator('iframe[name=preview]')
  await page.fill('[name=displayName]', 'Interim & Fils')
  await frame.getByText('Interim & Fils').first().waitFor()
  expect((await findBranding(database.db, scope)).version).toBe(0)

  // The picture saves itself too, once: its field is empty again.
  await page.setInputFiles('[name=headerImage]', { name: 'banner.png', mimeType: 'image/png', buffer: await banner('#8a1c1c') })
  await frame.locator('img.top').waitFor()
  await page.waitForFunction(`document.querySelector('[name=headerImage]').files.length === 0`)
  const { headerImageId } = await findDraft(database.db, scope)
  await page.fill('[name=openingHours]', 'le matin')
  await page.fill('[name=phone]', '04 65 71 00 12')
  await frame.getByText('le matin').waitFor()
  expect((await findDraft(database.db, scope)).headerImageId).toBe(headerImageId)

  // What cannot be saved is said beside the buttons, and the person goes on typing.
  await page.fill('[name=headerAlt]', '')
  await page.getByText('Pas encore enregistré').waitFor()
  expect(await page.evaluate('document.activeElement.name')).toBe('headerAlt')
  await page.fill('[name=headerAlt]', 'Interim & Fils')
  await page.getByText('Pas encore enregistré').waitFor({ state: 'detached' })

  for (const [view, words] of [['thanks', 'Merci'], ['error', 'Il y a un problème'], ['closed', 'terminée'], ['stop', 'Ne plus recevoir']] as const) {
    await page.check(`[name=view][value=${view}]`)
    await frame.getByText(words).first().waitFor()
  }
  await page.check('[name=scheme][value=dark]')
  await page.check('[name=view][value=simple]')
  await page.check('[name=lang][value=en]')
  await frame.locator('html[lang=en]').waitFor()
  expect(await frame.locator('body').evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(15, 18, 24)')
  await checkLooks(page, 'branding-draft')

  await page.click('.form-foot .primary')
  await page.waitForSelector('.panel.ok')
  expect(await findBranding(database.db, scope)).toMatchObject({ version: 1, displayName: 'Interim & Fils', headerImageId })
  await page.click('.page-actions a[href*="/versions"]')
  await page.getByText('Première version.').waitFor()
  await frame.locator('img.top').waitFor()
  await checkLooks(page, 'branding-versions')
  expect(problemsOf(page)).toEqual([])
})

test('without script the same buttons save, publish, preview and restore', async () => {
  const page = await openBranding({ width: 360, javaScriptEnabled: false })
  // A faulty form first: the summary, the message at the field, and the good picture kept.
  await page.fill('[name=displayName]', '')
  await page.setInputFiles('[name=footerImage]', { name: 'footer.png', mimeType: 'image/png', buffer: await banner('#0b5d3b') })
  await page.click('.form-foot .primary')
  await page.waitForSelector('#errors')
  await checkLooks(page, 'branding-error')
  await page.fill('[name=displayName]', 'Interim Deux')
  await page.click('.form-foot .primary')
  await page.waitForSelector('.panel.ok')
  await page.check('[name=view][value=answered]')
  await page.click('#preview-look button')
  await page.frameLocator('iframe[name=preview]').getByText('Votre réponse du').first().waitFor()
  await page.click('.page-actions a[href*="/versions"]')
  await page.click('form[action$="/1/restoring"] button')
  await page.waitForSelector('.panel.ok')
  expect(await findDraft(database.db, scope)).toMatchObject({ displayName: 'Interim & Fils', restoredFrom: 1 })
  expect(problemsOf(page)).toEqual([])
})

function openBranding(options: PageOptions): Promise<Page> {
  return openSignedIn(admin, '/admin/branding', { ...options, baseURL: app.url })
}

function banner(background: string): Promise<Buffer> {
  return sharp({ create: { width: 1_280, height: 400, channels: 3, background } }).png().toBuffer()
}
