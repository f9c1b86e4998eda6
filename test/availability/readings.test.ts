import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { readReplies } from '../../src/availability/readings.commands.ts'
import { addDays, dateIn, nextMonday } from '../../src/core/dates.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeInvitation, type Invitation } from '../support/factories/landing.ts'

let test: TestDatabase
let app: TestApp
beforeAll(async () => {
  test = await createTestDatabase()
  app = await startTestApp(test)
})
afterAll(async () => {
  await app.close()
  await test.close()
})

const plain = (words: string) => words.replace(/[\u00a0\u202f]/g, ' ')
const log = pino({ level: 'silent' })
const read = () => readReplies({ db: test.db, log })
const today = () => dateIn('Europe/Paris', new Date())

let texts = 0
/** A text that came in, as the webhook stores it; `minutesAgo`: when it was sent. */
async function text(invitation: Invitation, body: string, given: { minutesAgo?: number; isAutomatic?: boolean; handledAs?: string; keyword?: string } = {}): Promise<number> {
  const at = new Date(Date.now() - (given.minutesAgo ?? 0) * 60_000)
  const { id } = await test.db.insertInto('reply').values({
    company_id: invitation.company.id, e164: invitation.e164, sender: '33700000000', body, provider_id: `text ${++texts}`, received_at: at, said_at: at,
    candidate_id: invitation.candidateId, campaign_id: invitation.campaignId, recipient_id: invitation.recipientId,
    is_automatic: given.isAutomatic ?? false, handled_as: given.handledAs ?? 'text', keyword: given.keyword ?? 'none',
  }).returning('id').executeTakeFirstOrThrow()
  return id
}
const reply = (id: number) => test.db.selectFrom('reply').select(['reading_state', 'reading', 'reading_by', 'handled_as', 'read_at']).where('id', '=', id).executeTakeFirstOrThrow()
const versions = ({ recipientId }: Invitation) => test.db.selectFrom('answer_version').select(['version', 'choice', 'available_from', 'available_until', 'comment', 'source', 'answered_by']).where('recipient_id', '=', recipientId).orderBy('version').execute()
const record = ({ candidateId }: Invitation) => test.db.selectFrom('candidate').select(['availability', 'available_from']).where('id', '=', candidateId).executeTakeFirstOrThrow()
const notes = async ({ recipientId }: Invitation) => (await test.db.selectFrom('follow_up_note').select('body').where('recipient_id', '=', recipientId).orderBy('id').execute()).map(({ body }) => plain(body))
const journal = ({ company }: Invitation) => test.db.selectFrom('journal').select(['action', 'subject_kind', 'user_id']).where('company_id', '=', company.id).where('action', 'in', ['candidate.answered', 'reply.confirmed', 'reply.dismissed']).orderBy('id').execute()

async function recruiter(invitation: Invitation, given: { name?: string; language?: 'fr' | 'en' } = {}) {
  const user = await makeUser(test.db, invitation.scope, { name: given.name ?? 'Claire Martin', language: given.language ?? 'fr' })
  return { user, visitor: await app.signIn(user) }
}

