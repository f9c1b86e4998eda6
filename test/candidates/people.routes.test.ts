import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp } from '../support/app.ts'
import type { SignedIn, TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { links, type Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let userId: number
let recruiter: SignedIn
let colleague: SignedIn
let reader: SignedIn
let english: SignedIn
let foreign: { scope: CompanyScope; id: number }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scope = (await makeCompany(database.db, { name: 'Intérim du Rhône' })).scope
  const user = await makeUser(database.db, scope, { name: 'Nadia Benali' })
  userId = user.id
  recruiter = await app.signIn(user)
  colleague = await app.signIn(await makeUser(database.db, scope, { name: 'Marc Petit' }))
  reader = await app.signIn(await makeUser(database.db, scope, { role: 'reader' }))
  english = await app.signIn(await makeUser(database.db, scope, { language: 'en', privileges: ['candidates.view', 'candidates.edit'] }))
  const other = await makeCompany(database.db)
  foreign = { scope: other.scope, id: (await makeCandidate(database.db, other.scope)).id }
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** No-break spaces as plain ones. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const idOf = (page: Page) => Number(/\/(?:candidates|contacts)\/(\d+)/.exec(page.url)?.[1])
const row = (id: number) => database.db.selectFrom('candidate').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const phones = (id: number) => database.db.selectFrom('candidate_phone').select(['kind', 'position', 'raw', 'e164', 'is_textable', 'problem']).where('candidate_id', '=', id).orderBy('kind', 'desc').orderBy('position').execute()
const journal = (action: string, id: number) => database.db.selectFrom('journal').select(['detail', 'user_id']).where('action', '=', action).where('subject_id', '=', String(id)).execute()

describe('a new candidate', () => {
  test('has everything that was typed, is found around its town, and says who made it', async () => {
    const branch = await database.db.insertInto('branch').values({ company_id: scope.companyId, name: 'Lyon Part-Dieu' }).returning('id').executeTakeFirstOrThrow()
    const form = await recruiter.get('/candidates/new')
    const page = await recruiter.submit(form, {
      first_name: ' Aïcha ', last_name: 'Diallo', trade: 'Coffreuse', 'phones[0][raw]': '06 39 98 50 01', 'phones[1][raw]': '01 99 00 12 34', email: 'aicha@example.test', town: 'lyon 3e', postal_code: '69003',
      skills: 'CACES R489, échafaudage\nCACES r489', new_tags: 'Permis B, fiable', branch: String(branch.id), language: 'en', registered_on: '2026-10-01', external_id: 'A-17', consent: 'given', consent_source: 'Entretien',
    })
    expect(page.heading).toBe('Aïcha Diallo')
    expect(plain(page.text)).toContain('Fiche créée : Aïcha Diallo.')
    expect(plain(page.text)).toContain('Coffreuse · lyon 3e · Lyon Part-Dieu')
    expect(plain(page.text)).toContain('Fiche créée')
    expect(plain(page.text)).toMatch(/Consentement SMS donné .*source : Entretien, le/)
    const id = idOf(page)
    expect(await row(id)).toMatchObject({
      kind: 'candidate', first_name: 'Aïcha', skills: ['CACES R489', 'échafaudage'], tags: ['Permis B', 'fiable'], branch_id: branch.id, language: 'en', registered_on: '2026-10-01', external_id: 'A-17', consent_given: true, consent_source: 'Entretien',
      organisation: null, latitude: expect.closeTo(45.76, 1), longitude: expect.closeTo(4.85, 1),
    })
    expect(await phones(id)).toEqual([
      { kind: 'mobile', position: 1, raw: '06 39 98 50 01', e164: '+33639985001', is_textable: true, problem: null },
      { kind: 'home', position: 1, raw: '01 99 00 12 34', e164: '+33199001234', is_textable: false, problem: 'landline' },
    ])
    expect(await journal('candidate.created', id)).toEqual([{ detail: {}, user_id: userId }])
    expect(await database.db.selectFrom('consent_event').select(['is_given', 'source', 'user_id']).where('candidate_id', '=', id).execute()).toEqual([{ is_given: true, source: 'Entretien', user_id: userId }])
  })

  test('needs a name; a refused form says so beside its fields and keeps everything', async () => {
    const form = await recruiter.get('/candidates/new')
    const page = await recruiter.submit(form, {
      'phones[0][raw]': '06 12', 'phones[1][raw]': 'à rappeler', email: 'pas une adresse', town: 'x'.repeat(121), registered_on: '2026-02-30', skills: 'Soudure', new_tags: 'y'.repeat(61), consent: 'given',
    })
    expect(page.status).toBe(422)
    expect(page.title).toMatch(/^Erreur/)
    for (const words of ['Indiquez un nom ou un prénom', 'À vérifier, il manque des chiffres', 'À vérifier, ce n’est pas un numéro', 'Écrivez l’adresse en entier', '120 caractères au plus', 'Cette date n’existe pas', 'Une étiquette a 60 caractères au plus', 'Dites d’où vient cet accord'])
      expect(plain(page.text)).toContain(words)
    for (const typed of ['value="06 12"', 'value="à rappeler"', 'value="pas une adresse"', 'value="2026-02-30"', 'Soudure', 'y'.repeat(61)]) expect(page.html).toContain(typed)
    expect(await database.db.selectFrom('candidate').select('id').where('company_id', '=', scope.companyId).where(sql<boolean>`skills = '{Soudure}'`).execute()).toEqual([])
  })

  test('keeps a number that is none on purpose, as it was written', async () => {
    const refused = await recruiter.submit(await recruiter.get('/candidates/new'), { last_name: 'Garder', 'phones[0][raw]': '06 12' })
    const id = idOf(await recruiter.submit(refused, { keep_numbers: '1' }))
    expect(await phones(id)).toMatchObject([{ raw: '06 12', e164: null, problem: 'too_short' }])
  })

  test('takes another line for a number without saving anything', async () => {
    const form = await recruiter.get('/candidates/new')
    const page = await recruiter.submit(form, { last_name: 'Trois', 'phones[0][raw]': '06 39 98 50 02', 'phones[1][raw]': '06 39 98 50 03' }, { button: 'Ajouter un numéro' })
    expect(page.status).toBe(200)
    expect(page.html).toContain('value="06 39 98 50 02"')
    const id = idOf(await recruiter.submit(page, { 'phones[2][raw]': '06 39 98 50 04', main: '2' }, { button: 'Créer le candidat' }))
    expect((await phones(id)).map(({ kind, position, e164 }) => [kind, position, e164])).toEqual([['mobile', 1, '+33639985004'], ['mobile', 2, '+33639985002'], ['home', 1, '+33639985003']])
  })

  test('who looks like somebody known is asked about, with a link, and made on purpose', async () => {
    const known = await makeCandidate(database.db, scope, { firstName: 'Ami', lastName: 'Sow', mobile: '06 39 98 51 01', email: 'ami@example.test' })
    const page = await recruiter.submit(await recruiter.get('/candidates/new'), { last_name: 'Sow', 'phones[0][raw]': '+33 6 39 98 51 01', email: 'AMI@example.test' })
    expect(page.status).toBe(422)
    expect(plain(page.text)).toContain('Une fiche a déjà ces coordonnées')
    expect(links(page)).toContainEqual({ href: `/candidates/${known.id}`, text: 'Ami Sow' })
    expect(plain(page.text)).toContain('mêmes numéro et e-mail')
    const made = await recruiter.submit(page, { allow_lookalikes: '1' })
    expect(made.heading).toBe('Sow')
    // Another company's people are nobody's business.
    await makeCandidate(database.db, foreign.scope, { mobile: '06 39 98 51 02' })
    expect((await recruiter.submit(await recruiter.get('/candidates/new'), { last_name: 'Seul', 'phones[0][raw]': '06 39 98 51 02' })).status).toBe(200)
  })

  test('without the right to write down a consent, has none', async () => {
    const form = await english.get('/candidates/new')
    expect(form.html).not.toContain('consent_source')
    const id = idOf(await english.post(form, '/candidates/new', { last_name: 'Sly', consent: 'given', consent_source: 'me' }))
    expect(await row(id)).toMatchObject({ consent_given: false, consent_source: null })
  })

  test('cannot take the key of another record, nor a branch of another company', async () => {
    const taken = await recruiter.submit(await recruiter.get('/candidates/new'), { last_name: 'Double', external_id: 'A-17' })
    expect([taken.status, plain(taken.text)]).toEqual([422, expect.stringContaining('Cette référence est déjà celle d’une autre fiche')])
    const branch = await database.db.insertInto('branch').values({ company_id: foreign.scope.companyId, name: 'Ailleurs' }).returning('id').executeTakeFirstOrThrow()
    const strange = await recruiter.post(recruiter.home, '/candidates/new', { last_name: 'Double', branch: String(branch.id) })
    expect([strange.status, plain(strange.text)]).toEqual([422, expect.stringContaining('Choisissez une agence encore utilisée')])
  })

  test('two with one key at the same moment are one, and the other is told', async () => {
    const pages = await Promise.all(Array.from({ length: 4 }, () => recruiter.post(recruiter.home, '/candidates/new', { last_name: 'Course', external_id: 'R-1' })))
    expect(pages.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422, 422, 422])
  })

  test.each([
    [{}], [{ phones: 'x' }], [{ 'phones[x][raw]': '06' }], [{ 'phones[0]': 'y', main: '-1' }], [{ 'phones[0][raw][deep]': 'z' }], [{ first_name: ['a', 'b'], tags: 'x'.repeat(300) }],
    [{ seen: 'x'.repeat(5000), last_name: '\u0000\u202e', branch: '99999999999999999999', language: 'de', main: '1e9' }],
  ])('hostile input %j is answered with the form', async (values) => {
    const page = await recruiter.post(recruiter.home, '/candidates/new', values as Record<string, string>)
    expect([page.status, page.heading]).toEqual([422, 'Nouveau candidat'])
  })

  test('is not for readers', async () => {
    expect((await reader.get('/candidates/new')).status).toBe(403)
    expect((await reader.post(reader.home, '/candidates/new', { last_name: 'x' })).status).toBe(403)
  })
})

describe('a client contact', () => {
  test('is made with a function and a client, under an address of its own (S6)', async () => {
    const form = await recruiter.get('/contacts/new')
    expect(form.heading).toBe('Nouveau contact')
    const refused = await recruiter.submit(form, { last_name: 'Roux', trade: 'Chef de chantier', 'phones[0][raw]': '06 39 98 52 01' })
    expect(plain(refused.text)).toContain('Indiquez l’entreprise')
    const page = await recruiter.submit(refused, { organisation: 'Bâti Lyon' })
    expect(page.url).toMatch(/^\/contacts\/\d+$/)
    expect(plain(page.text)).toContain('Chef de chantier · Bâti Lyon')
    expect(links(page)).toContainEqual({ href: '/contacts', text: 'Contacts' })
    expect(page.text).not.toContain('Disponibilité non précisée')
    expect(links(await recruiter.get('/contacts'))).toContainEqual({ href: page.url, text: 'Roux' })
    // Pages that speak of anybody say /candidates: it leads there.
    expect((await recruiter.get(`/candidates/${idOf(page)}`)).url).toBe(`/contacts/${idOf(page)}`)
    for (const step of ['edit', 'consent', 'availability', 'timeline']) expect((await recruiter.get(`/candidates/${idOf(page)}/${step}`)).status).toBe(404)
  })
})

describe('changing a record', () => {
  test('writes what changed, names it in the history and the journal, and moves it on the map', async () => {
    const { id } = await makeCandidate(database.db, scope, { firstName: 'Paul', lastName: 'Roy', mobile: '06 39 98 53 01', town: 'Lyon' })
    const form = await recruiter.get(`/candidates/${id}/edit`)
    expect(form.heading).toBe('Modifier Paul Roy')
    const page = await recruiter.submit(form, { town: 'Grenoble', 'phones[1][raw]': '06 39 98 53 02', 'phones[1][kind]': 'mobile', main: '1', new_tags: 'PERMIS b' })
    expect(plain(page.text)).toContain('La fiche est à jour.')
    expect(plain(page.text)).toMatch(/Fiche modifiée .*Téléphones, Ville, Étiquettes par Nadia Benali/)
    // One spelling for all: « Permis B » was there first.
    expect(await row(id)).toMatchObject({ town: 'Grenoble', tags: ['Permis B'], latitude: expect.closeTo(45.18, 1) })
    expect((await phones(id)).map(({ position, e164 }) => [position, e164])).toEqual([[1, '+33639985302'], [2, '+33639985301']])
    expect(await journal('candidate.edited', id)).toEqual([{ detail: { fields: ['phones', 'town', 'tags'] }, user_id: userId }])
    const again = await recruiter.submit(await recruiter.get(`/candidates/${id}/edit`))
    expect(plain(again.text)).toContain('Rien n’a changé.')
    expect(await journal('candidate.edited', id)).toHaveLength(1)
  })

  test('from an older form changes nothing: it names what changed, keeps what was typed, and saves when told so again', async () => {
    const { id } = await makeCandidate(database.db, scope, { firstName: 'Zoé', lastName: 'Blanc', town: 'Lyon', trade: 'Maçonne' })
    const mine = await recruiter.get(`/candidates/${id}/edit`)
    await colleague.submit(await colleague.get(`/candidates/${id}/edit`), { town: 'Vienne', trade: 'Coffreuse' })
    const refused = await recruiter.submit(mine, { last_name: 'Blanc-Roy', town: 'Grenoble' })
    expect(refused.status).toBe(409)
    expect(plain(refused.text)).toContain('Cette fiche a changé pendant que vous la modifiiez.')
    expect(plain(refused.text)).toContain('A changé entre-temps : Métier, Ville')
    expect(plain(refused.text)).toContain('Valeur actuelle : Vienne')
    expect(refused.html).toContain('value="Grenoble"')
    expect(await row(id)).toMatchObject({ last_name: 'Blanc', town: 'Vienne', trade: 'Coffreuse' })
    await recruiter.submit(refused, { trade: 'Coffreuse' })
    expect(await row(id)).toMatchObject({ last_name: 'Blanc-Roy', town: 'Grenoble', trade: 'Coffreuse' })
  })

  test('two at the same moment: one is saved, the other is told', async () => {
    const { id } = await makeCandidate(database.db, scope, { lastName: 'Duo' })
    const forms = [await recruiter.get(`/candidates/${id}/edit`), await colleague.get(`/candidates/${id}/edit`)]
    const [one, other] = await Promise.all([recruiter.submit(forms[0]!, { town: 'Vienne' }), colleague.submit(forms[1]!, { town: 'Grenoble' })])
    expect([one.status, other.status].toSorted((a, b) => a - b)).toEqual([200, 409])
  })

  test('is not in the way of an answer: an availability that came meanwhile is another matter', async () => {
    const { id } = await makeCandidate(database.db, scope, { lastName: 'Libre' })
    const form = await recruiter.get(`/candidates/${id}/edit`)
    await colleague.submit(await colleague.get(`/candidates/${id}/availability`), { state: 'available', from: '2099-01-05', until: '2099-01-09' })
    expect((await recruiter.submit(form, { town: 'Vienne' })).status).toBe(200)
    expect(await row(id)).toMatchObject({ availability: 'available', available_from: '2099-01-05' })
  })

  test('leaves a number alone that was none already, and asks only about new ones', async () => {
    const { id } = await makeCandidate(database.db, scope, { lastName: 'Ancien', mobile: '06 12 / 07 34' })
    expect((await recruiter.submit(await recruiter.get(`/candidates/${id}/edit`), { town: 'Vienne' })).status).toBe(200)
    expect((await recruiter.submit(await recruiter.get(`/candidates/${id}/edit`), { 'phones[1][raw]': '06' })).status).toBe(422)
  })

  test('asks about a double only where the form makes one', async () => {
    const twins = [await makeCandidate(database.db, scope, { lastName: 'Jumeau', mobile: '06 39 98 54 01' }), await makeCandidate(database.db, scope, { lastName: 'Jumelle', mobile: '06 39 98 54 01' })]
    expect((await recruiter.submit(await recruiter.get(`/candidates/${twins[0]!.id}/edit`), { town: 'Vienne' })).status).toBe(200)
    const third = await makeCandidate(database.db, scope, { lastName: 'Cousin' })
    const page = await recruiter.submit(await recruiter.get(`/candidates/${third.id}/edit`), { 'phones[1][raw]': '06 39 98 54 01', 'phones[1][kind]': 'mobile' })
    expect(page.status).toBe(422)
    expect(plain(page.text)).toContain('2 fiches ont déjà ces coordonnées')
  })

  test('takes tags away that are no longer ticked, and keeps an archived branch', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const branch = await database.db.insertInto('branch').values({ company_id: scope.companyId, name: 'Fermée', archived_at: new Date() }).returning('id').executeTakeFirstOrThrow()
    await database.db.updateTable('candidate').set({ tags: ['Rouge', 'Vert'], branch_id: branch.id }).where('id', '=', id).execute()
    await recruiter.submit(await recruiter.get(`/candidates/${id}/edit`), { tags: ['Vert'] })
    expect(await row(id)).toMatchObject({ tags: ['Vert'], branch_id: branch.id })
    await recruiter.submit(await recruiter.get(`/candidates/${id}/edit`), { branch: '' })
    expect((await recruiter.post(recruiter.home, '/candidates/new', { last_name: 'x', branch: String(branch.id) })).status).toBe(422)
  })

  test('of another company is not there, and not for readers', async () => {
    expect((await recruiter.get(`/candidates/${foreign.id}/edit`)).status).toBe(404)
    expect((await recruiter.post(recruiter.home, `/candidates/${foreign.id}/edit`, { last_name: 'x' })).status).toBe(404)
    const { id } = await makeCandidate(database.db, scope)
    expect((await reader.get(`/candidates/${id}/edit`)).status).toBe(403)
    expect((await reader.get(`/candidates/${id}`)).html).not.toContain('/edit"')
  })
})

