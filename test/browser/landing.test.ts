import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, openSignedIn, problemsOf, screenshot, type PageOptions } from '../support/browser.ts'
import { checkLinks, checkLooks, checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { drawnBanner, makeBranding, makeInvitation, type Invitation } from '../support/factories/landing.ts'

let test: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
beforeAll(async () => {
  test = await createTestDatabase()
  app = await startTestApp(test)
  company = await makeCompany(test.db, { name: 'Intérim BTP Rhône' })
  await test.db.updateTable('company').set({ town: 'Lyon 7e', phone: '04 65 71 00 12', opening_hours: 'du lundi au vendredi, 8 h – 18 h' }).where('id', '=', company.id).execute()
  await makeBranding(test.db, company.scope, {
    header: await drawnBanner('Intérim BTP Rhône', '#0b5d4e'), footer: await drawnBanner('12 rue des Bâtisseurs, Lyon', '#17324d', 1280, 320),
    brandColor: '#0b5d4e', footerText: '12 rue des Bâtisseurs, 69007 Lyon', body: 'Nous préparons les équipes de **décembre**. Dites-nous quand vous êtes disponible.',
  })
})
afterAll(async () => {
  await app.close()
  await test.close()
})

const invite = (given: Parameters<typeof makeInvitation>[1] = {}) => makeInvitation(test.db, { company, ...given })
const open = (options: PageOptions = {}) => openPage({ javaScriptEnabled: false, width: 360, height: 640, baseURL: app.url, ...options })
const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
const isoDate = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
const versionsOf = async (invitation: Invitation) => (await test.db.selectFrom('answer_version').select('id').where('recipient_id', '=', invitation.recipientId).execute()).length

describe('without scripts, at every look (F-49)', () => {
  const check = (page: Page, name?: string) => checkLooks(page, name && `landing-${name}`, [320, 360, 1280])

  it('an availability is asked, refused, corrected, confirmed, changed and closed', async () => {
    const invitation = await invite()
    const page = await open()
    await page.goto(`/r/${invitation.code}`)
    await check(page, '1-form')
    await checkLinks(page)

    await press(page, 'Envoyer ma réponse')
    await page.getByRole('heading', { name: 'Il y a un problème' }).waitFor()
    expect(await page.title()).toMatch(/^Erreur\s: /)
    await check(page)
    await page.getByLabel('OUI, je suis disponible').check()
    await page.getByLabel('Une autre date').check()
    await page.getByLabel(/Jusqu’à quand/).fill(isoDate(9))
    await page.getByLabel(/Un commentaire/).fill('Pointure 42 👷')
    await press(page, 'Envoyer ma réponse')
    await check(page, '2-error')
    await page.getByLabel('Date de début').fill(isoDate(5))
    await press(page, 'Envoyer ma réponse')
    await page.getByRole('heading', { name: 'Merci, votre réponse est enregistrée' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/r/${invitation.code}`)
    await check(page, '3-answered')
    await checkLinks(page)

    await page.getByRole('link', { name: 'Modifier ma réponse' }).click()
    expect(await page.getByLabel('OUI, je suis disponible').isChecked()).toBe(true)
    await check(page)
    await page.getByLabel('NON, pas en ce moment').check()
    await press(page, 'Enregistrer la modification')
    await page.getByText('Vous avez répondu NON').waitFor()
    expect(await versionsOf(invitation)).toBe(2)

    // Whose answer came just before is thanked first.
    await test.db.updateTable('answer').set({ answered_at: new Date(Date.now() - 3_600_000) }).where('recipient_id', '=', invitation.recipientId).execute()
    await test.db.updateTable('campaign').set({ closed_at: new Date() }).where('id', '=', invitation.campaignId).execute()
    await page.goto(`/r/${invitation.code}`)
    await page.getByRole('heading', { name: 'Cette campagne est terminée' }).waitFor()
    await check(page, '4-closed')
  })

  it('a simple question is answered, in English, and the messages are stopped', async () => {
    const invitation = await invite({ kind: 'simple', question: 'Avez-vous vos chaussures de sécurité ?' })
    const page = await open()
    await page.goto(`/r/${invitation.code}`)
    await check(page, '5-simple')
    await page.getByRole('link', { name: 'English' }).click()
    await check(page)
    await page.getByLabel('NO', { exact: true }).check()
    await press(page, 'Send my answer')
    await page.getByRole('heading', { name: 'Thank you, your answer is saved' }).waitFor()
    await check(page)
    await page.getByRole('link', { name: 'Stop these messages' }).click()
    await check(page)
    await press(page, 'Yes, stop the messages')
    await page.getByRole('heading', { name: 'You will get no more of these messages' }).waitFor()
    await check(page, '6-stopped')
    await press(page, 'I made a mistake')
    await page.getByText('You answered NO').waitFor()
  })

  it('a link that is none, and pages of a company without pictures', async () => {
    const page = await open()
    await page.goto('/r/zzzzzzzzzzzz')
    await check(page, '7-unknown')
    const plain = await makeInvitation(test.db)
    await page.goto(`/r/${plain.code}`)
    await check(page, '8-plain')
  })
})

it('both answers stand on the first screen of a phone of 360 by 640', async () => {
  const page = await open()
  await page.goto(`/r/${(await invite()).code}`)
  for (const label of ['OUI, je suis disponible', 'NON, pas en ce moment']) {
    const box = await page.getByText(label).boundingBox()
    expect(box!.y + box!.height).toBeLessThanOrEqual(640)
    expect(box!.height).toBeGreaterThanOrEqual(52)
  }
})

it('the picture is there at once, inlined, and its room is kept', async () => {
  const page = await open()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`/r/${(await invite()).code}`)
  const picture = page.getByRole('img', { name: 'Intérim BTP Rhône' })
  expect(await picture.getAttribute('src')).toMatch(/^data:image\/avif/)
  expect(await page.evaluate('document.querySelector("header img").naturalWidth')).toBe(480)
  expect(asked.filter((url) => !url.startsWith('data:')).length).toBeLessThanOrEqual(2)
})

it('after a refused form the summary has the focus, and its links lead to the fields', async () => {
  const page = await open()
  await page.goto(`/r/${(await invite()).code}`)
  await page.getByLabel('OUI, je suis disponible').check()
  await press(page, 'Envoyer ma réponse')
  await expect.poll(() => page.evaluate('document.activeElement.className')).toBe('sum')
  await page.getByRole('link', { name: 'Indiquez à partir de quelle date' }).click()
  expect(new URL(page.url()).hash).toBe('#from0')
})

describe('a phone that loses the network (B17)', () => {
  it.each([['the first time', false], ['after a refused form', true]])('finds its answers again with Back: %s', async (_, isRefusedFirst) => {
    const invitation = await invite()
    const page = await open()
    await page.goto(`/r/${invitation.code}`)
    if (isRefusedFirst) {
      await press(page, 'Envoyer ma réponse')
      await page.getByRole('heading', { name: 'Il y a un problème' }).waitFor()
    }
    await page.getByLabel('OUI, je suis disponible').check()
    await page.getByLabel('Une autre date').check()
    await page.getByLabel('Date de début').fill(isoDate(12))
    await page.getByLabel(/Un commentaire/).fill('Je passe dans un tunnel')
    await page.context().setOffline(true)
    await press(page, 'Envoyer ma réponse').catch(() => {}) // the browser's own error page follows
    await expect.poll(() => page.getByLabel(/Un commentaire/).count()).toBe(0)
    await page.context().setOffline(false)
    await page.goBack()
    await page.getByLabel(/Un commentaire/).waitFor()
    expect(await page.getByLabel(/Un commentaire/).inputValue()).toBe('Je passe dans un tunnel')
    expect(await page.getByLabel('OUI, je suis disponible').isChecked()).toBe(true)
    expect(await page.getByLabel('Date de début').inputValue()).toBe(isoDate(12))
    await press(page, 'Envoyer ma réponse')
    await page.getByRole('heading', { name: 'Merci, votre réponse est enregistrée' }).waitFor()
    expect(await versionsOf(invitation)).toBe(1)
    problemsOf(page).length = 0
  })
})

it('two quick taps are one answer, and Back shows the saved one', async () => {
  const invitation = await invite({ kind: 'simple' })
  const page = await open({ javaScriptEnabled: true })
  await page.goto(`/r/${invitation.code}`)
  await page.getByLabel('OUI', { exact: true }).check()
  await page.getByRole('button', { name: 'Envoyer ma réponse' }).dblclick()
  await page.getByRole('heading', { name: 'Merci, votre réponse est enregistrée' }).waitFor()
  expect(await versionsOf(invitation)).toBe(1)
})

it('holds at 320 pixels with twice the text size and wide spacing (B15)', async () => {
  const invitation = await invite({ kind: 'availability', campaignName: 'x' })
  const page = await open({ width: 320 })
  for (const path of ['', '/stop', '?edit=1']) {
    await page.goto(`/r/${invitation.code}${path}`)
    await page.evaluate(`for (const element of document.querySelectorAll('*')) {
      element.style.setProperty('line-height', '1.5', 'important'); element.style.setProperty('letter-spacing', '.12em', 'important'); element.style.setProperty('word-spacing', '.16em', 'important')
    }
    document.documentElement.style.fontSize = '200%'`)
    const beyond = await page.evaluate(`[...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth).map((element) => element.outerHTML.slice(0, 80))`)
    expect([path, beyond]).toEqual([path, []])
    expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
    await screenshot(page, `landing-9-large-text${path.replaceAll(/\W/g, '-')}`)
  }
})

it('can be used by keyboard alone and is legible in forced colours', async () => {
  const invitation = await invite()
  const page = await open({ forcedColors: 'active' })
  await page.goto(`/r/${invitation.code}`)
  await checkPage(page)
  await page.getByLabel('OUI, je suis disponible').focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await page.getByLabel(/Un commentaire/).focus()
  await page.keyboard.type('au clavier')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Merci, votre réponse est enregistrée' }).waitFor()
  await screenshot(page, 'landing-forced-colours')
})

it('a recruiter sees the page of a campaign in a frame, in every state, and nothing is recorded', async () => {
  const invitation = await invite()
  const user = await makeUser(test.db, company.scope)
  const page = await openSignedIn(user, `/campaigns/${invitation.campaignId}/page`, { baseURL: app.url })
  await page.getByText('Aperçu : rien n’est enregistré'.replace(' :', '\u00a0:')).waitFor()
  await checkPage(page)
  await checkLinks(page)
  await screenshot(page, 'landing-preview')
  await page.getByLabel('NON, pas en ce moment').check()
  await press(page, 'Envoyer ma réponse')
  await page.getByRole('heading', { name: 'Merci, votre réponse est enregistrée' }).waitFor()
  await checkPage(page)
  expect(await versionsOf(invitation)).toBe(0)
})
