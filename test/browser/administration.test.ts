import { expect, test } from 'vitest'
import { administration } from '../support/administration.ts'
import type { PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'

const agency = administration()

const LOOKS: [string, PageOptions][] = [['desk', { width: 1280 }], ['phone-no-script', { width: 360, javaScriptEnabled: false }]]

test.each(LOOKS)('on a %s an administrator adds a pool with a name, and sees who can be answered (S23)', async (where, options) => {
  const { page } = await agency.enter('/admin/senders', options)
  await page.locator('form[action="/admin/senders/pools"] [name=name]').fill('Nom de l’agence')
  await page.getByRole('button', { name: 'Créer le groupe' }).click()
  await page.getByText('Le groupe est créé').waitFor()
  await page.getByRole('link', { name: 'Ajouter un expéditeur Nom de l’agence' }).click()
  await page.getByLabel('Numéro ou nom').fill('INFO')
  await page.getByLabel('Libellé').fill('Le nom')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('les opérateurs le refusent').first().waitFor()
  await checkLooks(page, `sender-error-${where}`)
  await page.getByLabel('Numéro ou nom').fill('MARTIN')
  await page.getByLabel('Reçoit les réponses').uncheck()
  await page.getByLabel('Belgique').check()
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('Impossibles').waitFor()
  await checkLooks(page, `senders-${where}`)
})

test.each(LOOKS)('on a %s an administrator checks a number, prices a country and applies the provider’s list (S104 to S107)', async (where, options) => {
  const { page } = await agency.enter('/admin/countries', options)
  await page.getByRole('textbox', { name: 'Numéro' }).fill('+262 639 12 34 56')
  await page.getByRole('button', { name: 'Vérifier' }).click()
  await page.getByText('La Réunion ou Mayotte').waitFor()
  await page.getByLabel('Prix par SMS : France').fill('0,055')
  await page.getByLabel('Ajouter un pays').selectOption('GP')
  await page.locator('form[action="/admin/countries/allowed"]').getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('ajouté Guadeloupe').waitFor()
  await page.getByLabel('Nos SMS passent par SMS Central').check()
  await page.getByRole('button', { name: 'Enregistrer SMS Central' }).click()
  await page.getByText('Bloqué depuis le').first().waitFor()
  await page.getByRole('textbox', { name: 'Numéro' }).fill('+590 690 12 34 56')
  await page.getByRole('button', { name: 'Vérifier' }).click()
  await page.getByText('ne distingue pas').waitFor()
  await checkLooks(page, `countries-${where}`)
  expect(await page.locator('.tabs [aria-current=page]').textContent()).toContain('Pays')
})

test('the pages of administration are reached by group and page with the keyboard alone, and which are current is told', async () => {
  const { page } = await agency.enter('/admin/guide', { width: 1280 })
  const told = () => page.locator('main nav [aria-current]').evaluateAll((links) => links.map((link) => `${link.parentElement?.ariaLabel}: ${link.textContent} (${link.getAttribute('aria-current')})`))
  expect(await told()).toEqual(['Administration: Entreprise (true)', 'Administration, Entreprise: Premiers pas (page)'])
  await page.getByRole('navigation', { name: 'Administration', exact: true }).getByRole('link', { name: 'Entreprise' }).focus()
  for (let i = 0; i < 4; i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/admin/mail')
  expect(await told()).toEqual(['Administration: Données (true)', 'Administration, Données: E-mails (page)'])
  await page.getByRole('navigation', { name: 'Administration, Données' }).getByRole('link', { name: 'Journal' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/admin/journal')
  await checkLooks(page, 'administration-groups')
})
