import { expect, test } from 'vitest'
import { administration } from '../support/administration.ts'
import { checkLooks } from '../support/check-page.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

const agency = administration()

test('an administrator makes a test key and tries the documentation with it; a live key is refused there', async () => {
  const { page, scope } = await agency.enter('/admin/api-keys/new', { width: 1280 })
  await makeCandidate(agency.db, scope, { firstName: 'Awa', lastName: 'Diallo' })
  await page.getByLabel('Nom', { exact: true }).fill('Notre ATS')
  await page.locator('[name=kind][value=test]').check()
  await page.locator('[value="candidates:read"]').check()
  await checkLooks(page, 'api-key-form')
  await page.getByRole('button', { name: 'Créer la clé' }).click()
  const key = (await page.locator('#api-key').textContent())!.trim()
  await checkLooks(page, 'api-key-made')
  await page.getByRole('link', { name: 'La clé est gardée' }).click()
  await page.getByText('Notre ATS').waitFor()
  await checkLooks(page, 'api-keys')

  await page.goto('/api/docs?lang=fr')
  await checkLooks(page, 'api-docs')
  await page.getByRole('link', { name: 'Candidats' }).click()
  await page.locator('#listCandidates').waitFor()
  await checkLooks(page, 'api-docs-candidates')
  const trial = page.locator('#listCandidates')
  await trial.getByText('Essayer avec la clé de test').click()
  await trial.getByRole('button', { name: 'Envoyer' }).click()
  await trial.getByText('Saisissez d’abord une clé de test').waitFor()
  await page.getByLabel('Clé de test').fill('dispo_live_x')
  await trial.getByRole('button', { name: 'Envoyer' }).click()
  await trial.getByText('Ce n’est pas une clé de test.').waitFor()
  await page.getByLabel('Clé de test').fill(key)
  await trial.getByRole('button', { name: 'Envoyer' }).click()
  await trial.getByText('"first_name": "Awa"').waitFor()
  expect(await trial.locator('.api-result').textContent()).toContain('200')
  await page.goto('/api/docs/opt_outs?lang=en')
  await checkLooks(page, 'api-docs-en', [360])
})
