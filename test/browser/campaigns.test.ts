import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn, screenshot } from '../support/browser.ts'
import { checkLooks, WITH_TABLET } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
let app: TestApp
let recruiter: { id: number; email: string; password: string }

const FIRST_NAMES = ['Amadou', 'Léa', 'Hugo', 'Inès', 'Karim', 'Sofia', 'Noé', 'Mathilde', 'Yanis', 'Jean-Baptiste', 'Chloé', '']
const LAST_NAMES = ['Traoré', 'Petit', 'Benali', 'Moreau', 'Da Silva', 'Nguyen', 'Lefèvre', 'Roux']
const TRADES = ['Coffreur', 'Maçon', 'Cariste', 'Manutentionnaire']

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { db } = database
  const { scope } = await makeCompany(db, { name: 'Agence Martin' })
  recruiter = await makeUser(db, scope, { name: 'Claire Bernard', mobile: '+33639980042' })
  await makeTemplate(db, scope, { name: 'Demande de disponibilité', texts: { fr: 'Bonjour {prenom|},\n{agence} souhaite connaitre vos disponibilités. Merci de cliquer sur le lien ci-dessous afin de les indiquer\n{lien}\n{stop}', en: 'Hello {first_name|},\n{agency} would like to know when you are available: {link}\n{stop}' } })
  await makeTemplate(db, scope, { name: 'Relance' })
  await makeTemplate(db, scope, { name: 'Question simple', kind: 'simple', texts: { fr: 'Bonjour {prenom|}, {agence} : avez-vous vos chaussures de sécurité ? {lien}\n{stop}' } })
  for (let i = 0; i < 64; i++) {
    await makeCandidate(db, scope, {
      firstName: FIRST_NAMES[i % FIRST_NAMES.length]!, lastName: LAST_NAMES[i % LAST_NAMES.length]!, trade: TRADES[i % TRADES.length]!, language: i % 9 === 0 ? 'en' : null,
      ...(i === 3 ? { mobile: null } : i === 4 ? { mobile: '06 12' } : i === 5 || i === 6 ? { optedOut: true } : i === 7 ? { consent: false } : i === 8 ? { bounced: true } : i === 9 || i === 10 ? { mobile: '+33639989999' } : i === 11 ? { mobile: '+49 1512 3456789' } : {}),
    })
  }
})

afterAll(async () => {
  await app.close()
  await database.close()
})

const atCandidates = () => openSignedIn(recruiter, '/candidates', { baseURL: app.url })

