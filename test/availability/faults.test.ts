import { randomUUID } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import type { NewAnswer } from '../../src/availability/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeInvitation, type Invitation } from '../support/factories/landing.ts'

let test: TestDatabase
beforeAll(async () => { test = await createTestDatabase() })
afterAll(() => test.close())

const answer = (): NewAnswer => ({ choice: 'yes', availableFrom: '2027-01-04', availableUntil: null, comment: 'coupure', formId: randomUUID(), baseVersion: 0, source: 'link' })

/** Versions, current answers, notes, records changed, changes in the history. */
async function countRows({ recipientId, profiles }: Invitation): Promise<number[]> {
  const { db } = test
  const rows = await Promise.all([
    db.selectFrom('answer_version').select('id').where('recipient_id', '=', recipientId).execute(),
    db.selectFrom('answer').select('version').where('recipient_id', '=', recipientId).execute(),
    db.selectFrom('follow_up_note').select('id').where('recipient_id', '=', recipientId).execute(),
    db.selectFrom('candidate').select('id').where('id', 'in', profiles).where('available_from', 'is not', null).execute(),
    db.selectFrom('availability_change').select('id').where('candidate_id', 'in', profiles).execute(),
  ])
  return rows.map((found) => found.length)
}

describe('all rows or none (S94)', () => {
  it('leaves nothing when the connection dies before any of its statements', async () => {
    // Each turn kills the connection at a later statement, until the answer gets through.
    let survived = false
    let deaths = 0
    for (let killAt = 1; !survived && killAt < 20; killAt++) {
      const invitation = await makeInvitation(test.db, { sharedWith: 1 })
      const victim = connectThatDiesAt(killAt)
      const form = answer()
      const outcome = await recordAnswer({ db: victim.db }, invitation.scope, invitation.recipientId, form).catch((error: unknown) => error)
      await victim.close()
      survived = !(outcome instanceof Error)
      if (!survived) deaths += 1
      const all = [1, 1, 2, 2, 2]
      // A connection lost on the way to « commit » or back from it leaves everything or nothing; before it, nothing.
      expect([all, [0, 0, 0, 0, 0]], `killed at statement ${killAt}`).toContainEqual(await countRows(invitation))
      if (survived) expect(await countRows(invitation)).toEqual(all)
      // What the person does next: sends the same form again.
      expect(await recordAnswer(test, invitation.scope, invitation.recipientId, form)).toMatchObject({ ok: true, value: { version: 1 } })
      expect(await countRows(invitation)).toEqual(all)
    }
    expect(survived).toBe(true)
    // Begin, recipient, records, all that is known of them, everything that is written, commit.
    expect(deaths).toBe(6)
  })
})

/** A database handle whose server side is terminated just before its n-th statement runs. */
function connectThatDiesAt(statement: number) {
  const pool = new pg.Pool({ connectionString: test.url, max: 1 })
  pool.on('error', () => {})
  let sent = 0
  pool.on('connect', (client) => {
    client.on('error', () => {})
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    client.query = (async (...args: unknown[]) => {
      sent += 1
      if (sent === statement) await test.pool.query('select pg_terminate_backend($1)', [(client as unknown as { processID: number }).processID])
      return query(...args)
    }) as never
  })
  const db: TestDatabase['db'] = new Kysely({ dialect: new PostgresDialect({ pool }) })
  return { db, close: () => db.destroy() }
}
