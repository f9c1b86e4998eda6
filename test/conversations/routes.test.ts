import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { receiveEvent } from '../../src/messaging/inbox.commands.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { makeSending, type Sending } from '../support/factories/messaging.ts'
import { links } from '../support/page.ts'
import { settings } from '../support/sending.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let sending: Sending
let recruiter: SignedIn
let reader: SignedIn
let stranger: SignedIn
const config = settings()

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db, { name: 'Agence Martin' })
  scope = company.scope
  sending = await makeSending(database.db, { company, recipients: 3 })
  await sql`update candidate set last_name = (array['Durand', 'Lefèvre', 'Nguyen'])[id - ${sending.candidateIds[0]!} + 1] where company_id = ${company.id}`.execute(database.db)
  await sql`update message set state = 'leased', lease_until = app_now() where company_id = ${company.id}`.execute(database.db)
  await sql`update message set state = 'submitting', lease_until = null, submitted_at = app_now() - interval '1 hour' where company_id = ${company.id}`.execute(database.db)
  recruiter = await app.signIn(await makeUser(database.db, scope, { name: 'Nadia Benali' }))
  reader = await app.signIn(await makeUser(database.db, scope, { privileges: ['campaigns.view'], language: 'en' }))
  const other = await makeCompany(database.db)
  await sql`update sms_sender set address = '38099' where company_id = ${other.id}`.execute(database.db)
  stranger = await app.signIn(await makeUser(database.db, other.scope))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

/** Its id, once it is stored. */
async function hears(from: string, text: string): Promise<number> {
  await receiveEvent({ db: database.db, config, log: pino({ level: 'silent' }) }, 'inbound', Buffer.from(JSON.stringify({ channel: 'sms', message_uuid: crypto.randomUUID(), to: '38047', from: from.slice(1), timestamp: new Date().toISOString(), message_type: 'text', text })))
  return (await database.db.selectFrom('reply').select('id').where('company_id', '=', scope.companyId).orderBy('id', 'desc').executeTakeFirstOrThrow()).id
}
const find = (id: number) => database.db.selectFrom('reply').select(['read_at', 'read_by', 'review', 'candidate_id', 'assigned_by']).where('id', '=', id).executeTakeFirstOrThrow()
const isOut = async (e164: string) => (await database.db.selectFrom('phone').select('opted_out_at').where('company_id', '=', scope.companyId).where('e164', '=', e164).executeTakeFirst())?.opted_out_at instanceof Date

