import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addFollowUpNote, setAvailability } from '../../src/candidates/queries.ts'
import { findPhone, recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp } from '../support/app.ts'
import type { SignedIn, TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { links } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let senderId: number
let userId: number
let recruiter: SignedIn
let reader: SignedIn
let english: SignedIn
let stranger: SignedIn
let foreignId: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db, { name: 'Intérim du Rhône' })
  scope = company.scope
  senderId = company.senderId
  const user = await makeUser(database.db, scope, { name: 'Nadia Benali' })
  userId = user.id
  recruiter = await app.signIn(user)
  reader = await app.signIn(await makeUser(database.db, scope, { role: 'reader' }))
  english = await app.signIn(await makeUser(database.db, scope, { language: 'en' }))
  const other = await makeCompany(database.db)
  stranger = await app.signIn(await makeUser(database.db, other.scope))
  foreignId = (await makeCandidate(database.db, other.scope, { firstName: 'Autre', lastName: 'Agence' })).id
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** No-break spaces as plain ones. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('the record', () => {
  test('tells numbers, consent and opt-out apart', async () => {
    const person = await makeCandidate(database.db, scope, { firstName: 'Amadou', lastName: 'Traoré', skills: ['CACES R489'], email: 'amadou@example.test', optedOut: true, home: '01 99 00 12 34' })
    const page = await recruiter.get(`/candidates/${person.id}`)
    expect(page.heading).toBe('Amadou Traoré')
    expect(plain(page.text)).toContain('SMS impossible : désinscrit')
    expect(plain(page.text)).toMatch(/Désinscrit depuis le dim\. 1 nov\.( 2026)? · STOP par SMS/)
    expect(plain(page.text)).toContain('Numéro fixe ne reçoit pas de SMS')
    expect(plain(page.text)).toMatch(/Consentement SMS Donné source : formulaire · le jeudi 15 janvier 2026/)
    expect(plain(page.text)).toContain('Celle de l’agence (français)')
    expect(plain(page.text)).toContain('amadou@example.test')
    const garbled = await makeCandidate(database.db, scope, { mobile: '06 12 / 07 34' , consent: false })
    const other = await english.get(`/candidates/${garbled.id}`)
    expect(other.text).toContain('SMS not possible: invalid number')
    expect(other.text).toContain('Not given')
  })

  test('says how long somebody is available and who said so', async () => {
    const person = await makeCandidate(database.db, scope)
    const { campaignId } = await makeContact(database.db, scope, person, { userId, senderId, campaignName: 'Coffreurs S48' })
    await database.db.transaction().execute((trx) => setAvailability(trx, scope, { candidateId: person.id, availability: 'available', from: '2099-11-23', until: '2099-12-04', source: 'answer', way: 'link', campaignId }))
    const page = await recruiter.get(`/candidates/${person.id}`)
    expect(plain(page.text)).toMatch(/Disponible du lun\. 23 nov\. 2099 au ven\. 4 déc\. 2099 · source : campagne « Coffreurs S48 », réponse du/)
    await database.db.transaction().execute((trx) => setAvailability(trx, scope, { candidateId: person.id, availability: 'available', from: '2020-01-06', until: '2020-01-10', source: 'recruiter', userId }))
    expect(plain((await recruiter.get(`/candidates/${person.id}`)).text)).toMatch(/Disponibilité non précisée · La dernière période connue est passée : Disponible du lun\. 6 janv\. 2020 au ven\. 10 janv\. 2020 · source : saisie par l’agence/)
  })

  test.each(['0', '999999', 'abc', '-1', '1e3', '99999999999999999999'])('%s is nobody', async (id) => {
    expect((await recruiter.get(`/candidates/${id}`)).status).toBe(404)
    expect((await recruiter.get(`/candidates/${id}/timeline`)).status).toBe(404)
  })

  test('of another company does not exist, whatever one tries', async () => {
    for (const address of [`/candidates/${foreignId}`, `/candidates/${foreignId}/timeline`, `/candidates/${foreignId}/opt-out?e164=%2B33639980001`]) {
      expect((await recruiter.get(address)).status).toBe(404)
    }
    expect((await recruiter.post(recruiter.home, `/candidates/${foreignId}/notes`, { body: 'Bonjour' })).status).toBe(404)
    expect(await database.db.selectFrom('follow_up_note').selectAll().where('candidate_id', '=', foreignId).execute()).toEqual([])
    expect((await stranger.get(`/candidates/${foreignId}`)).heading).toBe('Autre Agence')
  })
})

