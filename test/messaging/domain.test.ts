import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from 'kysely'
import { FINAL_STATES, MESSAGE_MOVES, MESSAGE_STATES, RECEIPT_RANK, UNSENT_STATES } from '../../src/messaging/domain.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

test('the database allows exactly the moves of the table, for every pair of states', async () => {
  const { db } = database
  const { id: companyId } = await makeCompany(db)
  const allowed: string[] = []
  for (const from of MESSAGE_STATES) {
    for (const to of MESSAGE_STATES.filter((state) => state !== from)) {
      const lease = (state: string) => sql`${state === 'leased' ? sql`app_now()` : null}::timestamptz`
      const { rows } = await sql<{ id: number }>`
        insert into message (company_id, purpose, e164, sender, body, encoding, segments, state, lease_until)
        values (${companyId}, 'single', '+33639980001', '38047', 'Bonjour', 'gsm7', 1, ${from}, ${lease(from)}) returning id`.execute(db)
      const moved = await sql`update message set state = ${to}, lease_until = ${lease(to)} where id = ${rows[0]!.id}`.execute(db).then(() => true, () => false)
      if (moved) allowed.push(`${from} → ${to}`)
    }
  }
  expect(allowed.sort()).toEqual(Object.entries(MESSAGE_MOVES).flatMap(([from, targets]) => targets.map((to) => `${from} → ${to}`)).sort())
})

test('a receipt that raises the rank is always a legal move', () => {
  const ranked = Object.entries(RECEIPT_RANK)
  for (const [from, low] of ranked) {
    const raised = ranked.filter(([, high]) => high > low).map(([state]) => state)
    expect(MESSAGE_MOVES[from as keyof typeof RECEIPT_RANK]).toEqual(expect.arrayContaining(raised))
  }
})

test('a message is waiting, out, or settled', () => {
  expect([...UNSENT_STATES, 'in_doubt', 'accepted', ...FINAL_STATES].sort()).toEqual([...MESSAGE_STATES].sort())
})
