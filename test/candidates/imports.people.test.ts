import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyImport, checkImport, uploadImport } from '../../src/candidates/imports.commands.ts'
import { findImport, listProblemRows, moveImport } from '../../src/candidates/imports.queries.ts'
import { chooseMainPhone } from '../../src/candidates/phones.commands.ts'
import { changeConsent } from '../../src/candidates/privacy.commands.ts'
import { listTimeline } from '../../src/candidates/timeline.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import type { Queue } from '../../src/queue/queue.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { settings } from '../support/sending.ts'

let database: TestDatabase
let scope: CompanyScope
let userId: number

beforeAll(async () => {
  database = await createTestDatabase()
  scope = (await makeCompany(database.db)).scope
  userId = (await makeUser(database.db, scope, { name: 'Nadia Benali' })).id
})
afterAll(() => database?.close())

/** A whole import, step by step; what it said about the file. */
async function importing(...lines: string[]) {
  // The steps are run here by hand, so nothing is ever enqueued.
  const deps = { db: database.db, queue: undefined as unknown as Queue, config: settings() }
  const uploaded = await uploadImport(deps, scope, userId, { name: 'gens.csv', bytes: Buffer.from(lines.join('\n')) })
  if (!uploaded.ok) throw new Error(uploaded.reason)
  const { id } = uploaded.value
  await moveImport(database.db, scope, id, ['uploaded'], 'checking')
  await checkImport(deps, scope.companyId, id)
  await moveImport(database.db, scope, id, ['checked'], 'importing')
  await applyImport(deps, scope.companyId, id)
  const { create_count, update_count, unchanged_count, error_count } = (await findImport(database.db, scope, id))!
  return { counts: [create_count, update_count, unchanged_count, error_count], problems: (await listProblemRows(database.db, scope, id, 0, 50)).flatMap(({ line, problems }) => problems.map(({ field, code, value }) => [line, field, code, value])) }
}

const person = (key: string) => database.db.selectFrom('candidate').selectAll().where('company_id', '=', scope.companyId).where('external_id', '=', key).executeTakeFirstOrThrow()
const phones = async (id: number) => (await database.db.selectFrom('candidate_phone').select(['kind', 'position', 'e164']).where('candidate_id', '=', id).orderBy('kind', 'desc').orderBy('position').execute()).map(({ kind, position, e164 }) => `${kind} ${position} ${e164?.slice(-4)}`)

describe('an import of people', () => {
  test('knows contacts, clients, tags, branches, second numbers and places', async () => {
    const branch = await database.db.insertInto('branch').values({ company_id: scope.companyId, name: 'Lyon Part-Dieu' }).returning('id').executeTakeFirstOrThrow()
    await database.db.insertInto('tag').values({ company_id: scope.companyId, folded: 'fiable', name: 'Fiable' }).execute()
    const { counts, problems } = await importing(
      'reference;nom;type;entreprise;etiquettes;agence;mobile;mobile 2;ville;code postal',
      'P1;Un;candidat;;FIABLE, permis B;lyon part dieu;06 39 98 60 01;06 39 98 60 02;Lyon 3e;69003',
      'P2;Deux;;Bâti Lyon;permis b;Nulle Part;;06 39 98 60 03;St Etienne;',
      'P3;Trois;chef;;;;06 39 98 60 04;06 39 98 60 04;Atlantis;',
    )
    expect(counts).toEqual([3, 0, 0, 0])
    expect(problems).toEqual([[3, 'branch', 'unknown_branch', 'Nulle Part'], [4, 'kind', 'bad_kind', 'chef']])
    const [one, two, three] = [await person('P1'), await person('P2'), await person('P3')]
    expect(one).toMatchObject({ kind: 'candidate', tags: ['Fiable', 'permis B'], branch_id: branch.id, latitude: expect.closeTo(45.76, 1) })
    expect(two).toMatchObject({ kind: 'contact', organisation: 'Bâti Lyon', tags: ['permis B'], branch_id: null, latitude: expect.closeTo(45.43, 1) })
    expect(three).toMatchObject({ kind: 'candidate', latitude: null })
    // A second number without a first is the first; one that is written twice stands once.
    expect([await phones(one.id), await phones(two.id), await phones(three.id)]).toEqual([['mobile 1 6001', 'mobile 2 6002'], ['mobile 1 6003'], ['mobile 1 6004']])
  })

  test('leaves what people decided: which number gets the SMS, tags they gave, what kind of person it is', async () => {
    const lines = ['reference;nom;type;etiquettes;mobile;mobile 2', 'Q1;Quatre;candidat;rouge;06 39 98 61 01;06 39 98 61 02']
    await importing(...lines)
    const { id } = await person('Q1')
    await chooseMainPhone({ db: database.db, config: settings() }, { scope, userId, country: 'FR', timeZone: 'Europe/Paris' }, id, '+33639986102')
    await database.db.updateTable('candidate').set({ tags: ['rouge', 'à la main'] }).where('id', '=', id).execute()
    expect((await importing(...lines)).counts).toEqual([0, 0, 1, 0])
    expect((await importing(lines[0]!, 'Q1;Quatre;contact;ROUGE, bleu;06 39 98 61 01;06 39 98 61 02')).counts).toEqual([0, 1, 0, 0])
    expect(await person('Q1')).toMatchObject({ kind: 'candidate', tags: ['rouge', 'à la main', 'bleu'] })
    expect(await phones(id)).toEqual(['mobile 1 6102', 'mobile 2 6101'])
  })

  test('writes each change of consent into its history, with the file, and only changes', async () => {
    await importing('reference;nom;consentement;source consentement;date consentement', 'R1;Cinq;oui;Formulaire;12/03/2026')
    const { id } = await person('R1')
    await importing('reference;nom;consentement', 'R1;Cinq;oui')
    await changeConsent({ db: database.db }, scope, { candidateId: id, isGiven: false, was: true, source: 'E-mail', saidOn: '2026-04-01', userId })
    await importing('reference;nom;ville', 'R1;Cinq;Lyon')
    await importing('reference;nom;consentement', 'R1;Cinq;oui')
    const { rows } = await listTimeline(database.db, scope, id, { kind: 'consent' })
    expect(rows.map(({ event, body, origin, available_from, actor }) => [event, body, origin, available_from, actor])).toEqual([
      ['consent_given', 'import', 'gens.csv', expect.any(String), 'Nadia Benali'], ['consent_withdrawn', 'E-mail', null, '2026-04-01', 'Nadia Benali'], ['consent_given', 'Formulaire', 'gens.csv', '2026-03-12', 'Nadia Benali'],
    ])
  })
})
