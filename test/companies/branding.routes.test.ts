import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBranding, findDraft } from '../../src/companies/branding.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import type { FormValues, UploadedFile } from '../support/forms.ts'
import type { Page } from '../support/page.ts'

const PAGE = '/admin/branding'
const VERSIONS = '/admin/branding/versions'
let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let otherScope: CompanyScope
let admin: SignedIn
let colleague: SignedIn
let recruiter: SignedIn
let outsider: SignedIn

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { db } = database
  ;({ scope } = await makeCompany(db, { name: 'Interim du Rhône' }))
  ;({ scope: otherScope } = await makeCompany(db, { name: 'Une autre' }))
  admin = await app.signIn(await makeUser(db, scope, { role: 'administrator' }))
  colleague = await app.signIn(await makeUser(db, scope, { role: 'administrator' }))
  recruiter = await app.signIn(await makeUser(db, scope, { role: 'recruiter' }))
  outsider = await app.signIn(await makeUser(db, otherScope, { role: 'administrator' }))
})

afterAll(async () => {
  await app.close()
  await database.close()
})

test('a company that has saved nothing starts from its name and neutral words in both languages', async () => {
  const page = await outsider.get(PAGE)
  expect(page.status).toBe(200)
  expect(page.heading).toBe('Marque et page candidat')
  expect(page.html).toContain('value="Une autre"')
  expect(page.html).toContain('value="Are you available for work?"')
  expect(read(page)).toContain('Rien de publié')
})

test('what is saved is a draft that candidates do not see; publishing shows all of it at once, numbered and in the journal (S83)', async () => {
  const before = await findBranding(database.db, scope)
  const drafted = await save(admin, await admin.get(PAGE), {
    displayName: 'Interim & Fils', brandColor: '#0b5d3b', phone: '04 65 71 00 12', openingHours: 'le matin', simple_fr_question: 'Avez-vous des chaussures de sécurité ?', simple_fr_body: 'Première **ligne**\r\nSeconde ligne',
    privacy_en: 'Ours alone.', quick_month_start: 'on', quick_today: [], headerAlt: 'Interim & Fils, l’équipe', headerImage: await picture(),
  })
  expect(drafted.status).toBe(200)
  expect(read(drafted)).toContain('Les candidats ne le voient pas encore.')
  expect(drafted.html).toContain('Interim &amp; Fils')
  expect(await findBranding(database.db, scope)).toEqual(before)
  expect(await findDraft(database.db, scope)).toMatchObject({ displayName: 'Interim & Fils', revision: 1, publishedVersion: null })

  const page = await publish(admin, drafted)
  expect(read(page)).toContain('La page candidat est à jour (version 1).')
  expect(read(page)).toContain('En ligne : version 1')
  const saved = await findBranding(database.db, scope)
  expect(saved).toMatchObject({
    displayName: 'Interim & Fils', brandColor: '#0b5d3b', version: 1, phone: '04 65 71 00 12', openingHours: 'le matin', headerAlt: 'Interim & Fils, l’équipe', footerAlt: '',
    privacyTexts: { fr: '', en: 'Ours alone.' }, quickDates: ['next_monday', 'monday_after', 'month_start'],
  })
  expect(saved.texts.find(({ kind, language }) => kind === 'simple' && language === 'fr')).toMatchObject({ body: 'Première **ligne**\nSeconde ligne', question: 'Avez-vous des chaussures de sécurité ?' })
  expect(saved.headerImageId).not.toBeNull()
  expect(await journal(scope, 'branding.published')).toEqual([expect.objectContaining({ displayName: 'Interim & Fils', version: 1, parts: expect.arrayContaining(['headerImage', 'phone']) })])
  const [signed] = await database.db.selectFrom('branding').select('display_name').where('company_id', '=', scope.companyId).execute()
  expect(signed?.display_name).toBe('Interim & Fils')
})

test('publishing twice, or what is live already, makes no second version', async () => {
  const page = await admin.get(PAGE)
  const [one, two] = await Promise.all([publish(admin, page, { displayName: 'Interim & Cie' }), publish(admin, page, { displayName: 'Interim & Cie' })])
  expect([one.status, two.status]).toEqual([200, 200])
  const again = await publish(admin, await admin.get(PAGE))
  expect(read(again)).toContain('Rien n’a changé')
  expect((await findBranding(database.db, scope)).version).toBe(2)
})

