import { afterAll, beforeAll, expect, test } from 'vitest'
import { setupCode } from '../../src/setup/code.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { CLIENT, startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts'

let database: TestDatabase
let app: TestApp
let provider: IdentityProvider

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { env: { PRIVATE_HOSTS: '127.0.0.1' } })
  provider = await startIdentityProvider({ lea: { email: 'lea@neuve.example', name: 'Léa Petit', groups: ['recruteurs'] } }, () => [`${app.url}/login/sso/return`])
})
afterAll(async () => {
  await provider?.close()
  await app?.close()
  await database?.close()
})

test('an agency is made from nothing, names its provider, and a colleague signs in there', async () => {
  const page = await openPage({ baseURL: app.url })
  await page.goto('/')
  await page.waitForURL('**/setup')
  await checkLooks(page, 'setup')
  await page.getByLabel('Nom de l’agence').fill('Agence Neuve')
  await page.getByRole('button', { name: 'Créer l’agence' }).click()
  await page.getByRole('link', { name: 'Saisissez le code d’installation' }).waitFor()
  await checkLooks(page, 'setup-refused')
  expect(await page.getByLabel('Nom de l’agence').inputValue()).toBe('Agence Neuve')

  await page.getByLabel('Code d’installation').fill(setupCode(app.deps.config.secretKey))
  await page.getByLabel('Votre nom').fill('Nadia Neuve')
  await page.getByLabel('Votre adresse e-mail').fill('nadia@neuve.example')
  await page.getByLabel('Mot de passe').fill('un cheval agrafe la pile')
  await page.getByRole('button', { name: 'Créer l’agence' }).click()
  await page.waitForURL('**/admin/guide')
  await checkLooks(page, 'guide')

  await page.goto('/admin/sso')
  await checkLooks(page, 'sso')
  await page.getByLabel('Adresse de l’émetteur').fill(provider.issuer)
  await page.getByLabel('Identifiant client').fill(CLIENT.id)
  await page.getByLabel('Secret client').fill(CLIENT.secret)
  await page.getByLabel('Domaines').fill('neuve.example')
  await page.getByLabel('Groupes et droits').fill('recruteurs = recruiter')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('Le fournisseur a répondu').waitFor()
  await checkLooks(page, 'sso-saved')

  const colleague = await openPage({ baseURL: app.url })
  // The provider's development pages ask the network for a font.
  await colleague.route('https://fonts.googleapis.com/**', (route) => route.abort('aborted'))
  await colleague.goto('/login')
  await checkLooks(colleague, 'login-sso')
  await colleague.getByRole('button', { name: 'Se connecter avec Agence Neuve' }).click()
  await colleague.locator('[name=login]').fill('lea')
  await colleague.locator('[name=password]').fill('any')
  await colleague.locator('[type=submit]').click()
  await colleague.waitForURL(`${app.url}/candidates`)
  await colleague.getByText('Léa Petit').first().waitFor()

  await page.goto('/login/sso/return?code=x&state=y')
  await checkLooks(page, 'sso-refused')
})
