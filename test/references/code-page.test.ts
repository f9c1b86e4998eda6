import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepTargets } from '../../src/links/targets.queries.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { launchScene } from '../support/factories/campaigns.ts'
import { drawnBanner, makeBranding, makeInvitation } from '../support/factories/landing.ts'
import { makeCodePage, makeReference } from '../support/factories/references.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let owner: { scope: typeof company.scope; userId: number }
let visitor: SignedIn
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db, { name: 'Agence Martin' })
  const user = await makeUser(database.db, company.scope, { role: 'administrator' })
  owner = { scope: company.scope, userId: user.id }
  const signedIn = await app.signIn(user)
  visitor = { ...plainSpaces(signedIn), home: signedIn.home }
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const stored = (id: number) => database.db.selectFrom('campaign_code').select(['version', 'published_at', 'header_image_id', 'footer_image_id']).where('id', '=', id).executeTakeFirstOrThrow()
const pageOf = (id: number) => visitor.get(`/admin/references/codes/${id}/page`)

describe('the page of a campaign code', () => {
  test('is written, looked at, published and withdrawn', async () => {
    const id = await makeReference(database.db, owner, 'codes')
    const empty = await pageOf(id)
    expect(empty.text).toContain('Pour publier, donnez d’abord un titre en français')
    expect(empty.text).not.toContain('Publier')
    const saved = await visitor.submit(empty, { heading_fr: 'Salon de Lyon', body_fr: 'Samedi.', heading_en: 'Lyon fair' }, { button: 'Enregistrer', form: `/admin/references/codes/${id}/page` })
    expect(saved.text).toContain('La page est enregistrée')
    const preview = await visitor.get(`/admin/references/codes/${id}/page/preview?state=page&lang=fr`)
    expect([preview.status, preview.html]).toEqual([200, expect.stringContaining('<h1>Salon de Lyon</h1>')])
    expect(preview.text).toContain('Aperçu')
    expect((await visitor.get(`/admin/references/codes/${id}/page/preview?state=form&kind=simple&lang=en`)).html).toContain('<h1>Lyon fair</h1>')
    const published = await visitor.submit(saved, {}, { form: '/publication' })
    expect([published.text, (await stored(id)).published_at]).toEqual([expect.stringContaining('La page est publiée'), expect.any(Date)])
    const withdrawn = await visitor.submit(published, {}, { form: '/withdrawal' })
    expect([withdrawn.text, (await stored(id)).published_at]).toEqual([expect.stringContaining('n’est plus publiée'), null])
  })

  test('needs a heading for every text, and no more words than fit', async () => {
    const id = await makeReference(database.db, owner, 'codes')
    const refused = await visitor.submit(await pageOf(id), { body_en: 'Only a text', heading_fr: 'x'.repeat(121) }, { button: 'Enregistrer', form: `/admin/references/codes/${id}/page` })
    expect(refused.status).toBe(422)
    for (const sentence of ['Donnez un titre au texte (anglais)', '« Titre » est trop long (120 caractères au plus)']) expect(refused.text).toContain(sentence)
    expect(refused.html).toContain('Only a text')
    expect(await database.db.selectFrom('campaign_code_text').select('language').where('campaign_code_id', '=', id).execute()).toEqual([])
  })

  test('takes pictures of its own, keeps the good one of a refused form, and gives the place back to the company', async () => {
    await makeBranding(database.db, company.scope, { header: await drawnBanner('Agence', '#0b5d4e') })
    const id = await makeReference(database.db, owner, 'codes')
    const form = { form: `/admin/references/codes/${id}/page`, button: 'Enregistrer' }
    const banner = { filename: 'b.png', content: await drawnBanner('Salon', '#882222'), type: 'image/png' }
    const refused = await visitor.submit(await pageOf(id), { headerImage: banner, footerImage: { filename: 'x.png', content: 'no picture', type: 'image/png' } }, form)
    expect(refused.status).toBe(422)
    const saved = await visitor.submit(refused, { heading_fr: 'Salon', headerAlt: 'Le « stand » 12' }, form)
    // A picture of its own is told by its own words, the company's by the company's.
    const altOf = async () => /<img class="top"[^>]*alt="([^"]*)"/.exec((await visitor.get(`/admin/references/codes/${id}/page/preview`, { accept: 'image/avif,*/*' })).html)?.[1]
    expect(await altOf()).toBe('Le « stand » 12')
    const { header_image_id: own, footer_image_id } = await stored(id)
    expect([own === null, footer_image_id]).toEqual([false, null])
    // Saving the company's brand forgets no picture of a code.
    const branding = await visitor.get('/admin/branding')
    expect((await visitor.submit(branding, {}, { form: '/admin/branding', button: 'Enregistrer' })).status).toBe(200)
    expect((await stored(id)).header_image_id).toBe(own)
    expect((await visitor.get(`/admin/references/codes/${id}/page/images/header`)).status).toBe(200)
    await visitor.submit(saved, { removeHeaderImage: 'on' }, form)
    expect((await stored(id)).header_image_id).toBeNull()
    expect(await altOf()).toBe('Agence Martin')
    expect(await database.db.selectFrom('image').select('id').where('id', '=', own).execute()).toEqual([])
  })

  test('is saved once: who was slower is told and keeps what was typed; a stale button moves nothing', async () => {
    const id = await makeCodePage(database.db, owner)
    const [mine, theirs] = [await pageOf(id), await pageOf(id)]
    const form = { form: `/admin/references/codes/${id}/page`, button: 'Enregistrer' }
    await visitor.submit(theirs, { heading_fr: 'Le leur' }, form)
    const headerImage = { filename: 'b.png', content: await drawnBanner('Le mien', '#882222'), type: 'image/png' }
    const faulty = await visitor.submit(mine, { heading_fr: 'x'.repeat(121) }, form)
    const late = await visitor.submit(faulty, { heading_fr: 'Le mien', headerImage }, form)
    expect([late.status, late.html]).toEqual([409, expect.stringContaining('value="Le mien"')])
    // The picture waits for the next try as the words do.
    expect(late.html).toMatch(/name="headerImageId" value="[0-9a-f-]{36}"/)
    expect((await stored(id)).header_image_id).toBeNull()
    expect((await visitor.submit(late, {}, form)).status).toBe(200)
    expect((await stored(id)).header_image_id).not.toBeNull()
    expect((await visitor.submit(mine, {}, { form: '/withdrawal' })).text).toContain('La page a changé entre-temps')
    expect((await stored(id)).published_at).not.toBeNull()
  })

  test('says before it is withdrawn that texts on their way lead to it', async () => {
    const id = await makeCodePage(database.db, owner)
    expect((await pageOf(id)).text).not.toContain('campagne en cours')
    const invitation = await makeInvitation(database.db, { company })
    await database.db.transaction().execute((trx) => keepTargets(trx, company.scope, invitation.campaignId, [{ field: 'campaign_page', url: null, campaignCodeId: id }], new Date(Date.now() + 86_400_000)))
    expect((await pageOf(id)).text).toContain('Une campagne en cours y mène')
    await database.db.updateTable('campaign').set({ closed_at: new Date() }).where('id', '=', invitation.campaignId).execute()
    expect((await pageOf(id)).text).not.toContain('campagne en cours')
  })

  test('of another company is not there, in no form', async () => {
    const other = await makeCompany(database.db)
    const id = await makeCodePage(database.db, { scope: other.scope, userId: (await makeUser(database.db, other.scope)).id })
    for (const step of ['', '/preview', '/images/header']) expect((await visitor.get(`/admin/references/codes/${id}/page${step}`)).status).toBe(404)
    for (const step of ['/publication', '/withdrawal']) expect((await visitor.post(visitor.home, `/admin/references/codes/${id}/page${step}`, { version: '1' })).status).toBe(404)
    // A picture of theirs cannot be taken over by its id.
    await makeBranding(database.db, other.scope, { header: await drawnBanner('Autre', '#123456') })
    const theirs = (await database.db.selectFrom('branding_version').select('header_image_id').where('company_id', '=', other.id).executeTakeFirstOrThrow()).header_image_id!
    const mine = await makeReference(database.db, owner, 'codes')
    expect((await visitor.get(`/admin/references/codes/${mine}/page/images/header?id=${theirs}`)).status).toBe(404)
    expect((await visitor.get(`/admin/references/codes/${mine}/page/images/header?id=${randomUUID()}`)).status).toBe(404)
  })
})