describe('« Réponses »', () => {
  test('shows texts newest first, unread ones marked and counted in the rail, and harmless whatever they hold', async () => {
    expect((await recruiter.get('/replies')).text).toContain('Aucune réponse')
    await hears(sending.e164[0]!, 'Oui, je suis libre lundi')
    await hears(sending.e164[1]!, '<script>alert(1)</script>\u202e txet \u0007')
    await hears(sending.e164[2]!, `${'x'.repeat(9_000)} fin`)
    const page = await recruiter.get('/replies')
    expect(page.heading).toBe('Réponses')
    expect(page.html).not.toContain('<script>alert')
    expect(page.html).not.toMatch(/[\u202e\u0007]/)
    expect(plain(page.text)).toMatch(/Camille Nguyen.*Lire la suite.*<script>alert\(1\)<\/script> txet.*Oui, je suis libre lundi/)
    expect(page.text).not.toContain('fin')
    expect(plain(page.text)).toContain('3 non lues')
    expect(plain((await recruiter.get('/candidates')).text)).toContain('3 non lues')
    expect(links(page).find(({ text }) => text === 'Camille Durand')?.href).toBe(`/candidates/${sending.candidateIds[0]}`)
    const fragment = await recruiter.fragment('/replies')
    expect(fragment.html).toContain('id="replies"')
    // What counts the texts comes along with them.
    expect(fragment.html).toMatch(/id="reply-filters" hx-swap-oob="outerMorph">[^]*Non lues[^]*<span class="badge">3<\/span>[^]*id="mark-all" hx-swap-oob/)
    expect(plain((await recruiter.fragment('/replies/unread')).text)).toContain('3 non lues')
    expect((await recruiter.get('/replies/unread')).url).toBe('/replies')
  })

  test('is filtered, searched by words, names and numbers, narrowed to a campaign or a person, and paged', async () => {
    const shown = async (query: string) => (await recruiter.get(`/replies?${query}`)).html.match(/id="reply-\d+"/g)?.length ?? 0
    expect([await shown('show=unread'), await shown('show=review'), await shown('show=unknown'), await shown('q=LIBRE'), await shown('q=durand camille'), await shown('q=lefevre'), await shown('q=%25_'), await shown(`q=0${sending.e164[0]!.slice(3)}`)]).toEqual([3, 0, 0, 1, 1, 1, 0, 1])
    expect([await shown(`campaign=${sending.campaignId}`), await shown('campaign=999999'), await shown(`candidate=${sending.candidateIds[1]}`), await shown('candidate=x&before=x&show=x')]).toEqual([3, 0, 1, 3])
    await sql`
      insert into reply (company_id, e164, sender, body, provider_id, read_at) select ${scope.companyId}, '+33639989' || lpad(n::text, 3, '0'), '38047', 'Vieux texte ' || n, gen_random_uuid()::text, app_now() from generate_series(1, 40) as n`.execute(database.db)
    const first = await recruiter.get('/replies?show=unknown')
    const next = await recruiter.get(links(first).find(({ text }) => text.includes('Suivant'))?.href ?? '')
    expect([first, next].map(({ html }) => html.match(/id="reply-\d+"/g)!.length)).toEqual([30, 10])
    expect(links(next).some(({ href }) => href === '/replies?show=unknown')).toBe(true)
    await sql`delete from reply where body like 'Vieux texte%'`.execute(database.db)
  })

  test('marks as read and unread, one by one and all that was shown', async () => {
    const [id] = (await database.db.selectFrom('reply').select('id').where('company_id', '=', scope.companyId).orderBy('id').execute()).map((row) => row.id) as [number]
    const page = await recruiter.submit(await recruiter.get('/replies?show=unread'), {}, { form: `/replies/${id}/read` })
    expect(page.url).toBe('/replies?show=unread')
    expect(await find(id)).toMatchObject({ read_at: expect.any(Date), read_by: expect.any(Number) })
    await recruiter.submit(await recruiter.get('/replies'), {}, { form: `/replies/${id}/unread` })
    expect((await find(id)).read_at).toBeNull()
    const before = await recruiter.get('/replies')
    const later = await hears(sending.e164[0]!, 'Encore un mot')
    expect(plain((await recruiter.submit(before, {}, { form: '/replies/read' })).text)).toContain('3 SMS sont marqués comme lus.')
    expect((await find(later)).read_at).toBeNull()
  })

  test('belongs to the company, and asks for the right to act', async () => {
    const id = await hears(sending.e164[0]!, 'Secret de la maison')
    expect((await stranger.get('/replies')).text).not.toContain('Secret')
    for (const address of [`/replies/${id}`, '/replies/0', '/replies/x']) expect((await stranger.get(address)).status).toBe(404)
    for (const [step, values] of [['read', {}], ['review', { decision: 'stop' }], ['answer', {}], ['person', { candidate: '1' }], ['opt-out', {}]] as const) {
      expect([step, (await stranger.post(stranger.home, `/replies/${id}/${step}`, values)).status]).toEqual([step, 404])
      if (step !== 'read') expect([step, (await reader.post(reader.home, `/replies/${id}/${step}`, values)).status]).toEqual([step, 403])
    }
    const page = await reader.get('/replies')
    expect([page.heading, links(page).some(({ href }) => href.startsWith('/candidates')), page.html.includes(`/replies/${id}/answer`)]).toEqual(['Replies', false, false])
  })
})

