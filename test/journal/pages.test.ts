import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import type { Db } from '../../src/db/pool.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { elements, textOf } from '../support/html.ts'
import { links, type Page, type Visitor } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let admin: Visitor
let lea: Awaited<ReturnType<typeof makeUser>>
let templateId: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db)
  lea = await makeUser(database.db, company.scope, { name: 'Léa Martin' })
  admin = plainSpaces(await app.signIn(await makeUser(database.db, company.scope, { role: 'administrator', name: 'Zoé Admin' })))
  const template = await database.db.insertInto('message_template').values({ company_id: company.id, name: '=SUM(A1) Relance', kind: 'simple' }).returning('id').executeTakeFirstOrThrow()
  templateId = template.id
})
afterAll(async () => {
  await app.close()
  await database.close()
})

/** A line at a moment of its own: the journal writes only the present. */
async function write(at: string, action: string, more: { scope?: CompanyScope; userId?: number | null; kind?: string; id?: string } = {}): Promise<void> {
  await database.db.insertInto('journal').values({
    company_id: (more.scope ?? company.scope).companyId, user_id: more.userId === undefined ? lea.id : more.userId, action, subject_kind: more.kind ?? null, subject_id: more.id ?? null, at: new Date(at),
  }).execute()
}
const lines = (page: Page) => elements(page.root).filter(({ tag, attributes }) => tag === 'ol' && attributes['class'] === 'journal').flatMap((list) => elements(list).filter(({ tag }) => tag === 'p').map((line) => textOf(line).replaceAll(/[\u00a0\u202f]/g, ' ')))
const days = (page: Page) => elements(page.root).filter(({ attributes }) => attributes['id']?.startsWith('day-')).map(textOf)