describe('a certain text', () => {
  it('is an answer like any other, told as received by SMS, once', async () => {
    const invitation = await makeInvitation(test.db)
    const id = await text(invitation, 'Oui dispo à partir de demain, pointure 42')
    await Promise.all([read(), read()])
    await read()
    const tomorrow = addDays(today(), 1)
    expect(await versions(invitation)).toEqual([{ version: 1, choice: 'yes', available_from: tomorrow, available_until: null, comment: 'pointure 42', source: 'reply', answered_by: null }])
    expect(await record(invitation)).toEqual({ availability: 'available', available_from: tomorrow })
    expect(await reply(id)).toMatchObject({ reading_state: 'applied', handled_as: 'answer', read_at: expect.any(Date) })
    expect(await notes(invitation)).toEqual([expect.stringMatching(/^Réponse OUI .*\nDisponible à partir du .*\nReçue par SMS\nretour SMS : pointure 42$/)])
  })

  it('waits when the reader dies, and is read by the next', async () => {
    const invitation = await makeInvitation(test.db)
    const id = await text(invitation, 'oui')
    await sql`alter table follow_up_note add constraint no_notes check (body = '') not valid`.execute(test.db)
    expect(await read()).toBe(0)
    expect(await versions(invitation)).toEqual([])
    expect(await reply(id)).toMatchObject({ reading_state: 'waiting' })
    await sql`alter table follow_up_note drop constraint no_notes`.execute(test.db)
    expect(await read()).toBe(1)
    expect(await versions(invitation)).toHaveLength(1)
  })

  it('joins the history of the link’s answers; the newest word wins (S94)', async () => {
    const invitation = await makeInvitation(test.db)
    await recordAnswer(test, invitation.scope, invitation.recipientId, { choice: 'yes', availableFrom: '2030-01-07', availableUntil: null, comment: 'permis B', formId: randomUUID(), baseVersion: 0, source: 'link' })
    await text(invitation, 'oui')
    await read()
    expect(await versions(invitation), 'a bare YES says nothing new').toHaveLength(1)
    await text(invitation, 'non')
    await read()
    expect((await versions(invitation)).map(({ choice, source }) => [choice, source])).toEqual([['yes', 'link'], ['no', 'reply']])
    expect(await record(invitation)).toEqual({ availability: 'unavailable', available_from: '2030-01-07' })
  })

  it('that was sent before the answer there is changes nothing', async () => {
    const invitation = await makeInvitation(test.db)
    const id = await text(invitation, 'non', { minutesAgo: 10 })
    await recordAnswer(test, invitation.scope, invitation.recipientId, { choice: 'yes', availableFrom: '2030-01-07', availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
    await read()
    expect((await versions(invitation)).map(({ choice }) => choice)).toEqual(['yes'])
    expect(await reply(id)).toMatchObject({ reading_state: 'dismissed' })
  })

  it('of two, the one sent later wins, whichever is read first', async () => {
    const invitation = await makeInvitation(test.db)
    await text(invitation, 'non', { minutesAgo: 1 })
    await read()
    await text(invitation, 'oui', { minutesAgo: 2 })
    await read()
    expect((await versions(invitation)).map(({ choice }) => choice)).toEqual(['no'])
  })

  it('says only YES or NO in a simple campaign', async () => {
    const invitation = await makeInvitation(test.db, { kind: 'simple', availability: 'available', availableFrom: '2030-01-07' })
    await text(invitation, 'Non, pas avant le 15')
    await read()
    expect(await versions(invitation)).toMatchObject([{ choice: 'no', available_from: null, comment: 'pas avant le 15' }])
    expect(await record(invitation)).toEqual({ availability: 'available', available_from: '2030-01-07' })
  })

  it.each([
    ['to a closed campaign', 'oui', {}, { closedAt: new Date('2026-11-01') }],
    ['a STOP', 'STOP', { keyword: 'stop', handledAs: 'stop' }, {}],
    ['written by a machine', 'oui', { isAutomatic: true }, {}],
    ['that may be a STOP', 'oui', { handledAs: 'review' }, {}],
    ['about something else', 'Merci beaucoup', {}, {}],
  ])('%s is none', async (_, body, given, campaign) => {
    const invitation = await makeInvitation(test.db, campaign)
    const id = await text(invitation, body, given)
    await read()
    expect(await reply(id)).toMatchObject({ reading_state: 'none', reading: null })
    expect(await versions(invitation)).toEqual([])
  })
})

describe('an uncertain text', () => {
  it('changes nothing until somebody confirms how it was read (once)', async () => {
    const invitation = await makeInvitation(test.db)
    const id = await text(invitation, 'oui si c’est à Lyon')
    await read()
    expect(await reply(id)).toMatchObject({ reading_state: 'uncertain', reading: { choice: 'yes', doubts: ['condition'] }, handled_as: 'text' })
    expect([await versions(invitation), await notes(invitation)]).toEqual([[], []])
    expect(await test.db.selectFrom('notification').select(['kind', 'campaign_id']).where('dedupe_key', '=', `reading:${id}`).execute()).toEqual([{ kind: 'reading_uncertain', campaign_id: invitation.campaignId }])

    const { user, visitor } = await recruiter(invitation)
    const page = await visitor.get(`/campaigns/${invitation.campaignId}`)
    expect(plain(page.text)).toMatch(/Une réponse par SMS à vérifier.*oui si c’est à Lyon.*Compris : OUI.*À vérifier : Une condition ou une réserve/)
    const [done, again] = [await visitor.submit(page, {}, { form: `/readings/${id}`, button: 'Confirmer' }), await visitor.submit(page, {}, { form: `/readings/${id}`, button: 'Confirmer' })]
    expect([done, again].map(({ url, text: words }) => [url, plain(words).includes('Réponse enregistrée : Karim')])).toEqual([[`/campaigns/${invitation.campaignId}`, true], [`/campaigns/${invitation.campaignId}`, true]])
    expect(done.text).not.toContain('à vérifier')
    expect(await versions(invitation)).toEqual([{ version: 1, choice: 'yes', available_from: null, available_until: null, comment: 'oui si c’est à Lyon', source: 'reply', answered_by: user.id }])
    expect((await notes(invitation))[0]).toContain('Reçue par SMS, confirmée par Claire Martin')
    expect(await reply(id)).toMatchObject({ reading_state: 'confirmed', reading_by: user.id, handled_as: 'answer' })
    expect(await journal(invitation)).toEqual([{ action: 'reply.confirmed', subject_kind: 'candidate', user_id: user.id }])
  })

  it('can be corrected on a form that is filled in with what was understood', async () => {
    const invitation = await makeInvitation(test.db)
    const id = await text(invitation, 'peut-être lundi')
    await read()
    const { visitor } = await recruiter(invitation)
    const inbox = await visitor.get('/replies')
    expect(plain(inbox.text)).toContain('Compris : OUI')
    expect((await visitor.get(`/replies/${id}`)).html).toContain(`/readings/${id}?back=reply`)
    const form = await visitor.get(`/readings/${id}?back=record`)
    expect(plain(form.heading)).toMatch(/^Réponse à vérifier : Karim/)
    expect(form.html).toMatch(/value="yes" checked/)
    const monday = nextMonday(today())
    expect(form.html).toContain(`value="${monday}"`)
    const refused = await visitor.submit(form, { answer: 'no', from_date: '2020-01-01', comment: 'pas sûr' }, { form: `/readings/${id}`, button: 'Enregistrer la réponse' })
    expect([refused.status, refused.text.includes('La date de début doit être aujourd’hui ou après'), refused.html.includes('value="2020-01-01"')]).toEqual([422, true, true])
    const saved = await visitor.submit(refused, { answer: 'no', from_date: monday, comment: 'pas sûr' }, { form: `/readings/${id}`, button: 'Enregistrer la réponse' })
    expect(saved.url).toBe(`/candidates/${invitation.candidateId}`)
    expect(await versions(invitation)).toMatchObject([{ choice: 'no', available_from: monday, comment: 'pas sûr', source: 'reply' }])
  })

  it('can be put aside, and is then a text like any other', async () => {
    const invitation = await makeInvitation(test.db)
    const id = await text(invitation, 'c’est pour quand ?')
    await read()
    const { user, visitor } = await recruiter(invitation)
    const page = await visitor.get(`/candidates/${invitation.candidateId}`)
    expect(page.text).toContain('Ni OUI ni NON')
    expect(page.html).not.toContain(`action="/readings/${id}"`)
    const after = await visitor.submit(page, {}, { form: `/readings/${id}/dismissal` })
    expect(after.text).not.toContain('Ni OUI ni NON')
    expect(await reply(id)).toMatchObject({ reading_state: 'dismissed', reading_by: user.id })
    const late = await visitor.submit(page, {}, { form: `/readings/${id}/dismissal` })
    expect(late.status).toBe(200)
    expect(await versions(invitation)).toEqual([])
    const form = await visitor.get(`/readings/${id}`)
    expect(plain(form.text)).toContain('Quelqu’un a déjà décidé de ce SMS : Claire Martin')
  })

  it('is shown beside an answer that came meanwhile, and the person decides', async () => {
    const invitation = await makeInvitation(test.db)
    await recordAnswer(test, invitation.scope, invitation.recipientId, { choice: 'yes', availableFrom: '2030-01-07', availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
    const id = await text(invitation, 'non mais ok pour le soir')
    await read()
    const { visitor } = await recruiter(invitation)
    const form = await visitor.get(`/readings/${id}`)
    // A colleague writes another one down while the form is open.
    await recordAnswer(test, invitation.scope, invitation.recipientId, { choice: 'no', availableFrom: null, availableUntil: null, comment: 'malade', formId: randomUUID(), baseVersion: 1, source: 'reply' })
    const asked = await visitor.submit(form, { answer: 'yes', from_date: '2027-02-01' }, { form: `/readings/${id}`, button: 'Enregistrer' })
    expect(asked.status).toBe(409)
    expect(plain(asked.text)).toMatch(/a répondu NON entre-temps.*Réponse actuelle NON malade/)
    expect(asked.html).toContain('value="2027-02-01"')
    await visitor.submit(asked, {}, { form: `/readings/${id}`, button: 'Remplacer la réponse' })
    expect((await versions(invitation)).map(({ choice }) => choice)).toEqual(['yes', 'no', 'yes'])
  })

  it('is not asked about any more once something newer was said', async () => {
    const invitation = await makeInvitation(test.db)
    const byText = await text(invitation, 'peut-être lundi', { minutesAgo: 5 })
    await read()
    await text(invitation, 'non')
    await read()
    expect(await reply(byText)).toMatchObject({ reading_state: 'dismissed', reading_by: null })
    const byLink = await text(invitation, 'oui ?', { minutesAgo: 1 })
    await read()
    await recordAnswer(test, invitation.scope, invitation.recipientId, { choice: 'yes', availableFrom: '2030-01-07', availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 1, source: 'link' })
    const { visitor } = await recruiter(invitation)
    expect((await visitor.get(`/campaigns/${invitation.campaignId}`)).text).not.toContain('à vérifier')
    expect((await visitor.get(`/readings/${byLink}`)).text).toContain('La personne a répondu autre chose depuis')
  })

  it('is unknown to another company, and to who may not edit', async () => {
    const invitation = await makeInvitation(test.db)
    const id = await text(invitation, 'oui ?')
    await read()
    const stranger = await app.signIn(await makeUser(test.db, (await makeCompany(test.db)).scope))
    expect((await stranger.get(`/readings/${id}`)).status).toBe(404)
    const onlooker = await app.signIn(await makeUser(test.db, invitation.scope, { privileges: ['candidates.view', 'campaigns.view'] }))
    expect((await onlooker.get(`/readings/${id}`)).status).toBe(403)
    const page = await onlooker.get(`/campaigns/${invitation.campaignId}`)
    expect(page.text).toContain('Une réponse par SMS à vérifier')
    expect(page.html).not.toContain(`/readings/${id}`)
  })
})

describe('an answer on the telephone', () => {
  it('is written down by the rules of the page, with the recruiter’s name, and shows on the person’s own page', async () => {
    const invitation = await makeInvitation(test.db, { sharedWith: 1 })
    const { user, visitor } = await recruiter(invitation)
    const form = await visitor.get(`/candidates/${invitation.candidateId}/answers`)
    expect([form.url, plain(form.heading).startsWith('Réponse à saisir : Karim')]).toEqual([`/recipients/${invitation.recipientId}/answer?back=record`, true])
    const refused = await visitor.submit(form, { answer: 'yes' }, { form: '/answer' })
    expect([refused.status, refused.text.includes('Indiquez à partir de quelle date la personne est disponible')]).toEqual([422, true])
    const start = addDays(today(), 12)
    const saved = await visitor.submit(refused, { from_date: start, comment: 'rappelée à midi' }, { form: '/answer' })
    expect(saved.url).toBe(`/candidates/${invitation.candidateId}`)
    expect(plain(saved.text)).toContain('Réponse enregistrée : Karim')
    expect(plain(saved.text)).toContain('Saisie par Claire Martin')
    expect(await versions(invitation)).toEqual([{ version: 1, choice: 'yes', available_from: start, available_until: null, comment: 'rappelée à midi', source: 'recruiter', answered_by: user.id }])
    expect(await test.db.selectFrom('candidate').select('available_from').where('id', 'in', invitation.profiles).execute()).toEqual([{ available_from: start }, { available_from: start }])
    expect(await journal(invitation)).toEqual([{ action: 'candidate.answered', subject_kind: 'candidate', user_id: user.id }])

    const corrected = await visitor.get(`/recipients/${invitation.recipientId}/answer`)
    expect([plain(corrected.heading).startsWith('Réponse à corriger :'), corrected.text.includes('saisie par Claire Martin')]).toEqual([true, true])
    // The same form sent twice is one version.
    for (let n = 0; n < 2; n++) await visitor.submit(corrected, { answer: 'no', from_date: '' }, { form: '/answer' })
    expect((await versions(invitation)).map(({ choice }) => choice)).toEqual(['yes', 'no'])
  })

  it('meets a newer answer: both are shown, and the person decides (409)', async () => {
    const invitation = await makeInvitation(test.db)
    const { visitor } = await recruiter(invitation, { language: 'en' })
    const form = await visitor.get(`/recipients/${invitation.recipientId}/answer`)
    await recordAnswer(test, invitation.scope, invitation.recipientId, { choice: 'no', availableFrom: null, availableUntil: null, comment: 'sick', formId: randomUUID(), baseVersion: 0, source: 'link' })
    const asked = await visitor.submit(form, { answer: 'yes', from_date: addDays(today(), 3) }, { form: '/answer' })
    expect(asked.status).toBe(409)
    expect(asked.text).toMatch(/answered NO in the meantime.*Current answer NO sick/)
    const saved = await visitor.submit(asked, {}, { form: '/answer', button: 'Replace the answer' })
    expect(saved.status).toBe(200)
    expect((await versions(invitation)).map(({ choice, source }) => [choice, source])).toEqual([['no', 'link'], ['yes', 'recruiter']])
  })

  it('is refused by a closed campaign, with a sentence', async () => {
    const invitation = await makeInvitation(test.db)
    const { visitor } = await recruiter(invitation)
    const form = await visitor.get(`/recipients/${invitation.recipientId}/answer`)
    await test.db.updateTable('campaign').set({ closed_at: new Date() }).where('id', '=', invitation.campaignId).execute()
    const closed = await visitor.submit(form, { answer: 'no' }, { form: '/answer' })
    expect([closed.status, closed.text.includes('La campagne ne prend plus de réponses.')]).toEqual([409, true])
    expect(await versions(invitation)).toEqual([])
    expect((await visitor.get(`/candidates/${invitation.candidateId}/answers`)).text).toContain('n’a reçu de SMS d’aucune campagne')
  })

  it('asks which campaign is meant when there are several', async () => {
    const invitation = await makeInvitation(test.db, { campaignName: 'Chantier A' })
    const second = await makeInvitation(test.db, { company: invitation.company, campaignName: 'Chantier B' })
    await test.db.insertInto('recipient_profile').values({ company_id: invitation.company.id, recipient_id: second.recipientId, candidate_id: invitation.candidateId }).execute()
    const { visitor } = await recruiter(invitation)
    const page = await visitor.get(`/candidates/${invitation.candidateId}/answers`)
    expect(page.text).toMatch(/À quelle campagne répond la personne.*Chantier B.*Chantier A/)
  })

  it('is nobody’s of another company', async () => {
    const invitation = await makeInvitation(test.db)
    const stranger = await app.signIn(await makeUser(test.db, (await makeCompany(test.db)).scope))
    for (const url of [`/recipients/${invitation.recipientId}/answer`, `/candidates/${invitation.candidateId}/answers`, '/recipients/999999999/answer', '/recipients/x/answer']) expect((await stranger.get(url)).status).toBe(404)
  })
})
