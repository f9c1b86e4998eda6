import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { COPY_SECTIONS } from '../../src/privacy/copy.queries.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { makeEndpoint } from '../support/factories/webhooks.ts'
import { links } from '../support/page.ts'

/** What is held about a person is handed over whole, and nothing of anybody else (F-90). */

let database: TestDatabase
let app: TestApp
let admin: SignedIn
let recruiter: SignedIn
let ours: Awaited<ReturnType<typeof makeCompany>>
let people: { id: number; e164: string }[]
const SHARED = '+33639987777'

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  ours = await makeCompany(database.db, { name: 'Agence Martin' })
  const user = await makeUser(database.db, ours.scope, { role: 'administrator' })
  admin = await app.signIn(user)
  recruiter = await app.signIn(await makeUser(database.db, ours.scope))
  people = []
  for (const mark of ['Unetelle', 'Autretel']) people.push(await makeEverything(mark, user.id))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** One person with a row in every table that can be about people; every text of it holds the mark. */
async function makeEverything(mark: string, userId: number): Promise<{ id: number; e164: string }> {
  const { scope, senderId } = ours
  const company = scope.companyId
  const insert = (table: string, row: Record<string, unknown>) => sql`insert into ${sql.table(table)} (${sql.join(Object.keys(row).map((name) => sql.ref(name)))}) values (${sql.join(Object.values(row))})`.execute(database.db)
  const candidate = await makeCandidate(database.db, scope, { firstName: mark, lastName: `Nom${mark}`, town: `Ville${mark}`, email: `${mark}@exemple.test`, skills: [`${mark} soudure`], home: SHARED })
  const person = { id: candidate.id, e164: candidate.e164! }
  const contact = await makeContact(database.db, scope, person, { userId, senderId, campaignName: `Campagne ${mark}`, body: `Bonjour ${mark}` })
  await recordAnswer({ db: database.db }, scope, contact.recipientId, { choice: 'yes', availableFrom: null, availableUntil: null, comment: `commentaire ${mark}`, formId: randomUUID(), baseVersion: 0, source: 'link' })
  const provider_id = randomUUID()
  await insert('send_attempt', { company_id: company, id: randomUUID(), message_id: contact.messageId, n: 1, outcome: 'accepted', provider_id, error_detail: `détail ${mark}` })
  await insert('provider_event', { dedupe_key: provider_id, kind: 'status', body: JSON.stringify({ message_uuid: provider_id, to: person.e164.slice(1), note: mark }), applied_at: new Date() })
  await insert('reply', { company_id: company, e164: SHARED, sender: '38047', body: `texte de ${mark}`, provider_id: randomUUID(), candidate_id: person.id, campaign_id: contact.campaignId, reading_state: 'uncertain', reading: JSON.stringify({ choice: 'yes', from: '2026-12-01', until: null, comment: '', doubts: ['mixed'] }) })
  await insert('consent_event', { company_id: company, candidate_id: person.id, is_given: true, source: `formulaire ${mark}`, said_on: '2026-01-02', user_id: userId })
  await recordOptOut(database.db, scope, { e164: person.e164, source: 'page', campaignId: contact.campaignId })
  await insert('candidate_edit', { company_id: company, candidate_id: person.id, kind: 'edited', fields: ['town'], user_id: userId })
  await insert('availability_change', { company_id: company, candidate_id: person.id, availability: 'available', source: 'recruiter', user_id: userId })
  await insert('follow_up_note', { company_id: company, candidate_id: person.id, kind: 'manual', user_id: userId, body: `note sur ${mark}` })
  const list = await database.db.insertInto('talent_list').values({ company_id: company, kind: 'folder', name: `Liste ${mark}` }).returning('id').executeTakeFirstOrThrow()
  await insert('talent_list_member', { company_id: company, list_id: list.id, candidate_id: person.id })
  await insert('campaign_exclusion', { company_id: company, campaign_id: contact.campaignId, candidate_id: person.id, reason: 'no_consent' })
  await insert('campaign_override', { company_id: company, recipient_id: contact.recipientId, campaign_id: contact.campaignId, candidate_id: person.id, e164: person.e164, kind: 'no_consent', refusal: '', reason: `raison ${mark}`, user_id: userId })
  const file = await database.db.insertInto('candidate_import').values({ company_id: company, user_id: userId, file_name: `${mark}.csv`, status: 'completed', encoding: 'utf-8', delimiter: ';', header: '[]' }).returning('id').executeTakeFirstOrThrow()
  await insert('candidate_import_row', { company_id: company, import_id: file.id, line: 2, record: JSON.stringify({ last_name: mark }), action: 'create', candidate_id: person.id, applied: true })
  await insert('notification', { company_id: company, user_id: userId, kind: 'reply_received', candidate_id: person.id, campaign_id: contact.campaignId, dedupe_key: mark })
  const endpoint = await makeEndpoint(database.db, scope, { url: `https://${mark.toLowerCase()}.example/` })
  await insert('webhook_delivery', { company_id: company, endpoint_id: endpoint.id, event_id: `msg_${mark}`, type: 'candidate.availability', body: JSON.stringify({ data: { note: mark } }), candidate_id: person.id })
  await insert('journal', { company_id: company, user_id: userId, action: 'candidate.created', subject_kind: 'candidate', subject_id: String(person.id) })
  return person
}

