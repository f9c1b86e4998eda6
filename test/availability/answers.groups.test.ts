import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createAnswerGroups, type AnswerTaker } from '../../src/availability/answers.groups.ts'
import type { NewAnswer } from '../../src/availability/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeInvitation, type Invitation } from '../support/factories/landing.ts'

let test: TestDatabase
let warnings: string[]
let take: AnswerTaker
beforeAll(async () => { test = await createTestDatabase() })
afterAll(() => test.close())
beforeEach(() => {
  warnings = []
  take = createAnswerGroups({ db: test.db, log: pino({ level: 'warn' }, { write: (line) => void warnings.push(line) }) })
})

const answer = (given: Partial<NewAnswer> = {}): NewAnswer => ({ choice: 'yes', availableFrom: '2027-01-04', availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link', ...given })
const give = ({ scope, campaignId, recipientId }: Invitation, given: Partial<NewAnswer> = {}) => take(scope, campaignId, recipientId, answer(given))

/** People of one campaign. */
async function invite(count: number, given: Parameters<typeof makeInvitation>[1] = {}): Promise<Invitation[]> {
  const first = await makeInvitation(test.db, given)
  const others: Invitation[] = []
  for (let n = 1; n < count; n++) {
    const other = await makeInvitation(test.db, { company: first.company })
    await test.pool.query('update recipient set campaign_id = $1, batch_id = (select id from batch where campaign_id = $1), rank = $2 where id = $3', [first.campaignId, n + 1, other.recipientId])
    others.push({ ...other, campaignId: first.campaignId })
  }
  return [first, ...others]
}

async function written(people: readonly Invitation[]) {
  const { rows } = await test.pool.query<{ id: number; versions: number; notes: number; changes: number; from: string | null }>(
    `select r.id, (select count(*) from answer_version v where v.recipient_id = r.id) as versions, (select count(*) from follow_up_note n where n.recipient_id = r.id) as notes,
      (select count(*) from availability_change h where h.candidate_id = r.candidate_id) as changes, k.available_from as from
    from recipient r join candidate k on k.id = r.candidate_id where r.id = any($1) order by r.id`, [people.map(({ recipientId }) => recipientId)])
  return rows.map(({ versions, notes, changes, from }) => [versions, notes, changes, from])
}

it('each of many answers at once has its version, its record and its note, and its own dates', async () => {
  const people = await invite(5)
  const outcomes = await Promise.all(people.map((one, n) => give(one, { availableFrom: `2027-02-0${n + 1}`, comment: `« ${n} », \\"{}` })))
  expect(outcomes.map((outcome) => outcome.ok && [outcome.value.version, outcome.value.comment])).toEqual(people.map((_, n) => [1, `« ${n} », \\"{}`]))
  expect(await written(people)).toEqual(people.map((_, n) => [1, 1, 1, `2027-02-0${n + 1}`]))
  const { rows } = await test.pool.query("select count(distinct xmin::text) as n from answer_version where recipient_id = any($1)", [people.map(({ recipientId }) => recipientId)])
  expect(rows).toEqual([{ n: 1 }])
})

it('a double tap, a form that is too old and an unknown person spoil nothing for the others of their group (F-42)', async () => {
  const [plain, double, old, stranger] = await invite(4) as [Invitation, Invitation, Invitation, Invitation]
  await give(old, { choice: 'no', availableFrom: null })
  const form = answer()
  const outcomes = await Promise.all([
    give(plain), give(double, form), give(double, form), give(old), take(stranger.scope, stranger.campaignId, 987_654_321, answer()), give(stranger),
  ])
  expect(outcomes).toMatchObject([{ ok: true }, { ok: true, value: { version: 1 } }, { ok: true, value: { version: 1 } }, { ok: false, reason: 'changed', detail: { choice: 'no' } }, { ok: false, reason: 'unknown' }, { ok: true }])
  expect(await written([plain, double, old, stranger])).toEqual([[1, 1, 1, '2027-01-04'], [1, 1, 1, '2027-01-04'], [1, 1, 1, null], [1, 1, 1, '2027-01-04']])
})

it('an answer that the database refuses is refused alone', async () => {
  const [one, bad, other] = await invite(3) as [Invitation, Invitation, Invitation]
  const outcomes = await Promise.allSettled([give(one), give(bad, { comment: 'x'.repeat(20_000) }), give(other)])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await written([one, bad, other])).toEqual([[1, 1, 1, '2027-01-04'], [0, 0, 0, null], [1, 1, 1, '2027-01-04']])
  expect(warnings).toHaveLength(1)
})

it('whoever is held by somebody else waits alone', async () => {
  const [held, free] = await invite(2) as [Invitation, Invitation]
  const client = await test.pool.connect()
  try {
    await client.query('begin')
    await client.query('update candidate set available_from = $1 where id = $2', ['2027-06-01', held.candidateId])
    const waiting = give(held, { choice: 'no', availableFrom: null })
    expect(await give(free)).toMatchObject({ ok: true })
    await client.query('commit')
    expect(await waiting).toMatchObject({ ok: true })
  } finally {
    client.release()
  }
  // A bare NON erases no date, whichever it was.
  expect(await written([held, free])).toEqual([[1, 1, 1, '2027-06-01'], [1, 1, 1, '2027-01-04']])
})

it('two people of a group who share a record are written one after the other (S46)', async () => {
  const [one, other] = await invite(2) as [Invitation, Invitation]
  await test.db.insertInto('recipient_profile').values({ company_id: one.company.id, recipient_id: other.recipientId, candidate_id: one.candidateId }).execute()
  await Promise.all([give(one, { availableFrom: '2027-03-01', availableUntil: '2027-03-31' }), give(other, { choice: 'no', availableFrom: null })])
  const { rows } = await test.pool.query('select availability, available_from, available_until from candidate where id = $1', [one.candidateId])
  expect(rows).toEqual([{ availability: 'unavailable', available_from: '2027-03-01', available_until: '2027-03-31' }])
})

it('a closed campaign refuses all of a group, and the OUI that were wanted close it', async () => {
  const closed = await invite(2, { closedAt: new Date('2026-11-20T10:00:00Z') })
  expect(await Promise.all(closed.map((one) => give(one)))).toMatchObject([{ ok: false, reason: 'closed' }, { ok: false, reason: 'closed' }])
  const wanted = await invite(3)
  await test.pool.query('update campaign set close_at_yes = 2 where id = $1', [wanted[0]!.campaignId])
  expect(await Promise.all(wanted.map((one) => give(one)))).toMatchObject([{ ok: true }, { ok: true }, { ok: true }])
  const { rows } = await test.pool.query('select closed_at is not null as closed from campaign where id = $1', [wanted[0]!.campaignId])
  expect(rows).toEqual([{ closed: true }])
})
