import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerImportTasks } from '../../src/candidates/imports.tasks.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

const HEADER = 'Référence;Nom;Prénom;Mobile;E-mail;Métier;Accord SMS'
const csv = (...rows: string[]) => ({ filename: 'candidats.csv', content: [HEADER, ...rows].join('\r\n'), type: 'text/csv' })

let database: TestDatabase
let app: TestApp
let recruiter: SignedIn
let companyId: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerImportTasks })
  const company = await makeCompany(database.db)
  companyId = company.id
  recruiter = await app.signIn(await makeUser(database.db, company.scope))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const candidates = () =>
  database.db.selectFrom('candidate as c').leftJoin('candidate_phone as p', 'p.candidate_id', 'c.id').where('c.company_id', '=', companyId)
    .select(['c.external_id', 'c.last_name', 'c.trade', 'c.consent_given', 'p.e164']).orderBy('c.external_id').execute()

/** From the file to the report of the dry run. */
async function check(file: ReturnType<typeof csv>) {
  const upload = await recruiter.get('/candidates/import')
  const mapping = await recruiter.submit(upload, { file })
  expect(mapping.text).toContain('À quoi correspond chaque colonne')
  await recruiter.submit(mapping, {}, { button: 'Vérifier le fichier' })
  await app.deps.queue.drain()
  return recruiter.get(mapping.url)
}

describe('importing a file', () => {
  it('changes nothing until it is confirmed, then creates; again it updates and never doubles', async () => {
    const first = await check(csv('A1;Lefèvre;Zoé;06 39 98 00 01;zoe@example.org;Maçon;oui', 'A2;Diallo;Moussa;pas de numéro;;Cariste;non', ';;;;;Coffreur;'))
    expect(first.text).toContain('Importer 2 candidats')
    expect(first.text).toMatch(/4 .*Ni référence, ni e-mail/)
    expect(first.text).toContain('Ce n’est pas un numéro')
    expect(await candidates()).toEqual([])

    await recruiter.submit(first, {}, { button: 'Importer 2 candidats' })
    await app.deps.queue.drain()
    expect(await candidates()).toEqual([
      { external_id: 'A1', last_name: 'Lefèvre', trade: 'Maçon', consent_given: true, e164: '+33639980001' },
      { external_id: 'A2', last_name: 'Diallo', trade: 'Cariste', consent_given: false, e164: null },
    ])
    expect((await recruiter.get(first.url)).text).toContain('Import terminé')

    const again = await check(csv('A1;Lefèvre;Zoé;06 39 98 00 02;zoe@example.org;;oui', 'A2;Diallo;Moussa;pas de numéro;;Cariste;non'))
    expect(again.text).toContain('Importer 1 candidat')
    await recruiter.submit(again, {}, { button: 'Importer 1 candidat' })
    await app.deps.queue.drain()
    expect(await candidates(), 'an empty cell erases nothing').toEqual([
      { external_id: 'A1', last_name: 'Lefèvre', trade: 'Maçon', consent_given: true, e164: '+33639980002' },
      { external_id: 'A2', last_name: 'Diallo', trade: 'Cariste', consent_given: false, e164: null },
    ])
  })

  it('refuses the same person twice in one file, naming the first line', async () => {
    const report = await check(csv('B1;Roche;Ana;;ana@example.org;;', 'B1;Roche;Ana;;ana@example.org;;'))
    expect(report.text).toContain('La même personne est déjà à la ligne 2')
  })

  it('says before it is confirmed to which countries nothing will be sent (S106)', async () => {
    const report = await check(csv('R1;Payet;Ida;0692 12 34 56;payet@example.org;;oui', 'R2;Hoarau;Leo;+34 612 34 56 78;hoarau@example.org;;oui', 'R3;Petit;Ana;06 39 98 00 09;petit@example.org;;oui'))
    expect(report.text.replaceAll(/[\u00a0\u202f]/g, ' ')).toContain('2 numéros de ce fichier ne recevront pas de SMS, à cause de leur pays : Espagne 1 et La Réunion 1.')
    expect((await check(csv('R3;Petit;Ana;06 39 98 00 09;petit@example.org;;oui'))).text).not.toContain('à cause de')
  })

  it('gives the whole report as a file in which no cell is a formula', async () => {
    const report = await check(csv('C1;Test;Ida;=1+1;ida@example.org;;'))
    const file = await recruiter.agent.get(`${report.url}/report`)
    expect(file.text).toContain("'=1+1")
    expect(file.text).not.toMatch(/[;\n]=1/)
  })

  it('tells what is wrong with a file, and with columns that identify nobody', async () => {
    const upload = await recruiter.get('/candidates/import')
    const workbook = await recruiter.submit(upload, { file: { filename: 'c.xlsx', content: 'PK\u0003\u0004…' } })
    expect([workbook.status, workbook.text]).toEqual([422, expect.stringContaining('Ce classeur ne peut pas être lu')])

    const mapping = await recruiter.submit(upload, { file: csv('D1;X;Y;;x@example.org;;') })
    const refused = await recruiter.submit(mapping, { 'column[0]': '', 'column[4]': '', 'column[3]': '' }, { button: 'Vérifier le fichier' })
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('il faut une référence, un e-mail, ou un téléphone avec un nom')])
  })

  it('shows nobody the import of another company, and nothing to people without the privilege', async () => {
    const other = await makeCompany(database.db)
    const stranger = await app.signIn(await makeUser(database.db, other.scope))
    const reader = await app.signIn(await makeUser(database.db, other.scope, { role: 'reader' }))
    const { id } = await database.db.selectFrom('candidate_import').select('id').orderBy('id').executeTakeFirstOrThrow()
    expect((await stranger.get(`/candidates/import/${id}`)).status).toBe(404)
    expect((await reader.get('/candidates/import')).status).toBe(403)
  })

  it('takes a confirmation once: the second finds the import moved on', async () => {
    const report = await check(csv('E1;Once;Only;;once@example.org;;'))
    await recruiter.submit(report, {}, { button: 'Importer 1 candidat' })
    const second = await recruiter.submit(report, {}, { button: 'Importer 1 candidat' })
    expect([second.status, second.text]).toEqual([409, expect.stringContaining('Cet import a avancé entre-temps')])
  })
})
