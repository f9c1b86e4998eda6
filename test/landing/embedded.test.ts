import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { openDatabase, type OpenDatabase } from '../../src/db/pool.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { makeInvitation } from '../support/factories/landing.ts'

let database: OpenDatabase
let app: TestApp
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'dispo-landing-'))
beforeAll(async () => {
  database = await openDatabase({ dataDir })
  await migrateToLatest(database.db)
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
  rmSync(dataDir, { recursive: true })
})

it('the embedded database serves pages and takes answers at once from many, and again after a failed statement', async () => {
  const first = await makeInvitation(database.db, { kind: 'simple' })
  const invitations = [first]
  for (let n = 0; n < 9; n++) invitations.push(await makeInvitation(database.db, { kind: 'simple', company: first.company }))
  const visitor = app.visit()
  const answers = await Promise.all(invitations.map(async ({ code }, n) => visitor.submit(await visitor.get(`/r/${code}`), { answer: n % 2 ? 'yes' : 'no' }, { form: '/answer' })))
  expect(answers.map(({ status, heading }) => [status, heading])).toEqual(Array(10).fill([200, 'Merci, votre réponse est enregistrée']))
  await expect(database.pool.query('select nonsense')).rejects.toThrow(/nonsense/)
  await expect(database.db.transaction().execute(async (trx) => { await trx.selectFrom('nowhere' as 'answer').selectAll().execute() })).rejects.toThrow(/nowhere/)
  for (const { code } of invitations) expect((await visitor.get(`/r/${code}`)).status).toBe(200)
})
