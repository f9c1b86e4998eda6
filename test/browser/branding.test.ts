import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, problemsOf, screenshot, type PageOptions } from '../support/browser.ts'
import { checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

let database: TestDatabase
let app: TestApp
let admin: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { scope } = await makeCompany(database.db, { name: 'Interim du Rhône' })
  admin = await makeUser(database.db, scope, { role: 'administrator' })
})

afterAll(async () => {
  await app.close()
  await database.close()
})

test.each<[string, PageOptions]>([
  ['a phone', { width: 360 }],
  ['a phone in the dark', { width: 360, colorScheme: 'dark' }],
  ['a desk', { width: 1280 }],
  ['a desk in the dark', { width: 1280, colorScheme: 'dark' }],
  ['a desk without scripts', { width: 1280, javaScriptEnabled: false }],
])('the brand is edited and seen on %s', async (where, options) => {
  const page = await openPage({ ...options, baseURL: app.url })
  await page.goto('/login?next=/admin/branding')
  await page.fill('[name=email]', admin.email)
  await page.fill('[name=password]', admin.password)
  await page.click('main button')
  await page.waitForURL('**/admin/branding')
  await checkPage(page)

  // A faulty form first: the summary, the message at the field, and the good picture kept.
  await page.fill('[name=displayName]', '')
  await page.setInputFiles('[name=headerImage]', { name: 'banner.png', mimeType: 'image/png', buffer: await banner('#8a1c1c') })
  await page.click('.form-foot button')
  await page.waitForSelector('#errors')
  await checkPage(page)
  await screenshot(page, `branding-error-${where.replaceAll(' ', '-')}`)

  await page.fill('[name=displayName]', 'Interim & Fils')
  await page.click('.form-foot button')
  await page.waitForSelector('.panel.ok')
  await checkPage(page)
  await screenshot(page, `branding-${where.replaceAll(' ', '-')}`)

  // The frame shows the page that was just saved, in the other language when asked.
  await page.selectOption('#preview-lang', 'en')
  await page.click('.preview-choice button')
  const frame = page.frameLocator('iframe[name=preview]')
  await frame.locator('html[lang=en]').waitFor()
  expect(await frame.locator('body').innerText()).toContain('Interim & Fils')
  expect(problemsOf(page)).toEqual([])
})

function banner(background: string): Promise<Buffer> {
  return sharp({ create: { width: 1_280, height: 400, channels: 3, background } }).png().toBuffer()
}