describe('a text that may be a STOP', () => {
  test('is decided by whoever is first; the record and the audience tell that nothing is sent until then', async () => {
    const id = await hears(sending.e164[1]!, 'Merci d’arrêter, ne plus recevoir de SMS')
    const page = await recruiter.get('/replies?show=review')
    expect(plain(page.text)).toMatch(/Peut-être un STOP.*Rien ne part vers ce numéro.*Désinscrire.*Ce n’est pas un STOP/)
    const record = await recruiter.get(`/candidates/${sending.candidateIds[1]}`)
    expect(plain(record.text)).toMatch(/STOP à vérifier.*depuis le .* rien ne part avant votre décision/)
    expect(plain(record.text)).toMatch(/SMS reçu, non lu.*Lire et répondre.*SMS retenus : peut-être un STOP/)
    expect(page.html).not.toContain(`/replies/${id}/answer`)

    const colleague = await recruiter.get(`/replies/${id}`)
    const after = await recruiter.submit(page, {}, { form: `/replies/${id}/review`, button: 'Ce n’est pas un STOP – Camille Lefèvre' })
    expect(plain(after.text)).toContain('peut de nouveau recevoir des SMS')
    const tooLate = await recruiter.submit(colleague, {}, { form: `/replies/${id}/review`, button: 'Désinscrire – Camille Lefèvre' })
    expect(plain(tooLate.text)).toContain('Nadia Benali a déjà décidé : ce n’est pas un STOP.')
    expect([tooLate.url, await isOut(sending.e164[1]!)]).toEqual([`/replies/${id}`, false])
    await hears(sending.e164[1]!, 'mais arrêtez enfin')
    const again = await recruiter.get('/replies?show=review')
    await recruiter.submit(again, {}, { form: '/review', button: 'Désinscrire – Camille Lefèvre' })
    expect(await isOut(sending.e164[1]!)).toBe(true)
    // The journal tells it, and a reason takes it back.
    const optIn = await recruiter.get(links(await recruiter.get(`/candidates/${sending.candidateIds[1]}`)).find(({ text }) => text === 'Réinscrire aux SMS')?.href ?? '')
    const refused = await recruiter.submit(optIn, { reason: ' ' })
    expect([refused.status, refused.text.includes('Dites pourquoi')]).toEqual([422, true])
    const back = await recruiter.submit(refused, { reason: 'Il parlait de son voisin' })
    expect(plain(back.text)).toMatch(/Réinscription aux SMS.*Il parlait de son voisin.*par Nadia Benali/)
    expect(await isOut(sending.e164[1]!)).toBe(false)
  })
})