describe('The journal', () => {
  test('tells by days of the agency what people did, with links, and finds a person, an object and a period', async () => {
    // Still Friday in Paris, and already Saturday there one second later.
    await write('2020-01-03T22:59:59Z', 'template.created', { kind: 'template', id: String(templateId) })
    await write('2020-01-03T23:00:00Z', 'template.published', { kind: 'template', id: String(templateId) })
    await write('2020-01-04T10:00:00Z', 'list.archived', { kind: 'list', id: '999' })
    await write('2020-01-04T11:00:00Z', 'campaign.suspended', { kind: 'campaign', id: '999', userId: null })
    const page = await admin.get('/admin/journal?from=2020-01-03&until=2020-01-04')
    expect(days(page)).toEqual(['Samedi 4 janvier 2020', 'Vendredi 3 janvier 2020'])
    expect(lines(page)).toEqual(['Dispo a arrêté la campagne n° 999', 'Léa Martin a archivé la liste n° 999', 'Léa Martin a publié le modèle « =SUM(A1) Relance »', 'Léa Martin a créé le modèle « =SUM(A1) Relance »'])
    expect(links(page).map(({ href }) => href)).toContain(`/templates/${templateId}`)
    expect(lines(await admin.get('/admin/journal?from=2020-01-04&until=2020-01-04'))).toHaveLength(3)

    const found = await admin.submit(page, { person: String(lea.id), kind: 'template', object: String(templateId), from: '', until: '2020-12-31' }, { form: '/admin/journal' })
    expect(lines(found)).toHaveLength(2)
    expect(lines(await admin.get('/admin/journal?person=system'))).toEqual(['Dispo a arrêté la campagne n° 999'])
    expect((await admin.get('/admin/journal?kind=branch')).text).toContain('Rien à cette date ni avec ces critères.')
    const half = await admin.submit(page, { object: '12' }, { form: '/admin/journal' })
    expect(half.status).toBe(422)
    expect(half.text).toContain('Choisissez aussi la nature de l’objet')
    // What makes no sense in the address is left out.
    expect(lines(await admin.get('/admin/journal?person=%27&kind=x&from=2020-02-30&before=abc')).length).toBeGreaterThan(3)
  })

  test('is filtered by a part of the name where there are too many people to choose from', async () => {
    const { id, scope } = await makeCompany(database.db)
    const boss = await makeUser(database.db, scope, { role: 'administrator', name: 'Ève Durand' })
    await sql`insert into app_user (company_id, email, name) select ${id}, 'u' || n || '@many.test', 'Personne ' || n from generate_series(1, 200) n`.execute(database.db)
    const visitor = plainSpaces(await app.signIn(boss))
    await write('2020-01-04T10:00:00Z', 'sending.resumed', { scope, userId: boss.id })
    await write('2020-01-04T11:00:00Z', 'sending.resumed', { scope, userId: null })
    const page = await visitor.get('/admin/journal?until=2020-12-31')
    const options = (shown: Page) => elements(shown.root).filter(({ tag }) => tag === 'option').map(textOf)
    expect(options(page)).not.toContain('Personne 1')
    const found = await visitor.submit(page, { name: ' eve ' }, { form: '/admin/journal' })
    expect(lines(found)).toEqual(['Ève Durand a remis en marche l’envoi de SMS'])
    expect(lines(await visitor.get('/admin/journal?name=%25&until=2020-12-31'))).toEqual([])
    // An address that names one person still does, and the choice shows who.
    expect(options(await visitor.get(`/admin/journal?person=${boss.id}&until=2020-12-31`))).toContain('Ève Durand')
    expect(options(await admin.get('/admin/journal'))).toContain('Léa Martin')
  })

  test('has pages that lose and repeat nothing, however close the moments', async () => {
    const at = '2019-06-01T08:00:00.000001Z'
    await sql`insert into journal (company_id, user_id, action, at) select ${company.id}, ${lea.id}, 'sending.resumed', ${at}::timestamptz + (n / 3) * interval '1 microsecond' from generate_series(1, 250) n`.execute(database.db)
    const seen: number[] = []
    let url: string | undefined = '/admin/journal?from=2019-06-01&until=2019-06-01'
    while (url) {
      const page = await admin.get(url)
      seen.push(lines(page).length)
      url = links(page).find(({ text }) => text === 'Plus ancien')?.href
    }
    expect(seen).toEqual([100, 100, 50])
  })

  test('is exported as sentences, in cells that no spreadsheet runs, and says that it was', async () => {
    const file = await admin.agent.get('/admin/journal/export?from=2020-01-03&until=2020-01-04')
    expect(file.headers['content-disposition']).toBe('attachment; filename="journal.csv"')
    const rows = file.text.replaceAll(/[\u00a0\u202f]/g, ' ').trimEnd().split('\r\n')
    expect(rows[0]).toBe('\ufeff"Date";"Heure";"Personne";"Action";"Nature";"Objet";"Numéro";"Code"')
    expect(rows).toHaveLength(5)
    expect(rows[4]).toBe(`"2020-01-03";"23:59";"Léa Martin";"Léa Martin a créé le modèle « =SUM(A1) Relance »";"Modèle de SMS";"« =SUM(A1) Relance »";"${templateId}";"template.created"`)
    expect(lines(await admin.get('/admin/journal'))[0]).toBe('Zoé Admin a exporté le journal')
  })

  test('begins no cell with what a spreadsheet would run', async () => {
    await write('2018-01-01T10:00:00Z', 'list.archived', { kind: 'list', id: '=1+1' })
    const { text } = await admin.agent.get('/admin/journal/export?until=2018-12-31')
    expect(text).toContain(`"'=1+1"`)
  })

  test('is the company’s own, and for who has the right', async () => {
    const other = await makeCompany(database.db)
    await write('2020-01-04T12:00:00Z', 'branch.created', { scope: other.scope, kind: 'branch', id: '1' })
    expect((await admin.get('/admin/journal?kind=branch')).text).toContain('Rien à cette date')
    const recruiter = await app.signIn(lea)
    expect((await recruiter.get('/admin/journal')).status).toBe(403)
    expect((await recruiter.get('/admin/journal/export')).status).toBe(403)
  })
})

describe('The database keeps the journal', () => {
  test.each([
    ['changing a line', "update journal set action = 'list.archived'"],
    ['removing a line', 'delete from journal'],
    ['removing all of it', 'truncate journal'],
  ])('and refuses %s', async (_what, statement) => {
    await expect(database.pool.query(statement)).rejects.toThrow('the journal is append-only')
  })

  test('removes a line only in a transaction that says that its time is over', async () => {
    const { scope } = await makeCompany(database.db)
    await write('2015-01-01T00:00:00Z', 'sending.resumed', { scope })
    const remove = (db: Db) => db.deleteFrom('journal').where('company_id', '=', scope.companyId).executeTakeFirst()
    const gone = await database.db.transaction().execute(async (trx) => {
      await sql`select set_config('app.purging', 'on', true)`.execute(trx)
      return remove(trx)
    })
    expect(gone.numDeletedRows).toBe(1n)
    await write('2015-01-01T00:00:00Z', 'sending.resumed', { scope })
    await expect(remove(database.db)).rejects.toThrow('append-only')
  })
})