/** Presses a button of the person's page; the file that comes. */
async function copyOf(by: SignedIn, id: number, fields: Record<string, string>): Promise<string> {
  const page = await by.get(`/candidates/${id}/data`)
  const answer = await by.post(page, `/candidates/${id}/copy`, fields)
  expect([answer.status, answer.headers['content-disposition']]).toEqual([200, expect.stringMatching(/^attachment; filename="candidate-\d+\.(json|html)"$/)])
  return answer.html
}

describe('a copy of one person’s data', () => {
  it('names every table that is about people: a new one has to be added, or said to be none', async () => {
    const tables = await sql<{ name: string }>`
      select distinct c.table_name as name from information_schema.columns c join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
      where c.table_schema = 'public' and c.column_name in ('candidate_id', 'recipient_id', 'message_id', 'e164')
      union
      select distinct k.conrelid::regclass::text from pg_constraint k where k.contype = 'f' and k.confrelid in ('candidate'::regclass, 'recipient'::regclass, 'phone'::regclass, 'message'::regclass)`.execute(database.db)
    const named = new Set<string>(COPY_SECTIONS.flatMap(({ tables: own }) => own))
    // Only of people whose record is gone, or for the seconds that a worker has a text in hand: ids and moments.
    const aboutNobody = ['privacy_erasure', 'message_lease']
    expect(tables.rows.map(({ name }) => name).filter((name) => !named.has(name) && !aboutNobody.includes(name))).toEqual([])
  })

  it.each(['json', 'page'])('holds everything of theirs and nothing of another, shared number or not (%s)', async (format) => {
    const [one, other] = people as [typeof people[0], typeof people[0]]
    const file = await copyOf(admin, one.id, { format, language: 'fr' })
    for (const trace of ['Bonjour Unetelle', 'commentaire Unetelle', 'texte de Unetelle', 'note sur Unetelle', 'formulaire Unetelle', 'Liste Unetelle', 'raison Unetelle', 'Unetelle.csv', 'Campagne Unetelle', 'VilleUnetelle', one.e164, SHARED]) expect(file).toContain(trace)
    for (const trace of ['Autretel', other.e164, other.e164.slice(1)]) expect(file).not.toContain(trace)
    if (format !== 'json') {
      expect(file).toMatch(/<html lang="fr">[^]*Vos réponses[^]*<\/html>/)
      // How the text was read is theirs, too.
      expect(file.replaceAll(/\s+/g, ' ')).toMatch(/Lu comme une réponse<\/dt> ?<dd[^>]*>incertaine[^]*Réponse lue<\/dt> ?<dd[^>]*>oui[^]*1 décembre 2026|1er décembre 2026/)
      // What was done is told in sentences, without the names of the agency's people.
      expect(file.replaceAll('\u00a0', ' ')).toContain('Agence Martin a créé la fiche « Unetelle NomUnetelle »')
      return expect(file).not.toMatch(/candidate\.created|Recruteuse \d/)
    }
    const { sections } = JSON.parse(file) as { sections: Record<string, unknown[]> }
    expect(Object.entries(sections).filter(([key, rows]) => rows.length === 0 && key !== 'shared').map(([key]) => key)).toEqual([])
    expect(Object.keys(sections)).toEqual(COPY_SECTIONS.map(({ key }) => key))
  })

  it('says that a text came to a shared number, without its words', async () => {
    const [one, other] = people as [typeof people[0], typeof people[0]]
    const { id: recipientId } = await database.db.selectFrom('recipient').select('id').where('candidate_id', '=', other.id).executeTakeFirstOrThrow()
    await database.db.insertInto('recipient_profile').values({ company_id: ours.scope.companyId, recipient_id: recipientId, candidate_id: one.id }).execute()
    const { sections } = JSON.parse(await copyOf(admin, one.id, { format: 'json' })) as { sections: { shared: { campaign: string }[] } }
    expect(sections.shared).toEqual([{ campaign: 'Campagne Autretel', day: '2026-11-20' }])
    await database.db.deleteFrom('recipient_profile').where('recipient_id', '=', recipientId).where('candidate_id', '=', one.id).execute()
  })

  it('is noted in the journal, and given to who may manage data only', async () => {
    const [one] = people as [typeof people[0]]
    await copyOf(admin, one.id, { format: 'page', language: 'en' })
    const lines = await database.db.selectFrom('journal').select(['detail', 'subject_id']).where('action', '=', 'person.copied').execute()
    expect(lines.at(-1)).toMatchObject({ detail: { format: 'page' }, subject_id: String(one.id) })
    for (const step of ['data', 'erasure']) expect((await recruiter.get(`/candidates/${one.id}/${step}`)).status).toBe(403)
    for (const step of ['copy', 'erasure']) expect((await recruiter.post(recruiter.home, `/candidates/${one.id}/${step}`)).status).toBe(403)
    expect((await recruiter.get('/admin/data')).status).toBe(403)
    expect(links(await recruiter.get(`/candidates/${one.id}`)).map(({ href }) => href)).not.toContain(`/candidates/${one.id}/data`)
  })
})

