import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPhone, recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import { OPT_OUT_SOURCES, mayLift } from '../../src/consent/domain.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp } from '../support/app.ts'
import type { SignedIn, TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { fictionalMobile, makeCandidate } from '../support/factories/candidates.ts'
import { links, type Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let userId: number
let recruiter: SignedIn
let helper: SignedIn
let foreignId: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scope = (await makeCompany(database.db)).scope
  const user = await makeUser(database.db, scope, { name: 'Nadia Benali' })
  userId = user.id
  recruiter = await app.signIn(user)
  helper = await app.signIn(await makeUser(database.db, scope, { name: 'Sans Droit', privileges: ['candidates.view', 'candidates.edit'] }))
  foreignId = (await makeCandidate(database.db, (await makeCompany(database.db)).scope)).id
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const section = (page: Page) => plain(page.text).slice(plain(page.text).indexOf('Vie privée'))
const consent = (id: number) => database.db.selectFrom('candidate').select(['consent_given', 'consent_source']).where('id', '=', id).executeTakeFirstOrThrow()
const reason = async (id: number) => (await database.db.selectFrom('candidate_textability').select('reason').where('candidate_id', '=', id).executeTakeFirstOrThrow()).reason
const isOut = async (e164: string) => (await findPhone(database.db, scope, e164))?.opted_out_at instanceof Date

describe('consent', () => {
  test('is given with a source and a day, told with who wrote it down, and kept apart from opt-outs (S7, S42)', async () => {
    const person = await makeCandidate(database.db, scope, { firstName: 'Inès', lastName: 'Morel', consent: false })
    expect(await reason(person.id)).toBe('no_consent')
    const record = await recruiter.get(`/candidates/${person.id}`)
    expect(section(record)).toMatch(/Consentement SMS Non donné .*Opposition \(STOP\).*Pas d’opposition/)
    const form = await recruiter.get(links(record).find(({ text }) => text === 'Modifier le consentement')?.href ?? '')
    expect(form.heading).toMatch(/Consentement SMS.: Inès Morel/)
    const page = await recruiter.submit(form, { consent: 'given', source: 'Entretien', said_on: '2026-03-12' })
    expect(section(page)).toMatch(/Consentement SMS Donné source : Entretien · le jeudi 12 mars 2026 · noté par Nadia Benali/)
    expect(section(page)).toMatch(/Opposition \(STOP\).*Pas d’opposition/)
    expect(plain(page.text)).toMatch(/Consentement SMS donné maintenant source : Entretien, le jeu. 12 mars 2026 · par Nadia Benali/)
    expect(await reason(person.id)).toBeNull()
  })

  test('withdrawn forbids SMS and leaves the numbers alone; given again does not lift an opt-out', async () => {
    const person = await makeCandidate(database.db, scope, { consent: true })
    await recruiter.submit(await recruiter.get(`/candidates/${person.id}/consent`), { consent: 'missing', source: 'E-mail', said_on: '2026-03-12' })
    expect([await reason(person.id), await isOut(person.e164!)]).toEqual(['no_consent', false])
    await recordOptOut(database.db, scope, { e164: person.e164!, source: 'sms' })
    await recruiter.submit(await recruiter.get(`/candidates/${person.id}/consent`), { consent: 'given', source: 'Contrat', said_on: '2026-03-13' })
    expect([await reason(person.id), await isOut(person.e164!)]).toEqual(['opted_out', true])
    expect((await recruiter.fragment(`/candidates/${person.id}/timeline?kind=consent`)).text).toMatch(/Consentement SMS donné.*Désinscription des SMS.*Consentement SMS retiré ou refusé/)
  })

  test('needs an answer, a source and a day that has come; what was typed stays', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const form = await recruiter.get(`/candidates/${id}/consent`)
    const empty = await recruiter.submit(form, { said_on: '' })
    expect(empty.status).toBe(422)
    for (const words of ['Choisissez oui ou non', 'Dites d’où vient l’information', 'Indiquez le jour']) expect(plain(empty.text)).toContain(words)
    const future = await recruiter.submit(form, { consent: 'missing', source: 'Téléphone', said_on: '2199-01-01' })
    expect([future.status, plain(future.text)]).toEqual([422, expect.stringContaining('Ce jour n’est pas encore venu')])
    expect(future.html).toContain('value="Téléphone"')
    expect((await recruiter.submit(form, { consent: 'given', source: 'x'.repeat(201), said_on: '2026-01-01' })).status).toBe(422)
    expect(await consent(id)).toEqual({ consent_given: true, consent_source: 'formulaire' })
  })

  test('that a colleague changed meanwhile is told, not replaced (409)', async () => {
    const { id } = await makeCandidate(database.db, scope)
    const form = await recruiter.get(`/candidates/${id}/consent`)
    await recruiter.submit(await recruiter.get(`/candidates/${id}/consent`), { consent: 'missing', source: 'E-mail', said_on: '2026-03-12' })
    const refused = await recruiter.submit(form, { consent: 'given', source: 'Entretien', said_on: '2026-03-11' })
    expect(refused.status).toBe(409)
    expect(plain(refused.text)).toContain('Voici ce qui est noté maintenant : Non donné, source : E-mail')
    expect(refused.html).toContain('value="Entretien"')
    expect(await consent(id)).toEqual({ consent_given: false, consent_source: 'E-mail' })
    await recruiter.submit(refused)
    expect(await consent(id)).toEqual({ consent_given: true, consent_source: 'Entretien' })
  })

  test('is for who holds the right, in the own company', async () => {
    const { id } = await makeCandidate(database.db, scope)
    expect((await helper.get(`/candidates/${id}`)).text).not.toContain('Modifier le consentement')
    expect((await helper.get(`/candidates/${id}/consent`)).status).toBe(403)
    expect((await helper.post(helper.home, `/candidates/${id}/consent`, { consent: 'given', source: 'x', said_on: '2026-01-01' })).status).toBe(403)
    expect((await recruiter.get(`/candidates/${foreignId}/consent`)).status).toBe(404)
    expect((await recruiter.post(recruiter.home, `/candidates/${foreignId}/consent`, { consent: 'given', source: 'x', said_on: '2026-01-01' })).status).toBe(404)
  })
})

describe('an opt-out', () => {
  test('that the agency wrote down is taken back by it, with a question first', async () => {
    const person = await makeCandidate(database.db, scope, { firstName: 'Luc', lastName: 'Noir' })
    await recordOptOut(database.db, scope, { e164: person.e164!, source: 'recruiter', userId })
    const record = await recruiter.get(`/candidates/${person.id}`)
    const ask = await recruiter.get(links(record).find(({ text }) => text === 'Réinscrire aux SMS')?.href ?? '')
    expect(plain(ask.heading)).toBe('Réinscrire Luc Noir aux SMS ?')
    const page = await recruiter.submit(ask, { reason: 'Il a rappelé' })
    expect(plain(page.text)).toMatch(/peut de nouveau recevoir des SMS/)
    expect(await isOut(person.e164!)).toBe(false)
    expect(plain((await recruiter.submit(ask, { reason: 'Il a rappelé' })).text)).toContain('n’était pas désinscrit')
  })

  test.each(['sms', 'page', 'provider'] as const)('by %s is not the agency’s to take back (S103)', async (source) => {
    const person = await makeCandidate(database.db, scope)
    await recordOptOut(database.db, scope, { e164: person.e164!, source })
    const record = await recruiter.get(`/candidates/${person.id}`)
    expect(links(record).map(({ text }) => text)).not.toContain('Réinscrire aux SMS')
    expect(section(record)).toContain(source === 'provider' ? 'L’opérateur refuse les SMS' : 'Seule la personne peut revenir sur son STOP')
    const page = await recruiter.post(recruiter.home, `/candidates/${person.id}/opt-in`, { e164: person.e164! })
    expect(plain(page.text)).toContain('reste désinscrit')
    expect(await isOut(person.e164!)).toBe(true)
  })

  test.each(OPT_OUT_SOURCES)('by %s is lifted by a recruiter exactly where the rule says so', async (source) => {
    const e164 = fictionalMobile(9_000 + OPT_OUT_SOURCES.indexOf(source))
    await recordOptOut(database.db, scope, { e164, source })
    expect(await recordOptIn(database.db, scope, { e164, source: 'recruiter', userId })).toBe(mayLift({ opt_out_source: source, opted_out_by: null }))
    // The person may always.
    expect(await recordOptIn(database.db, scope, { e164, source: 'sms' })).toBe(!mayLift({ opt_out_source: source, opted_out_by: null }))
  })

  test('written down by the agency is no way around a STOP that comes after it', async () => {
    const person = await makeCandidate(database.db, scope)
    await recordOptOut(database.db, scope, { e164: person.e164!, source: 'recruiter', userId })
    expect(await recordOptOut(database.db, scope, { e164: person.e164!, source: 'sms' })).toBe(true)
    await recruiter.post(recruiter.home, `/candidates/${person.id}/opt-in`, { e164: person.e164! })
    expect(await findPhone(database.db, scope, person.e164!)).toMatchObject({ opt_out_source: 'sms', opted_out_at: expect.any(Date) })
    // And the other way round the STOP stays what it was.
    expect(await recordOptOut(database.db, scope, { e164: person.e164!, source: 'recruiter', userId })).toBe(false)
    expect(await findPhone(database.db, scope, person.e164!)).toMatchObject({ opt_out_source: 'sms' })
  })

  test('is lifted only on a number of that record, by who holds the right', async () => {
    const person = await makeCandidate(database.db, scope)
    await recordOptOut(database.db, scope, { e164: person.e164!, source: 'recruiter', userId })
    const other = await makeCandidate(database.db, scope)
    for (const e164 of [person.e164!, '+33639989999', 'x']) expect((await recruiter.post(recruiter.home, `/candidates/${other.id}/opt-in`, { e164 })).status).toBe(404)
    expect((await helper.post(helper.home, `/candidates/${person.id}/opt-in`, { e164: person.e164! })).status).toBe(403)
    expect((await helper.get(`/candidates/${person.id}`)).text).not.toContain('Réinscrire aux SMS')
    expect(await isOut(person.e164!)).toBe(true)
  })
})