describe('a text', () => {
  test('is answered with a message to its person, and is read then', async () => {
    const id = await hears(sending.e164[0]!, 'Quel jour ?')
    const draft = await recruiter.submit(await recruiter.get(`/replies/${id}`), {}, { form: `/replies/${id}/answer` })
    expect(draft.url).toMatch(/^\/campaigns\/\d+$/)
    expect(draft.text).toContain('Camille Durand')
    expect((await find(id)).read_at).toBeInstanceOf(Date)
  })

  test('of an unknown number puts it onto the record where that is wanted: SMS go where they went, a STOP stays, and a full record takes none', async () => {
    const unknown = '+33639985678'
    const id = await hears(unknown, 'C’est mon nouveau numéro')
    await recordOptOut(database.db, scope, { e164: unknown, source: 'sms' })
    const person = await makeCandidate(database.db, scope, { firstName: 'Inès', lastName: 'Renaud' })
    const numbers = () => database.db.selectFrom('candidate_phone').select(['e164', 'kind', 'position']).where('candidate_id', '=', person.id).orderBy('kind').orderBy('position').execute()
    const page = await recruiter.submit(await recruiter.get(`/replies/${id}`), { q: 'renaud' }, { form: `/replies/${id}#` })
    expect(plain(page.text)).toContain('Ajouter le 06 39 98 56 78 à sa fiche')
    const done = await recruiter.submit(page, { candidate: String(person.id) }, { form: `/replies/${id}/person` })
    expect(plain(done.text)).toContain('1 SMS est maintenant sur cette fiche. Le 06 39 98 56 78 est maintenant sur sa fiche.')
    expect(await numbers()).toEqual([{ e164: person.e164, kind: 'mobile', position: 1 }, { e164: unknown, kind: 'mobile', position: 2 }])
    expect(await isOut(unknown)).toBe(true)
    expect((await database.db.selectFrom('candidate_edit').select(['kind', 'fields']).where('candidate_id', '=', person.id).execute()).at(-1)).toEqual({ kind: 'edited', fields: ['phones'] })
    // Twice at once, and again: one number.
    await Promise.all([1, 2, 3].map(() => recruiter.post(done, `/replies/${id}/person`, { candidate: String(person.id), add_number: 'on' })))
    expect(await numbers()).toHaveLength(2)

    await sql`insert into candidate_phone (company_id, candidate_id, kind, position, raw, e164, country, is_textable) select ${scope.companyId}, ${person.id}, 'mobile', n, '+336399812' || lpad(n::text, 2, '0'), '+336399812' || lpad(n::text, 2, '0'), 'FR', true from generate_series(3, 9) n`.execute(database.db)
    const other = await hears('+33639985679', 'Et encore un')
    const full = await recruiter.post(done, `/replies/${other}/person`, { candidate: String(person.id), add_number: 'on' })
    expect(plain(full.text)).toContain('Sa fiche a déjà 9 numéros')
    expect([await numbers(), (await find(other)).candidate_id]).toEqual([expect.objectContaining({ length: 9 }), person.id])
  })

  test('of an unknown number is assigned to a person with all that came from it, and its number can be opted out', async () => {
    const [first, second] = [await hears('+33639981234', 'C’est moi'), await hears('+33639981234', 'Léa, de Lyon')]
    const person = await makeCandidate(database.db, scope, { firstName: 'Léa', lastName: 'Petit' })
    const foreign = await makeCandidate(database.db, (await makeCompany(database.db)).scope)
    const page = await recruiter.get(`/replies/${second}`)
    expect(plain(page.text)).toMatch(/SMS d’un numéro inconnu.*Aucune fiche n’a ce numéro/)
    expect(page.html).not.toContain(`/replies/${second}/answer`)
    const found = await recruiter.submit(page, { q: 'petit' }, { form: `/replies/${second}#` })
    expect((await recruiter.post(found, `/replies/${second}/person`, { candidate: String(foreign.id) })).status).toBe(404)
    expect((await recruiter.post(found, `/replies/${second}/person`, {})).status).toBe(422)
    const assigned = await recruiter.post(found, `/replies/${second}/person`, { candidate: String(person.id) })
    expect(plain(assigned.text)).toContain('2 SMS sont maintenant sur cette fiche. Pour lui écrire à ce numéro, ajoutez-le à la fiche.')
    expect([(await find(first)).candidate_id, (await find(second)).candidate_id]).toEqual([person.id, person.id])
    expect((await recruiter.get(`/candidates/${person.id}`)).text).toContain('Léa, de Lyon')
    await recruiter.submit(assigned, {}, { form: `/replies/${second}/opt-out` })
    expect(await isOut('+33639981234')).toBe(true)
  })

  test('of a number that stands on two records says so, and can be moved to the other', async () => {
    const twin = await makeCandidate(database.db, scope, { firstName: 'Jumelle', lastName: 'Durand', mobile: sending.e164[0]! })
    const id = await hears(sending.e164[0]!, 'Qui de nous deux ?')
    const page = await recruiter.get(`/replies/${id}`)
    expect(plain(page.text)).toMatch(/Numéro de 1 autre fiche.*Camille Durand.*a ce numéro.*Jumelle Durand.*a ce numéro/)
    await recruiter.submit(page, { candidate: String(twin.id) }, { form: `/replies/${id}/person` })
    expect((await find(id)).candidate_id).toBe(twin.id)
  })

  test('stands on the page of its campaign, with what is unread', async () => {
    await hears(sending.e164[2]!, 'Je confirme pour mardi')
    const page = await recruiter.get(`/campaigns/${sending.campaignId}`)
    expect(plain(page.text)).toMatch(/SMS reçus.*non lu.*Voir les \d+ SMS reçus.*Je confirme pour mardi/)
    expect(links(page).some(({ href }) => href === `/replies?show=unread&campaign=${sending.campaignId}`)).toBe(true)
  })
})