describe('erasing from the record', () => {
  it('asks on a page of its own, says what goes and what stays, and does it once', async () => {
    const { id } = await makeCandidate(database.db, ours.scope, { firstName: 'Passager', lastName: 'Leger' })
    const record = await admin.get(`/candidates/${id}`)
    expect(links(record).map(({ href }) => href)).toContain(`/candidates/${id}/data`)
    const page = await admin.get(`/candidates/${id}/erasure`)
    expect(page.heading.replace(/[\u00a0\u202f]/, ' ')).toBe('Effacer Passager Leger ?')
    expect(page.text).toContain('Ce qui reste')
    const done = await admin.submit(page, {}, { form: '/erasure' })
    expect([done.url, done.text.includes('La personne est effacée.')]).toEqual(['/candidates', true])
    expect((await admin.get(`/candidates/${id}`)).status).toBe(404)
    expect((await admin.get(`/candidates/${id}/erasure`)).status).toBe(404)
    // Pressed once more, it is done.
    expect((await admin.submit(page, {}, { form: '/erasure' })).text).toContain('La personne est effacée.')
  })

  it('tells what is busy, and lets the person try again (409)', async () => {
    const { id } = await makeCandidate(database.db, ours.scope, {})
    const page = await admin.get(`/candidates/${id}/erasure`)
    const client = await database.pool.connect()
    try {
      await client.query('begin')
      await client.query('select id from candidate where id = $1 for key share', [id])
      const busy = await admin.submit(page, {}, { form: '/erasure' })
      expect([busy.status, busy.text.includes('Rien n’a été effacé')]).toEqual([409, true])
    } finally {
      await client.query('rollback')
      client.release()
    }
    expect((await admin.submit(page, {}, { form: '/erasure' })).url).toBe('/candidates')
  })

  it('is not there for another company’s person, nor for a contact at a candidate’s address', async () => {
    const stranger = await makeCompany(database.db)
    const { id } = await makeCandidate(database.db, stranger.scope, {})
    const contact = await makeCandidate(database.db, ours.scope, {})
    await database.db.updateTable('candidate').set({ kind: 'contact', organisation: 'Client' }).where('id', '=', contact.id).execute()
    for (const url of [`/candidates/${id}/data`, `/candidates/${id}/erasure`, `/candidates/${contact.id}/data`, '/candidates/zzz/data', '/candidates/99999999999999999999/erasure']) expect([url, (await admin.get(url)).status]).toEqual([url, 404])
    for (const step of ['copy', 'erasure']) expect((await admin.post(admin.home, `/candidates/${id}/${step}`)).status).toBe(404)
    expect((await admin.get(`/contacts/${contact.id}/data`)).status).toBe(200)
  })
})

it('the page of the retention says what goes next and what went', async () => {
  await sql`insert into retention_run (company_id, kind, removed, oldest, started_at, is_complete) values (${ours.scope.companyId}, 'texts', 1234, '2026-01-02', app_now(), false)`.execute(database.db)
  const page = await admin.get('/admin/data')
  expect(page.heading).toBe('Données personnelles')
  expect(page.text.replace(/[\u00a0\u202f]/g, ' ')).toContain('1 234 éléments effacés ; interrompu, la suite au prochain')
  expect(links(page).map(({ href }) => href)).toContain('/admin/limits#retention')
})
