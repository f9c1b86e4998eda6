import { generateSync } from 'otplib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerAuthTasks } from '../../src/auth/tasks.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, openSignedIn, type PageOptions } from '../support/browser.ts'
import { checkLinks, checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { PASSWORD, makeCompany, makeUser } from '../support/factories/accounts.ts'
import { newestLetter } from '../support/letters.ts'

const CHOSEN = 'mille feuilles à la pistache'
let database: TestDatabase
let app: TestApp
let admin: Awaited<ReturnType<typeof makeUser>>
let colleague: Awaited<ReturnType<typeof makeUser>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerAuthTasks })
  const { scope } = await makeCompany(database.db, { name: 'Agence Martin' })
  admin = await makeUser(database.db, scope, { role: 'administrator', name: 'Marc Delorme' })
  colleague = await makeUser(database.db, scope, { name: 'Anne-Sophie de La Rochefoucauld-Montmorency', mobile: '+33639980004' })
  const gone = await makeUser(database.db, scope, { role: 'reader', name: 'Zoé Partie' })
  await database.db.updateTable('app_user').set({ disabled_at: new Date() }).where('id', '=', gone.id).execute()
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const LOOKS: [string, PageOptions][] = [['desk', { width: 1280 }], ['phone-no-script', { width: 360, javaScriptEnabled: false }]]
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

test.each(LOOKS)('on a %s an administrator invites a colleague, who comes in and switches the second factor on', async (where, options) => {
  const page = await openSignedIn(admin, '/admin/users', { ...options, baseURL: app.url })
  const email = `ines.${where}@agence.test`
  const hasScripts = options.javaScriptEnabled !== false
  // Without scripts it is the same pages, less a button.
  const look = async (shown: Page, name: string) => { if (hasScripts) await checkLooks(shown, name) }
  await page.getByText('Une seule personne gère les utilisateurs.').waitFor()
  await page.getByRole('link', { name: 'Inviter un collègue' }).click()
  await press(page, 'Responsable')
  await page.getByLabel('Gérer les modèles de SMS').waitFor()
  expect(await page.getByLabel('Gérer les modèles de SMS').isChecked()).toBe(true)
  await press(page, 'Envoyer l’invitation')
  await page.getByText('Saisissez le nom').first().waitFor()
  await look(page, `invite-error`)
  await page.getByLabel('Nom', { exact: true }).fill('Inès Nouvelle')
  await page.getByLabel('Adresse e-mail').fill(email)
  await press(page, 'Envoyer l’invitation')
  await page.getByText('L’invitation de Inès Nouvelle est partie.').waitFor()
  await look(page, `users`)

  const ines = await openPage({ ...options, baseURL: app.url })
  await ines.goto((await newestLetter(app, 'invitation', email))!.path)
  await ines.getByLabel('Nouveau mot de passe').fill('Motdepasse123!')
  if (hasScripts) {
    await ines.getByRole('button', { name: 'Afficher le mot de passe' }).click()
    expect(await ines.getByLabel('Nouveau mot de passe').getAttribute('type')).toBe('text')
    await ines.getByRole('button', { name: 'Masquer le mot de passe' }).waitFor()
  }
  await press(ines, 'Ouvrir mon compte')
  await ines.getByText('se devine trop vite').first().waitFor()
  await look(ines, `invitation`)
  await ines.getByLabel('Nouveau mot de passe').fill(CHOSEN)
  await press(ines, 'Ouvrir mon compte')
  await ines.getByText('Votre compte est ouvert.').waitFor()

  await ines.goto('/account')
  await ines.getByRole('link', { name: 'Activer la double vérification' }).click()
  const secret = (await ines.locator('#secret').textContent())!.replaceAll(' ', '')
  await press(ines, 'Activer')
  await ines.getByText('Saisissez le code').first().waitFor()
  await look(ines, `factor`)
  await ines.getByLabel('Code à 6 chiffres').fill(generateSync({ secret }))
  await press(ines, 'Activer')
  await ines.getByRole('heading', { name: 'Vos codes de secours' }).waitFor()
  const [download] = await Promise.all([ines.waitForEvent('download'), ines.getByRole('link', { name: 'Télécharger' }).click()])
  expect(download.suggestedFilename()).toBe('dispo-codes-de-secours.txt')
  await look(ines, `codes`)
  await ines.getByRole('link', { name: 'Je les ai gardés' }).click()
  await ines.getByText('Il reste 10 codes de secours.').waitFor()
  await look(ines, `account`)
})

test('what else there is to see: a person, the table of rights, what is said twice, links that are over, and the second step', async () => {
  const page = await openSignedIn(admin, `/admin/users/${colleague.id}`, { baseURL: app.url })
  await checkLooks(page, 'person')
  await checkLinks(page)
  await page.goto('/admin/users?view=rights')
  await checkLooks(page, 'rights')
  await page.goto(`/admin/users/${colleague.id}/deactivation`)
  await checkLooks(page, 'deactivation')

  const visitor = await openPage({ baseURL: app.url })
  await visitor.goto('/login')
  await checkLooks(visitor, 'login')
  await visitor.getByRole('link', { name: 'Mot de passe oublié ?' }).click()
  await visitor.getByLabel('Adresse e-mail').fill('personne@agence.test')
  await press(visitor, 'Recevoir un lien')
  await visitor.getByText('un lien vient de partir').waitFor()
  await checkLooks(visitor, 'forgotten')
  await visitor.goto('/login/password/AAAAAAAAAAAAAAAAAAAAAAAAAAA')
  await checkLooks(visitor, 'dead-link')

  const owner = await openSignedIn(colleague, '/account/second-factor', { baseURL: app.url })
  await owner.getByLabel('Code à 6 chiffres').fill(generateSync({ secret: (await owner.locator('#secret').textContent())!.replaceAll(' ', '') }))
  await press(owner, 'Activer')
  await owner.getByRole('heading', { name: 'Vos codes de secours' }).waitFor()
  const code = (await owner.locator('.recovery li').first().textContent())!
  await visitor.goto('/login')
  await visitor.getByLabel('Adresse e-mail').fill(colleague.email)
  await visitor.getByLabel('Mot de passe').fill(PASSWORD)
  await press(visitor, 'Se connecter')
  await visitor.getByRole('heading', { name: 'Saisir votre code' }).waitFor()
  await checkLooks(visitor, 'code')
  await visitor.getByLabel('Code à 6 chiffres').fill(code)
  await press(visitor, 'Se connecter')
  await visitor.getByRole('heading', { name: 'Candidats' }).waitFor()
})
