import { sql, type Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { up } from '../../migrations/20261122T0440_tell_ways_of_answers.ts'
import { setAvailabilityByHand } from '../../src/candidates/availability.commands.ts'
import { setAvailability } from '../../src/candidates/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
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
let foreign: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db)
  ;({ scope, senderId } = company)
  const user = await makeUser(database.db, scope, { name: 'Nadia Benali' })
  userId = user.id
  recruiter = await app.signIn(user)
  reader = await app.signIn(await makeUser(database.db, scope, { role: 'reader' }))
  foreign = (await makeCandidate(database.db, (await makeCompany(database.db)).scope)).id
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
type Change = Parameters<typeof setAvailability>[2]
const set = (change: Change) => database.db.transaction().execute((trx) => setAvailability(trx, scope, change))
const record = (id: number) => database.db.selectFrom('candidate').select(['availability', 'available_from', 'available_until']).where('id', '=', id).executeTakeFirstOrThrow()
const history = (id: number) => database.db.selectFrom('availability_change').select(['availability', 'source', 'answer_source']).where('candidate_id', '=', id).orderBy('id').execute()

describe('the history of an availability', () => {
  test('tells every word, newest first: from whom, by which way, what took its place, and what holds', async () => {
    const person = await makeCandidate(database.db, scope, { firstName: 'Amadou', lastName: 'Traoré' })
    const { campaignId } = await makeContact(database.db, scope, person, { userId, senderId, campaignName: 'Coffreurs S48' })
    const candidateId = person.id
    await set({ candidateId, availability: 'available', from: '2020-01-06', until: '2020-01-10', source: 'import', userId })
    await set({ candidateId, availability: 'unavailable', from: null, until: null, source: 'answer', way: 'link', campaignId })
    await set({ candidateId, availability: 'available', from: '2099-02-02', until: null, source: 'answer', way: 'reply', campaignId })
    await set({ candidateId, availability: 'available', from: '2099-02-09', until: null, source: 'answer', way: 'recruiter', campaignId, userId })
    await set({ candidateId, availability: 'available', from: '2099-02-16', until: '2099-02-20', source: 'recruiter', userId })
    const page = await reader.get(`/candidates/${candidateId}/periods`)
    expect(plain(page.heading)).toBe('Historique des disponibilités : Amadou Traoré')
    const text = plain(page.text)
    const order = [
      /Disponible du lun\. 16 févr\. 2099 au ven\. 20 févr\. 2099 .+? En vigueur\. saisie par Nadia Benali/,
      /Disponible dès lun\. 9 févr\. 2099 .+? Remplacé le .+? par : Disponible du lun\. 16 févr\. 2099 au ven\. 20 févr\. 2099 \(saisie par l’agence\)\. réponse au téléphone, notée par Nadia Benali Coffreurs S48/,
      /Disponible dès lun\. 2 févr\. 2099 .+? Remplacé le .+? \(réponse au téléphone\)\. réponse du candidat par SMS Coffreurs S48/,
      /Indisponible .+? Remplacé le .+? \(réponse du candidat par SMS\)\. réponse du candidat par le lien Coffreurs S48/,
      /Disponible du lun\. 6 janv\. 2020 au ven\. 10 janv\. 2020 .+? Remplacé le .+? par : Indisponible \(réponse du candidat par le lien\)\. import de Nadia Benali/,
    ].map((pattern) => text.search(pattern))
    expect(order.every((at, n) => at > (order[n - 1] ?? 0)), String(order)).toBe(true)
    expect(links(page).find(({ text: words }) => words === 'Suivi')?.href).toBe(`/candidates/${candidateId}`)
  })

  test('says that a period is over, and the record counts it no longer', async () => {
    const { id } = await makeCandidate(database.db, scope, { lastName: 'Passé' })
    await set({ candidateId: id, availability: 'available', from: '2020-01-06', until: '2020-01-10', source: 'recruiter', userId })
    expect(plain((await recruiter.get(`/candidates/${id}/periods`)).text)).toContain('Terminé : la disponibilité est de nouveau non précisée.')
    expect(plain((await recruiter.get('/candidates?q=passe')).text)).toContain('Non précisé')
    expect(plain((await recruiter.get('/candidates?q=passe&availability=available')).text)).toContain('Aucun candidat')
    expect(plain((await recruiter.get('/availability?q=passe')).text)).toContain('Non précisé')
  })

  test('goes page by page, and nobody else’s is there', async () => {
    const { id } = await makeCandidate(database.db, scope)
    expect(plain((await recruiter.get(`/candidates/${id}/periods`)).text)).toContain('Personne n’a encore indiqué de disponibilité.')
    for (let n = 0; n < 32; n++) await set({ candidateId: id, availability: 'available', from: `2099-03-${String(1 + (n % 28)).padStart(2, '0')}`, until: null, source: 'recruiter', userId })
    const first = await recruiter.get(`/candidates/${id}/periods`)
    const older = links(first).find(({ text }) => text === 'Plus anciennes')!
    const second = await recruiter.get(older.href)
    expect([first, second].map(({ html }) => html.match(/class="head"/g)?.length)).toEqual([30, 2])
    expect(plain(second.text)).not.toContain('En vigueur')
    for (const url of [`/candidates/${foreign}/periods`, `/contacts/${id}/periods`, '/candidates/abc/periods']) expect((await recruiter.get(url)).status).toBe(404)
    expect((await recruiter.get(`/candidates/${id}/periods?before=abc`)).status).toBe(200)
  })

  test('the banner names the way of the answer', async () => {
    const person = await makeCandidate(database.db, scope)
    const { campaignId } = await makeContact(database.db, scope, person, { userId, senderId, campaignName: 'Grutiers S49' })
    for (const [way, words] of [['link', 'réponse du'], ['reply', 'réponse par SMS du'], ['recruiter', 'réponse au téléphone du']] as const) {
      await set({ candidateId: person.id, availability: 'unavailable', from: null, until: null, source: 'answer', way, campaignId })
      expect(plain((await recruiter.get(`/candidates/${person.id}`)).text)).toContain(`source : campagne « Grutiers S49 », ${words}`)
    }
  })
})