/** Ticks the page's candidates and picks « lancer une campagne sms ». */
async function draft(page: Page): Promise<void> {
  await page.getByLabel('Sélectionner toute la page').check()
  await page.locator('[data-select-bar] summary').click()
  await page.getByRole('button', { name: 'lancer une campagne sms' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
}

/** What dispatcher, provider and candidates would have done to the newest campaign. */
async function sendAndAnswer(): Promise<void> {
  const { pool } = database
  const { rows } = await pool.query<{ id: number }>('select max(id) as id from campaign where launched_at is not null')
  const { id } = rows[0]!
  for (const state of ['leased', 'submitting', 'accepted']) await pool.query(`update message set state = $2, lease_until = case when $2 = 'leased' then now() end where campaign_id = $1 and purpose = 'campaign'`, [id, state])
  await pool.query(`update message set state = case when id % 7 = 0 then 'undelivered' else 'delivered' end, failure_reason = case when id % 7 = 0 then 'temporary' end, settled_at = now() where campaign_id = $1 and purpose = 'campaign' and id % 5 <> 0`, [id])
  await pool.query(`insert into answer (company_id, recipient_id, choice, available_from, available_until, comment, source, version, answered_at)
    select company_id, id, case when rank % 3 = 0 then 'no' else 'yes' end, case when rank % 3 <> 0 then date '2026-11-23' end, case when rank % 4 = 0 then date '2026-12-04' end,
      case when rank % 2 = 0 then 'Pas de chaussures de sécurité, pointure 42. Je peux venir avec le camion si besoin.' else '' end, 'link', case when rank % 5 = 0 then 2 else 1 end, now() - make_interval(mins => rank)
    from recipient where campaign_id = $1 and rank % 2 = 0`, [id])
  await pool.query(`insert into follow_up_note (company_id, candidate_id, kind, campaign_id, recipient_id, body)
    select r.company_id, r.candidate_id, 'automatic', r.campaign_id, r.id, 'Disponible' from recipient r join answer a on a.recipient_id = r.id where r.campaign_id = $1`, [id])
  await advanceCampaigns(app.deps)
}

test('a campaign is composed, checked, sent and followed', async () => {
  const page = await atCandidates()
  await draft(page)
  await checkLooks(page, 'campaign-compose', WITH_TABLET)
  // Examining and photographing a page leaves empty style attributes behind, which htmx would copy and the strict policy notice.
  await page.reload()

  // Typing saves by itself, and the pieces beside the text follow.
  await page.locator('#text_fr').fill(`Bonjour {prenom|}, c’est urgent : merci de répondre uniquement si vous êtes disponible. ${'Nous avons du travail. '.repeat(4)}`)
  await page.locator('#draft-cost', { hasText: 'Unicode' }).waitFor()
  await checkLooks(page, 'campaign-compose-lint')
  await page.reload()
  await page.getByRole('button', { name: 'Remplacer dans le texte' }).click()
  await page.locator('#draft-cost', { hasText: 'GSM-7' }).waitFor()
  expect(await page.locator('#text_fr').inputValue()).toContain('c\'est')

  await page.getByRole('link', { name: 'Le plus long' }).click()
  await page.locator('#draft-preview', { hasText: 'Jean-Baptiste' }).waitFor()
  await page.getByRole('link', { name: 'Page du candidat', exact: true }).click()
  await page.frameLocator('#draft-preview iframe').locator('form').first().waitFor()
  await page.getByRole('link', { name: 'SMS', exact: true }).click()
  await page.locator('#draft-preview .phone').waitFor()
  await page.locator('[data-insert="{agence}"]').first().click()
  await page.locator('#draft-preview', { hasText: 'Agence Martin' }).waitFor()
  await page.getByRole('button', { name: 'Envoyer le test' }).click()
  await page.locator('#draft-test .panel.ok').waitFor()
  await page.getByLabel('Maintenant').check()
  await page.locator('#schedule-summary', { hasText: 'Départ dès votre confirmation' }).waitFor()

  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.waitForURL(/\/check$/)
  await checkLooks(page, 'campaign-check', WITH_TABLET)
  const confirm = page.locator('[name=checked]')
  if (await confirm.count()) await confirm.check()
  await page.getByRole('button', { name: /^Envoyer \d+ SMS$/ }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  await page.locator('#campaign-live').waitFor()
  await screenshot(page, 'campaign-sending')
  await page.reload()

  // Answers appear without a touch.
  await sendAndAnswer()
  await page.locator('#campaign-live tbody tr', { hasText: 'OUI' }).first().waitFor()
  await checkLooks(page, 'campaign-show', WITH_TABLET)

  await page.goto('/campaigns?tab=all')
  await page.locator('#campaign-rows tr').first().waitFor()
  await checkLooks(page, 'campaign-list', WITH_TABLET)
})

test('typing fast, twice in flight, never loses a word to its own earlier save', async () => {
  const page = await atCandidates()
  await draft(page)
  // The first save is held back until the second is waiting behind it.
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => { release = resolve })
  let requests = 0
  await page.route('**/draft', async (route) => {
    requests++
    if (requests === 1) await held
    await route.continue()
  })
  await page.locator('#text_fr').fill('Premier texte {lien}')
  await expect.poll(() => requests).toBe(1)
  await page.locator('#text_fr').fill('Second texte {lien}')
  await page.locator('#name').fill('Autre nom')
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 700)))
  release!()
  await page.locator('#draft-preview', { hasText: 'Second texte' }).waitFor()
  expect(await page.locator('#draft-saved').innerText()).toContain('Brouillon enregistré')
  expect(await page.locator('#text_fr').inputValue()).toBe('Second texte {lien}')
})