test('the report of a code counts its campaigns and nobody else’s', async () => {
  const id = await makeCodePage(database.db, owner, { code: 'BILAN' })
  const answers = ['yes', 'yes', 'no'] as const
  for (const choice of answers) {
    const invitation = await makeInvitation(database.db, { company, campaignName: `Envoi ${choice}` })
    await database.db.updateTable('campaign').set({ campaign_code_id: id }).where('id', '=', invitation.campaignId).execute()
    await database.db.insertInto('answer').values({ company_id: company.id, recipient_id: invitation.recipientId, version: 1, choice, answered_at: new Date(), source: 'link' } as never).execute()
    await database.db.insertInto('message').values({ company_id: company.id, purpose: 'campaign', campaign_id: invitation.campaignId, recipient_id: invitation.recipientId, step: 1, e164: invitation.e164, sender: '38047', body: 'x', encoding: 'gsm7', segments: 1, state: 'delivered', submitted_at: new Date(), settled_at: new Date() } as never).execute()
  }
  const other = await launchScene(database.db)
  await other.launch(await other.draft())
  const page = await visitor.get(`/admin/references/codes/${id}`)
  expect(page.text).toMatch(/3 envois 3 SMS envoyés 2 OUI 1 NON 0 désinscriptions/)
  expect(page.text).toContain('Envoi yes')
})