describe('a follow-up note', () => {
  test('is added under its author’s name', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const done = await recruiter.submit(await recruiter.get(`/candidates/${id}`), { body: '  Rappeler lundi.\r\nAime le matin <b>  ' }, { form: '/notes' })
    expect(done.url).toBe(`/candidates/${id}`)
    expect(plain(done.text)).toContain('La note de suivi est ajoutée.')
    expect(plain(done.text)).toMatch(/Note de suivi maintenant Rappeler lundi\. Aime le matin <b> par Nadia Benali/)
  })

  test('must say something, and not too much; what was typed stays', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const page = await recruiter.get(`/candidates/${id}`)
    const empty = await recruiter.submit(page, { body: ' \n ' }, { form: '/notes' })
    expect(empty.status).toBe(422)
    expect(plain(empty.text)).toContain('Écrivez la note avant de l’ajouter')
    expect(empty.title).toMatch(/^Erreur/)
    const long = await recruiter.submit(page, { body: 'x'.repeat(4001) }, { form: '/notes' })
    expect(long.status).toBe(422)
    expect(plain(long.text)).toMatch(/La note doit tenir en 4 000 caractères : elle en compte 4 001/)
    expect(long.html).toContain('x'.repeat(4001))
  })

  test('is not for readers', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const page = await reader.get(`/candidates/${id}`)
    expect(page.html).not.toContain('/notes"')
    expect((await reader.post(page, `/candidates/${id}/notes`, { body: 'x' })).status).toBe(403)
  })
})

describe('an opt-out told to a recruiter', () => {
  test('is confirmed, recorded under the recruiter, and told twice only once', async () => {
    const person = await makeCandidate(database.db, scope, { firstName: 'Lou', lastName: 'Petit' })
    const record = await recruiter.get(`/candidates/${person.id}`)
    const confirm = await recruiter.get(links(record).find(({ text }) => text === 'Désinscrire des SMS')?.href ?? '')
    expect(plain(confirm.heading)).toBe('Désinscrire Lou Petit des SMS ?')
    expect((await findPhone(database.db, scope, person.e164!))?.opted_out_at ?? null).toBeNull()
    const done = await recruiter.submit(confirm)
    expect(plain(done.text)).toMatch(/06.39.98.\d\d.\d\d ne recevra plus de SMS de votre agence/)
    expect(plain(done.text)).toContain('saisi par l’agence, par Nadia Benali')
    expect(await findPhone(database.db, scope, person.e164!)).toMatchObject({ opt_out_source: 'recruiter', opted_out_by: userId })
    expect((await recruiter.submit(confirm)).text).toContain('était déjà désinscrit')
  })

  test('takes only a number of that record', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const other = await makeCandidate(database.db, scope)
    for (const e164 of [other.e164!, '+33639989999', 'x', '']) {
      expect((await recruiter.post(recruiter.home, `/candidates/${id}/opt-out`, { e164 })).status).toBe(404)
    }
    expect((await findPhone(database.db, scope, other.e164!))?.opted_out_at ?? null).toBeNull()
    expect((await reader.post(reader.home, `/candidates/${id}/opt-out`, { e164: 'x' })).status).toBe(403)
  })
})