test('of two people who publish at once one is shown whole, and the other is told', async () => {
  const [mine, theirs] = [await admin.get(PAGE), await colleague.get(PAGE)]
  const answers = await Promise.all([publish(admin, mine, { displayName: 'Une', footerText: 'Une' }), publish(colleague, theirs, { displayName: 'Deux', footerText: 'Deux' })])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
  const { displayName, footerText, version } = await findBranding(database.db, scope)
  expect([footerText, version]).toEqual([displayName, 3])
  await publish(admin, await admin.get(PAGE), { displayName: 'Interim & Cie', footerText: '' })
})

test('a colour on which white cannot be read is darkened, and the page says so', async () => {
  const page = await save(admin, await admin.get(PAGE), { brandColor: '#ffcc00' })
  expect(read(page)).toMatch(/nous l’avons foncée en #[0-9a-f]{6}/)
  expect((await findDraft(database.db, scope)).brandColor).not.toBe('#ffcc00')
  expect(read(page)).toMatch(/Contraste avec le blanc : 4,[5-9] pour 1/)
})

test('a faulty form comes back with everything that was typed, a message per field, and the good picture kept', async () => {
  const before = await findDraft(database.db, scope)
  const page = await publish(admin, await admin.get(PAGE), {
    displayName: '', headerAlt: '', phone: 'appelez-nous', simple_en_heading: 'A <b>bold</b> heading', availability_fr_body: 'é'.repeat(401), footerImage: await picture(800, 200), headerImage: { filename: 'logo.png', content: '<svg xmlns="http://www.w3.org/2000/svg"></svg>' },
  })
  expect(page.status).toBe(422)
  expect(page.title).toMatch(/^Erreur\u00a0:/)
  expect(read(page)).toContain('Nom affiché : Ce champ ne peut pas rester vide.')
  expect(read(page)).toContain('Ce que dit l’image du haut : Ce champ ne peut pas rester vide.')
  expect(read(page)).toContain('Téléphone : Écrivez un numéro, par exemple 04 65 71 00 12.')
  expect(read(page)).toContain('400 caractères au plus.')
  expect(read(page)).toContain('Ce format n’est pas accepté : c’est un dessin SVG. Enregistrez l’image en PNG ou en JPEG.')
  expect(page.html).toContain('A &lt;b&gt;bold&lt;/b&gt; heading')
  expect(page.html).toContain('é'.repeat(401))
  expect(await findDraft(database.db, scope)).toEqual(before)

  const corrected = await save(admin, page, { displayName: 'Interim & Fils', headerAlt: 'Interim & Fils', phone: '', availability_fr_body: 'Court.' })
  expect(corrected.status).toBe(200)
  const after = await findDraft(database.db, scope)
  expect(after.footerImageId).not.toBeNull()
  expect(after.headerImageId).toBe(before.headerImageId)
})

test('a picture under a wrong name, or with something else in its file, is refused with what it is and what to do', async () => {
  const before = await findDraft(database.db, scope)
  const { content } = await picture()
  const page = await save(admin, await admin.get(PAGE), { headerImage: { filename: 'logo.gif', type: 'image/gif', content }, footerImage: { filename: 'logo.png', type: 'image/png', content: Buffer.concat([content as Buffer, Buffer.from('PK')]) } })
  expect(page.status).toBe(422)
  expect(read(page)).toContain('Ce fichier est annoncé comme « .gif », mais c’est une image PNG. Donnez à son nom la fin « .png », ou enregistrez l’image de nouveau')
  expect(read(page)).toContain('Ce fichier contient autre chose qu’une image : un document, une archive, du code ou des données inconnues.')
  expect(await findDraft(database.db, scope)).toEqual(before)
})

test('pictures that nobody shows any more are deleted, those of a kept version stay', async () => {
  const live = await findBranding(database.db, scope)
  const dropped = (await findDraft(database.db, scope)).footerImageId
  await save(admin, await admin.get(PAGE), { headerImage: await picture(), removeFooterImage: 'on' })
  const draft = await findDraft(database.db, scope)
  expect([draft.footerImageId, draft.headerImageId === live.headerImageId]).toEqual([null, false])
  const kept = (await database.db.selectFrom('image').select('id').where('company_id', '=', scope.companyId).execute()).map(({ id }) => id)
  expect(kept.toSorted()).toEqual([live.headerImageId, draft.headerImageId].toSorted())
  expect(kept).not.toContain(dropped)
})

test('who saves over a colleague is told, with everything typed kept, and wins only the second time', async () => {
  const mine = await admin.get(PAGE)
  await save(colleague, await colleague.get(PAGE), { displayName: 'Du collègue' })
  const faulty = await save(admin, mine, { displayName: '' })
  expect(faulty.status).toBe(422)
  const refused = await publish(admin, faulty, { displayName: 'Le mien' })
  expect(refused.status).toBe(409)
  expect(read(refused)).toContain('Quelqu’un d’autre a enregistré cette page entre-temps.')
  expect(refused.html).toContain('value="Le mien"')
  // What was typed waits for a decision: nothing saves itself.
  expect(refused.html).not.toContain('hx-post')
  expect((await findDraft(database.db, scope)).displayName).toBe('Du collègue')
  await save(admin, refused)
  expect((await findDraft(database.db, scope)).displayName).toBe('Le mien')
})

describe('beside the typing', () => {
  const HTMX = { 'hx-request': 'true', 'hx-request-type': 'partial' }

  test('a save answers with how the draft stands, its preview and the pictures it changed', async () => {
    const page = await admin.get(PAGE)
    const pieces = await admin.submit(page, { displayName: 'Au fil de l’eau', headerImage: await picture() }, { form: PAGE, button: 'Enregistrer le brouillon', headers: HTMX })
    const { revision } = await findDraft(database.db, scope)
    expect(pieces.status).toBe(200)
    expect(read(pieces)).toMatch(/Brouillon enregistré à \d\d:\d\d par /)
    expect(read(pieces)).toMatch(/La page pèse \d+(,\d)? Ko.* Sur 3G lente : environ \d(,\d)? s\./)
    expect(pieces.html).toContain(`name="version" value="${revision}"`)
    expect(pieces.html).toContain('id="picture-header" hx-swap-oob="true"')
    expect(pieces.html).not.toContain('id="picture-footer"')
    expect(pieces.html).toContain('id="preview-frame"')
    expect((await findBranding(database.db, scope)).displayName).toBe('Interim & Cie')
  })

  test('what cannot be saved is said without taking the focus, and a colleague’s draft is not written over', async () => {
    const page = await admin.get(PAGE)
    const faulty = await admin.submit(page, { displayName: '' }, { form: PAGE, button: 'Enregistrer le brouillon', headers: HTMX })
    expect([faulty.status, read(faulty).includes('Pas encore enregistré : un champ est à corriger.')]).toEqual([200, true])
    await save(colleague, await colleague.get(PAGE), { displayName: 'Du collègue' })
    const stale = await admin.submit(page, { displayName: 'Le mien' }, { form: PAGE, button: 'Enregistrer le brouillon', headers: HTMX })
    expect([stale.status, read(stale).includes('Quelqu’un d’autre a enregistré cette page entre-temps.')]).toEqual([409, true])
    expect((await findDraft(database.db, scope)).displayName).toBe('Du collègue')
  })
})

test('F-63: a recruiter gets 403 on every admin route, by direct calls too, and each try leaves a journal line', async () => {
  const before = await findDraft(database.db, scope)
  const tries = [
    await recruiter.get(PAGE), await recruiter.get(`${PAGE}/images/header`), await recruiter.get(VERSIONS), await recruiter.post(recruiter.home, `${VERSIONS}/1/restoring`, { revision: '0' }),
    await recruiter.post(recruiter.home, PAGE, { displayName: 'Volé', version: String(before.revision) }),
  ]
  const multipart = await recruiter.agent.post(PAGE).set('sec-fetch-site', 'same-origin').field('displayName', 'Volé').attach('headerImage', Buffer.alloc(2_000_000), 'x.png')
  expect([...tries.map(({ status }) => status), multipart.status]).toEqual([403, 403, 403, 403, 403, 403])
  expect(await findDraft(database.db, scope)).toEqual(before)
  expect((await journal(scope, 'access.refused')).map((detail) => `${String(detail['method'])} ${String(detail['route'])}`)).toEqual([
    `GET ${PAGE}`, `GET ${PAGE}/images/:role`, `GET ${VERSIONS}`, `POST ${VERSIONS}/:version/restoring`, `POST ${PAGE}`, `POST ${PAGE}`,
  ])
})

test('F-66: a form without our token or from another site is refused, multipart or not', async () => {
  const before = await findDraft(database.db, scope)
  const send = (site: string, fields: Record<string, string>) => {
    const request = admin.agent.post(PAGE).set('sec-fetch-site', site)
    for (const [name, value] of Object.entries({ displayName: 'Volé', version: String(before.revision), ...fields })) void request.field(name, value)
    return request
  }
  expect((await send('same-origin', {})).status).toBe(403)
  expect((await send('same-origin', { _csrf: 'guessed' })).status).toBe(403)
  expect((await send('cross-site', {})).status).toBe(403)
  expect(await findDraft(database.db, scope)).toEqual(before)
})

test('pictures are served to their own company only', async () => {
  const { headerImageId } = await findDraft(database.db, scope)
  const own = await admin.agent.get(`${PAGE}/images/header?id=${headerImageId}`).set('accept', 'image/avif,*/*')
  expect([own.status, own.headers['content-type'], own.headers['vary']]).toEqual([200, 'image/avif', expect.stringContaining('Accept')])
  const jpeg = await admin.agent.get(`${PAGE}/images/header`).set('accept', '*/*')
  expect([jpeg.status, (await sharp(jpeg.body as Buffer).metadata()).format]).toEqual([200, 'jpeg'])
  for (const url of [`${PAGE}/images/header?id=${headerImageId}`, `${PAGE}/images/header`, `${PAGE}/images/side`, `${PAGE}/images/header?id=1`]) {
    expect((await outsider.get(url)).status).toBe(404)
  }
})

test('a picture of another company cannot be taken over by its id', async () => {
  const { headerImageId } = await findDraft(database.db, scope)
  const page = await outsider.get(PAGE)
  const refused = await outsider.post(page, PAGE, { ...formFields(page.html), headerImageId: String(headerImageId) })
  expect(refused.status).toBe(422)
  expect((await findDraft(database.db, otherScope)).headerImageId).toBeNull()
})

test('a picture over 5 MB is refused beside its field; a form far over all limits with 413', async () => {
  const page = await save(admin, await admin.get(PAGE), { displayName: 'Gardé', headerImage: { filename: 'big.jpg', content: Buffer.alloc(5 * 1024 * 1024 + 1, 0xff) } })
  expect(page.status).toBe(422)
  expect(read(page)).toContain('Ce fichier dépasse 5 Mo.')
  expect(page.html).toContain('value="Gardé"')
  const huge = await admin.agent.post(PAGE).set({ 'sec-fetch-site': 'same-origin', 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(50 * 1024 * 1024) }).send('--x').catch((error: { status?: number }) => error)
  expect(huge.status).toBe(413)
  const crowd = admin.agent.post(PAGE).set('sec-fetch-site', 'same-origin')
  for (let count = 0; count < 80; count += 1) void crowd.field(`field${count}`, 'x')
  expect((await crowd).status).toBe(413)
})

test('strange input is 422 or 400, never 500', async () => {
  const page = await admin.get(PAGE)
  const bodies: Record<string, string>[] = [{}, { brandColor: 'javascript:alert(1)' }, { version: '999999999999999999999' }, { version: '-1' }, { displayName: '\u0000\u0007' }, { simple_fr_yesLabel: 'x'.repeat(10_000) }]
  for (const body of bodies) expect((await admin.post(page, PAGE, body)).status, JSON.stringify(body)).toBe(422)
  const proto = await admin.agent.post(PAGE).set('sec-fetch-site', 'same-origin').field('__proto__', 'x')
  expect([400, 403]).toContain(proto.status)
})

/** What a person reads; a no-break space is a space. */
function read(page: Page): string {
  return page.text.replace(/[\u00a0\u202f]/g, ' ')
}

/** The page has another form, for its preview. */
function save(visitor: SignedIn, page: Page, values: FormValues = {}): Promise<Page> {
  return visitor.submit(page, values, { form: PAGE, button: 'Enregistrer le brouillon' })
}

function publish(visitor: SignedIn, page: Page, values: FormValues = {}): Promise<Page> {
  return visitor.submit(page, values, { form: PAGE, button: 'Publier' })
}

async function picture(width = 1_280, height = 400): Promise<UploadedFile> {
  return { filename: 'banner.png', content: await sharp({ create: { width, height, channels: 3, background: '#0b5d3b' } }).png().toBuffer(), type: 'image/png' }
}

async function journal(of: CompanyScope, action: string): Promise<Record<string, unknown>[]> {
  const rows = await database.db.selectFrom('journal').select('detail').where('company_id', '=', of.companyId).where('action', '=', action).orderBy('id').execute()
  return rows.map(({ detail }) => detail as Record<string, unknown>)
}

/** Inputs of the page's form as it stands. */
function formFields(html: string): Record<string, string> {
  const inputs = [...html.matchAll(/<input type="(?:text|color|hidden)"[^>]*>/g)].map(([tag]) => [/name="([^"]*)"/.exec(tag)?.[1] ?? '', /value="([^"]*)"/.exec(tag)?.[1] ?? ''])
  return Object.fromEntries(inputs.filter(([name]) => name !== '_csrf'))
}