describe('which number gets the SMS', () => {
  test('is said on the record, changed with one button, and starts a message to this person', async () => {
    const { id } = await makeCandidate(database.db, scope, { firstName: 'Lina', lastName: 'Haddad', mobile: '06 39 98 55 01' })
    await recruiter.submit(await recruiter.get(`/candidates/${id}/edit`), { 'phones[1][raw]': '06 39 98 55 02', 'phones[1][kind]': 'mobile' })
    const page = await recruiter.get(`/candidates/${id}`)
    expect(plain(page.text)).toMatch(/06 39 98 55 01 – Envoyer un SMS Valide Reçoit les SMS/)
    const changed = await recruiter.submit(page, {}, { form: '/main-phone' })
    expect(plain(changed.text)).toContain('Les SMS partiront vers le 06 39 98 55 02.')
    expect(await database.db.selectFrom('candidate_textability').select('e164').where('candidate_id', '=', id).executeTakeFirst()).toEqual({ e164: '+33639985502' })
    expect((await phones(id)).map(({ raw }) => raw)).toEqual(['06 39 98 55 02', '06 39 98 55 01'])
    for (const e164 of ['+33639985599', '', 'x']) expect((await recruiter.post(recruiter.home, `/candidates/${id}/main-phone`, { e164 })).status).toBe(404)
    expect((await reader.get(`/candidates/${id}`)).html).not.toContain('name="single"')
    expect((await recruiter.get(`/candidates/${id}`)).html).toContain('name="single" value="1"')
  })
})