describe('an answer that comes while a recruiter is typing', () => {
  test('is not written over: both are told, what was typed stays, and the recruiter decides', async () => {
    const person = await makeCandidate(database.db, scope)
    const { campaignId } = await makeContact(database.db, scope, person, { userId, senderId })
    const form = await recruiter.get(`/candidates/${person.id}/availability`)
    await set({ candidateId: person.id, availability: 'available', from: '2099-11-23', until: null, source: 'answer', way: 'reply', campaignId })
    const refused = await recruiter.submit(form, { state: 'available', from: '2099-12-07', until: '2099-12-11' })
    expect(refused.status).toBe(409)
    expect(plain(refused.text)).toMatch(/La disponibilité a changé pendant votre saisie\. Reçu entre-temps : Disponible dès lun\. 23 nov\. 2099 \(réponse du candidat par SMS, le .+?\)/)
    expect(refused.html).toContain('value="2099-12-07"')
    expect(await record(person.id)).toMatchObject({ available_from: '2099-11-23' })
    expect(links(refused).find(({ text }) => text === 'Garder l’information reçue')?.href).toBe(`/candidates/${person.id}`)
    // Another one in between is told again.
    await set({ candidateId: person.id, availability: 'unavailable', from: null, until: null, source: 'answer', way: 'link', campaignId })
    const again = await recruiter.submit(refused, {})
    expect([again.status, plain(again.text)]).toEqual([409, expect.stringContaining('Indisponible (réponse du candidat par le lien')])
    const saved = await recruiter.submit(again, {})
    expect(saved.status).toBe(200)
    expect(await record(person.id)).toEqual({ availability: 'available', available_from: '2099-12-07', available_until: '2099-12-11' })
    expect((await history(person.id)).map(({ source, answer_source }) => answer_source ?? source)).toEqual(['reply', 'link', 'recruiter'])
  })

  test('a form sent twice, and one that says what the answer says, have nothing to decide', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const form = await recruiter.get(`/candidates/${id}/availability`)
    for (let n = 0; n < 2; n++) expect((await recruiter.submit(form, { state: 'available', from: '2099-12-07' })).status).toBe(200)
    expect(await history(id)).toHaveLength(1)
    const wrong = await recruiter.submit(await recruiter.get(`/candidates/${id}/availability`), { state: 'available', from: '2099-02-31' })
    expect(wrong.status).toBe(422)
    expect((await recruiter.submit(wrong, { from: '2099-02-01' })).status).toBe(200)
  })

  test('at the same moment: whoever comes second has seen the first, or is told', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const typed = { candidateId: id, userId, seen: 0, from: null, until: null }
    const [one, other] = await Promise.all([setAvailabilityByHand(database, scope, { ...typed, availability: 'unavailable' }), setAvailabilityByHand(database, scope, { ...typed, availability: 'available' })])
    expect([one.ok, other.ok].filter(Boolean)).toHaveLength(1)
    expect(await history(id)).toHaveLength(1)
    // An answer waits for a recruiter who is saving, and stands last.
    const byHand = database.db.transaction().execute(async (trx) => {
      await sql`select from candidate where id = ${id} for no key update`.execute(trx)
      const answer = set({ candidateId: id, availability: 'available', from: '2099-05-05', until: null, source: 'answer', way: 'link' })
      await setAvailability(trx, scope, { candidateId: id, availability: 'unknown', from: null, until: null, source: 'recruiter', userId })
      return { answer }
    })
    await (await byHand).answer
    expect(await record(id)).toMatchObject({ availability: 'available', available_from: '2099-05-05' })
    expect((await history(id)).at(-1)).toMatchObject({ source: 'answer' })
  })

  test('nobody writes on the record of another company', async () => {
    await expect(set({ candidateId: foreign, availability: 'available', from: null, until: null, source: 'recruiter', userId })).rejects.toThrow('is not there')
    expect(await setAvailabilityByHand(database, scope, { candidateId: foreign, userId, seen: 0, availability: 'available', from: null, until: null })).toMatchObject({ ok: false, reason: 'not_found' })
    expect(await history(foreign)).toEqual([])
  })
})

test('what was known before ways were written down is told as far as it can be', async () => {
  const { db } = database
  const [texted, called, unknown] = await Promise.all(['Texto', 'Appel', 'Ancien'].map((lastName) => makeCandidate(db, scope, { lastName, availability: 'available' })))
  for (const [person, source] of [[texted, 'reply'], [called, 'recruiter']] as const) {
    const { campaignId, recipientId } = await makeContact(db, scope, person!, { userId, senderId, answer: { choice: 'yes', at: '2026-11-20T10:00:00.000Z' } })
    await db.updateTable('answer_version').set({ source }).where('recipient_id', '=', recipientId).execute()
    await db.insertInto('availability_change').values({ company_id: scope.companyId, candidate_id: person!.id, availability: 'available', source: 'answer', campaign_id: campaignId, at: new Date('2026-11-20T10:00:00.004Z') }).execute()
  }
  await sql`alter table availability_change drop column answer_source`.execute(db)
  await up(db as unknown as Kysely<never>)
  expect([await history(texted!.id), await history(called!.id), await history(unknown!.id)]).toMatchObject([[{ answer_source: 'reply' }], [{ answer_source: 'recruiter' }], [{ source: 'import', answer_source: null }]])
})
