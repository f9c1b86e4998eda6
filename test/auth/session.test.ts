import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { paths } from '../../src/web/paths.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { until } from '../support/sending.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** Runs `meanwhile` after a piece of the list has begun and read its session, and before it is answered. */
async function duringPiece(visitor: SignedIn, meanwhile: () => Promise<void>): Promise<void> {
  const isWaiting = async () => (await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`.execute(database.db)).rows[0]!.n > 0
  let piece: Promise<unknown> | undefined
  await database.db.transaction().execute(async (trx) => {
    await sql`lock table candidate in access exclusive mode`.execute(trx)
    piece = visitor.fragment('/candidates?q=durand').catch((error: unknown) => error)
    await until(isWaiting, 'the piece waits for the table')
    await meanwhile()
  })
  expect(await piece).toMatchObject({ status: 200 })
}

it('keeps a sentence for the next page while a piece of the same page is under way', async () => {
  const visitor = await app.signIn(await makeUser(database.db, company.scope))
  await duringPiece(visitor, async () => {
    const csrf = /name="_csrf" value="([^"]+)"/.exec(visitor.home.html)?.[1] ?? ''
    const done = await visitor.agent.post(paths.otherSessions).set('sec-fetch-site', 'same-origin').type('form').send({ _csrf: csrf })
    expect(done.status).toBe(303)
  })
  await visitor.agent.get('/candidates').set({ 'hx-request': 'true', 'hx-request-type': 'full' })
  expect((await visitor.get(paths.account)).text).toContain('Aucune session n’était ouverte')
  expect((await visitor.get(paths.account)).text).not.toContain('Aucune session n’était ouverte')
})

it('is not written again by a piece that was under way at sign-out', async () => {
  const visitor = await app.signIn(await makeUser(database.db, company.scope))
  const count = async () => Number((await database.pool.query(`select count(*) from session where sess ->> 'userSessionId' is not null`)).rows[0].count)
  const before = await count()
  await duringPiece(visitor, async () => {
    await visitor.post(visitor.home, '/logout')
  })
  expect(await count()).toBe(before - 1)
})

it('lasts as long as it is used, however long ago it was changed', async () => {
  const visitor = await app.signIn(await makeUser(database.db, company.scope))
  await database.pool.query(`update session set sess = jsonb_set(sess::jsonb, '{cookie,expires}', '"2026-01-01T00:00:00Z"')::json`)
  expect((await visitor.get('/candidates')).heading).not.toBe('Se connecter')
})
