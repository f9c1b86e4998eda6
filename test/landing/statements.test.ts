import { afterAll, beforeAll, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeBranding, makeInvitation, type Invitation } from '../support/factories/landing.ts'
import { links } from '../support/page.ts'

/** The statements on data and accessibility stand one step from the personal page, for that agency only. */

let database: TestDatabase
let app: TestApp
let invitation: Invitation
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  invitation = await makeInvitation(database.db)
  await makeBranding(database.db, invitation.scope, { displayName: 'Bâtir Intérim' })
  await saveSetting(database.db, invitation.scope, 'retention.bodies_days', 45)
  await saveSetting(database.db, invitation.scope, 'retention.candidates_months', 24)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

it.each([
  ['fr', 'privacy', 'Vos données chez Bâtir Intérim', 'Texte des SMS : 45 jours après la fin de la campagne', '24 mois après votre dernier contact'],
  ['en', 'privacy', 'Your data at Bâtir Intérim', 'The text of SMS: 45 days after the end of the campaign', '24 months after your last contact'],
  ['fr', 'accessibility', 'Accessibilité de cette page', 'Bâtir Intérim veut que chacun puisse répondre', 'aucun organisme indépendant ne l’a encore auditée'],
  ['en', 'accessibility', 'Accessibility of this page', 'Bâtir Intérim wants everybody to be able to answer', 'no independent body has audited it yet'],
])('in %s, the statement on %s is the agency’s own', async (language, subject, heading, ...told) => {
  const visitor = app.visit({ 'accept-language': language })
  const page = await visitor.get(`/r/${invitation.code}`)
  expect(page.html).toContain(`href="/r/${invitation.code}/${subject}"`)
  const statement = await visitor.get(`/r/${invitation.code}/${subject}`)
  expect([statement.status, plain(statement.heading)]).toEqual([200, heading])
  for (const text of told) expect(plain(statement.text)).toContain(text)
  expect(links(statement).map(({ href }) => href)).toEqual([`/r/${invitation.code}`])
  // The other language stays on the statement.
  expect(statement.html).toContain(`/r/${invitation.code}/${subject}?lang=${language === 'fr' ? 'en' : 'fr'}`)
  expect(statement.headers['set-cookie']).toBeUndefined()
})

it('names no agency where there is no live link', async () => {
  for (const subject of ['privacy', 'accessibility']) {
    const page = await app.visit().get(`/r/0123456789abc/${subject}`)
    expect([page.status, page.text.includes('Bâtir')]).toEqual([404, false])
  }
})