describe('the timeline', () => {
  let person: { id: number; e164: string | null }
  let shared: { id: number; e164: string | null }

  beforeAll(async () => {
    const { db } = database
    person = await makeCandidate(db, scope, { firstName: 'Fatou', lastName: 'Sow' })
    shared = await makeCandidate(db, scope, { firstName: 'Ami', lastName: 'Sow', mobile: person.e164 })
    const contact = await makeContact(db, scope, person, {
      userId, senderId, campaignName: 'Chantier Confluence', sharedWith: [shared.id], at: '2026-11-20T08:00:00Z', body: 'Bonjour Fatou',
      answer: { choice: 'no', from: '2026-12-07', comment: 'pas de chaussures de sécurité', at: '2026-11-20T09:00:00Z' },
    })
    await makeContact(db, scope, person, { userId, senderId, at: '2026-11-10T08:00:00Z', state: 'undelivered', failureReason: 'temporary', body: 'Premier essai' })
    await makeContact(db, scope, person, { userId, senderId, at: '2026-11-09T08:00:00Z', state: 'skipped', failureReason: 'something new', body: 'Jamais parti' })
    await db.insertInto('answer_version').values({ company_id: scope.companyId, recipient_id: contact.recipientId, version: 2, form_id: crypto.randomUUID(), choice: 'yes', source: 'link', answered_at: new Date('2026-11-20T09:30:00Z') }).execute()
    await db.insertInto('reply').values({ company_id: scope.companyId, e164: person.e164!, sender: '38047', body: 'oui lundi', candidate_id: person.id, provider_id: 'r-1', received_at: new Date('2026-11-20T10:00:00Z') }).execute()
    await recordOptOut(db, scope, { e164: person.e164!, source: 'sms' })
    await recordOptIn(db, scope, { e164: person.e164!, source: 'sms' })
    await db.transaction().execute(async (trx) => {
      await setAvailability(trx, scope, { candidateId: person.id, availability: 'unavailable', from: null, until: null, source: 'answer', way: 'link', campaignId: contact.campaignId })
      await addFollowUpNote(trx, scope, { candidateId: person.id, kind: 'automatic', campaignId: contact.campaignId, recipientId: contact.recipientId, body: 'retour SMS : pas de chaussures de sécurité' })
    })
    const file = await db
      .insertInto('candidate_import')
      .values({ company_id: scope.companyId, user_id: userId, file_name: 'candidats.csv', status: 'completed', encoding: 'utf-8', delimiter: ';', header: '[]', finished_at: new Date('2026-10-01T08:00:00Z') })
      .returning('id')
      .executeTakeFirstOrThrow()
    await db.insertInto('candidate_import_row').values({ company_id: scope.companyId, import_id: file.id, line: 12, record: '{}', action: 'create', candidate_id: person.id, applied: true }).execute()
  })

  test('tells everything that happened, newest first', async () => {
    const text = plain((await recruiter.get(`/candidates/${person.id}`)).text)
    const told = [
      'Note de suivi automatique', 'retour SMS : pas de chaussures de sécurité', 'Disponibilité', 'Indisponible', 'Réinscription aux SMS', 'START par SMS', 'Désinscription des SMS', 'STOP par SMS',
      'SMS reçu, non lu', 'oui lundi', 'A corrigé sa réponse : OUI', 'A répondu NON', 'Disponible dès lun. 7 déc.', 'pas de chaussures de sécurité',
      'SMS envoyé', 'Bonjour Fatou', 'Remis', 'Chantier Confluence', 'Premier essai', 'Non remis : téléphone injoignable pour l’instant', 'SMS non envoyé', 'Jamais parti', 'Bloqué',
      'Fiche créée par import', 'Fichier candidats.csv, ligne 12', 'par Nadia Benali',
    ]
    let from = text.indexOf('Imports')
    for (const words of told) {
      const at = text.indexOf(words, from)
      expect(at, `« ${words} » after ${text.slice(from, from + 60)}`).toBeGreaterThanOrEqual(0)
      from = at
    }
  })

  test.each([
    ['notes', ['Note de suivi automatique']],
    ['answers', ['A corrigé sa réponse : OUI', 'A répondu NON']],
    ['consent', ['Réinscription aux SMS', 'Désinscription des SMS']],
    ['imports', ['Fiche créée par import']],
    ['sms', ['SMS reçu, non lu', 'SMS envoyé', 'SMS envoyé', 'SMS non envoyé']],
  ])('shows %s alone, as a part of its own too', async (kind, headings) => {
    for (const page of [await recruiter.get(`/candidates/${person.id}?kind=${kind}`), await recruiter.fragment(`/candidates/${person.id}/timeline?kind=${kind}`)]) {
      expect([...page.html.matchAll(/<p class="head"><span>([^<]*)<\/span>/g)].map(([, heading]) => plain(heading ?? ''))).toEqual(headings)
    }
  })

  test('shows a message on every record with its number, and says whom it greets', async () => {
    const { text } = await recruiter.get(`/candidates/${shared.id}`)
    expect(text).toContain('Bonjour Fatou')
    expect(text).toContain('Le message salue une autre fiche qui a le même numéro.')
    expect(text).not.toContain('A répondu NON')
  })

  test('pages by key: every event once, also when many share a moment', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const at = new Date('2026-11-01T10:00:00Z')
    await database.db.insertInto('follow_up_note').values(Array.from({ length: 75 }, (_, n) => ({ company_id: scope.companyId, candidate_id: id, kind: 'manual', user_id: userId, body: `n${String(n).padStart(2, '0')}`, created_at: at }))).execute()
    let page = await recruiter.fragment(`/candidates/${id}/timeline`)
    const seen: string[] = []
    for (;;) {
      seen.push(...[...page.text.matchAll(/\bn\d\d\b/g)].map(String))
      const older = links(page).find(({ text }) => text === 'Événements plus anciens')
      if (!older) break
      page = await recruiter.fragment(older.href.replace(/^(\/candidates\/\d+)(\?[^#]*).*/, '$1/timeline$2'))
    }
    expect(seen).toEqual(Array.from({ length: 75 }, (_, n) => `n${String(74 - n).padStart(2, '0')}`))
  })
})