describe('availability by hand', () => {
  test('is noted as the agency’s, checked, and cleared again', async () => {
    const { id } = await makeCandidate(database.db, scope, { lastName: 'Prêt' })
    const form = await recruiter.get(`/candidates/${id}/availability`)
    const refused = await recruiter.submit(form, { state: 'available', from: '2099-03-10', until: '2099-03-01' })
    expect([refused.status, plain(refused.text)]).toEqual([422, expect.stringContaining('La fin est avant le début')])
    expect(refused.html).toContain('value="2099-03-10"')
    const page = await recruiter.submit(refused, { until: '2099-03-20' })
    expect(plain(page.text)).toMatch(/Disponible du mar\. 10 mars 2099 au ven\. 20 mars 2099 · source : saisie par l’agence/)
    await recruiter.submit(await recruiter.get(`/candidates/${id}/availability`), { state: 'unknown' })
    expect(await row(id)).toMatchObject({ availability: 'unknown', available_from: null, available_until: null })
    const history = await database.db.selectFrom('availability_change').select(['availability', 'source', 'user_id']).where('candidate_id', '=', id).orderBy('id').execute()
    expect(history).toEqual([{ availability: 'available', source: 'recruiter', user_id: userId }, { availability: 'unknown', source: 'recruiter', user_id: userId }])
    for (const values of [{}, { state: 'sometimes' }, { state: 'available', from: '2026-02-31' }]) expect((await recruiter.post(recruiter.home, `/candidates/${id}/availability`, values as Record<string, string>)).status).toBe(422)
    expect((await recruiter.post(recruiter.home, `/candidates/${foreign.id}/availability`, { state: 'unknown' })).status).toBe(404)
  })
})

describe('tags', () => {
  test('made by many at once have one spelling, and nobody gives up', async () => {
    const pages = await Promise.all(['Nacelle', 'NACELLE', 'nacelle', 'Nacellé'].map((tag, n) => recruiter.post(recruiter.home, '/candidates/new', { last_name: `Tag ${n}`, new_tags: `${tag}, Autre ${n % 2}` })))
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { rows } = await sql<{ n: number }>`select count(distinct tag) as n from candidate, unnest(tags) as tag where company_id = ${scope.companyId} and fold(tag) = 'nacelle'`.execute(database.db)
    expect(rows[0]?.n).toBe(1)
  })
})
