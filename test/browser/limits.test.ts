import { expect, test } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { administration } from '../support/administration.ts'
import { checkLinks, checkLooks } from '../support/check-page.ts'
import { makeUser } from '../support/factories/accounts.ts'

const agency = administration({ windows: {} })

test('an administrator sets limits: mistakes beside their fields, a colleague’s change told, a default brought back', async () => {
  const { page, scope } = await agency.enter('/admin/limits')
  const colleague = await makeUser(agency.db, scope, { role: 'administrator', name: 'Anne Roy' })
  const save = page.getByRole('button', { name: 'Enregistrer les réglages' })
  await page.getByLabel('Premier lot').fill('30 000')
  await page.getByLabel('Réponses acceptées pendant').fill('deux semaines')
  await save.click()
  await page.getByRole('alert').getByText('Premier lot : pas plus que').waitFor()
  expect(await page.getByLabel('Réponses acceptées pendant').inputValue()).toBe('deux semaines')
  await checkLooks(page, 'limits-mistakes')
  await saveSetting(agency.db, scope, 'campaign.next_batch_size', 10_000, colleague.id)
  await page.getByLabel('Premier lot').fill('2 000')
  await page.getByLabel('Réponses acceptées pendant').fill('21')
  await save.click()
  await page.getByText('Anne Roy : Lots suivants').waitFor()
  await save.click()
  await page.getByText('2 réglages changés').waitFor()
  await page.getByRole('checkbox', { name: 'Pour « Lots suivants »' }).check()
  await save.click()
  await page.getByText('1 réglage changé').waitFor()
  await checkLooks(page, 'limits')
  await page.getByRole('link', { name: 'Tous les changements' }).click()
  await page.getByRole('cell', { name: '25 000 destinataires (par défaut)' }).waitFor()
  await checkLooks(page, 'limits-history')
})

test('an administrator chooses the hours of a country, and sees when it opens next', async () => {
  const { page } = await agency.enter('/admin/hours')
  await checkLooks(page, 'hours')
  await checkLinks(page)
  await page.getByLabel('Ajouter un pays').selectOption('ES')
  await page.getByRole('button', { name: 'Choisir ses heures' }).click()
  await page.getByRole('heading', { name: 'Heures d’envoi : Espagne' }).waitFor()
  for (const day of ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi']) await page.getByLabel(day).uncheck()
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByRole('alert').getByText('Cochez au moins un jour').waitFor()
  await checkLooks(page, 'hours-mistake')
  await page.getByLabel('lundi').check()
  await page.getByLabel('À', { exact: true }).fill('12:30')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('lun., 8 h–12 h 30').first().waitFor()
  await checkLooks(page, 'hours-country')
})
