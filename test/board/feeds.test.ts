import ical, { type VEvent } from 'node-ical'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MOST_EVENTS } from '../../src/board/feeds.domain.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { visit } from '../support/page.ts'

/** Availability in people's own calendars, read by a program that is not ours. */

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let senderId: number
let user: Awaited<ReturnType<typeof makeUser>>
let recruiter: SignedIn
let branchId: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db, { name: 'Agence Martin' })
  ;({ scope, senderId } = company)
  user = await makeUser(database.db, scope, { name: 'Nadia Benali' })
  recruiter = await app.signIn(user)
  branchId = (await database.db.insertInto('branch').values({ company_id: scope.companyId, name: 'Lyon Est' }).returning('id').executeTakeFirstOrThrow()).id
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})
afterEach(() => shiftClock(database, '0'))

type Days = { from?: string | null; until?: string | null; availability?: string; first?: string; last?: string; branch?: boolean; campaignId?: number }

async function person({ from = null, until = null, availability = 'available', first = 'Léa', last = 'Martin', branch = true, campaignId }: Days) {
  const { id, e164 } = await makeCandidate(database.db, scope, { firstName: first, lastName: last, town: 'Lyon' })
  await database.db.updateTable('candidate').set({ availability, available_from: from, available_until: until, availability_updated_at: new Date('2026-11-20T10:00:00Z'), availability_campaign_id: campaignId ?? null, branch_id: branch ? branchId : null, trade: 'coffreuse' }).where('id', '=', id).execute()
  return { id, e164: e164! }
}

/** The address that the page shows once. */
async function make(of: string, by = recruiter): Promise<string> {
  const page = await by.submit(await by.get('/availability/calendars'), { of }, { form: '/availability/calendars' })
  return new URL(/<code id="feed-url">([^<]+)</.exec(page.html)![1]!).pathname
}

const outside = () => visit(app.app).agent
const read = async (address: string) => {
  const answer = await outside().get(address)
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/calendar; charset=utf-8'])
  const events = Object.values(ical.sync.parseICS(answer.text)).filter((one) => one?.type === 'VEVENT') as VEvent[]
  return { text: answer.text, etag: answer.headers['etag'] as string, events }
}
const day = (date: Date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`

describe('a calendar', () => {
  it('holds whole days with the day after as their end, one event for each person, without numbers or last names', async () => {
    const [both, open, sinceSaid] = [await person({ from: '2026-11-23', until: '2026-12-04' }), await person({ from: '2026-12-01', first: 'Zoé', last: 'Ünal' }), await person({ until: '2026-12-10', first: 'Ana, la; grande', last: '' })]
    const none = [await person({}), await person({ from: '2026-11-23', until: '2026-12-04', availability: 'unavailable' }), await person({ from: '2026-11-23', branch: false }), await person({ from: '2026-10-01', until: '2026-10-05' })]
    const { text, events } = await read(await make(`branch-${branchId}`))
    expect(events.map(({ uid, start, end, datetype, summary }) => [Number(/^availability-(\d+)@/.exec(uid)![1]), day(start as Date), day(end as Date), datetype, summary])).toEqual([
      [sinceSaid.id, '2026-11-20', '2026-12-11', 'date', 'Ana, la; grande : disponible'],
      [both.id, '2026-11-23', '2026-12-05', 'date', 'Léa M. : disponible'],
      [open.id, '2026-12-01', '2026-12-02', 'date', 'Zoé Ü. : disponible à partir de ce jour'],
    ].map((row) => row.map((cell) => (typeof cell === 'string' ? cell.replace(' :', '\u00a0:') : cell))))
    expect(text).toMatch(/DTSTART;VALUE=DATE:20261123\r\nDTEND;VALUE=DATE:20261205\r\n/)
    expect(text).toMatch(/REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H/)
    for (const secret of ['Martin\r', 'Ünal', both.e164.slice(1), '+33', 'tel:']) expect(text).not.toContain(secret)
    for (const { id } of none) expect(text).not.toContain(`availability-${id}@`)
    // RFC 5545, 3.1: lines end with CRLF and hold 75 octets at most.
    expect(text.split('\r\n').every((line) => !line.includes('\n') && Buffer.byteLength(line) <= 75)).toBe(true)
  })

  it('keeps the id of an event, counts its states up, and says when nothing is new', async () => {
    const moved = await person({ from: '2026-12-07', until: '2026-12-11', first: 'Inès' })
    const address = await make(`branch-${branchId}`)
    const of = ({ events }: Awaited<ReturnType<typeof read>>) => events.find(({ uid }) => uid.startsWith(`availability-${moved.id}@`))!
    const first = await read(address)
    expect((await outside().get(address).set('if-none-match', `W/${first.etag}`)).status).toBe(304)
    await database.pool.query("update candidate set available_from = '2026-12-14', available_until = '2026-12-18', updated_at = updated_at + interval '1 minute' where id = $1", [moved.id])
    const second = await read(address)
    expect(second.etag).not.toBe(first.etag)
    expect([of(second).uid, day(of(second).start as Date)]).toEqual([of(first).uid, '2026-12-14'])
    expect(Number(of(second).sequence)).toBeGreaterThan(Number(of(first).sequence))
  })

  it('of one’s own campaigns holds who answered those that one sent or is told of', async () => {
    const colleague = await makeUser(database.db, scope)
    const asked = await makeCandidate(database.db, scope)
    const [mine, told, theirs] = [await makeContact(database.db, scope, asked, { userId: user.id, senderId }), await makeContact(database.db, scope, asked, { userId: colleague.id, senderId }), await makeContact(database.db, scope, asked, { userId: colleague.id, senderId })]
    await database.db.insertInto('campaign_follower').values({ company_id: scope.companyId, campaign_id: told.campaignId, user_id: user.id }).execute()
    const ids = []
    for (const { campaignId } of [mine, told, theirs]) ids.push((await person({ from: '2027-01-04', branch: false, campaignId })).id)
    const { events } = await read(await make('mine'))
    expect(events.map(({ uid }) => Number(/\d+/.exec(uid)![0])).sort((a, b) => a - b)).toEqual(ids.slice(0, 2))
  })

  it('of very many holds the nearest', async () => {
    const other = await makeCompany(database.db)
    const visitor = await app.signIn(await makeUser(database.db, other.scope))
    const { id } = await database.db.insertInto('branch').values({ company_id: other.scope.companyId, name: 'Grande' }).returning('id').executeTakeFirstOrThrow()
    await database.pool.query("insert into candidate (company_id, branch_id, first_name, last_name, availability, available_from, available_until) select $1, $2, 'P', n::text, 'available', '2026-12-01'::date + n % 100, '2027-06-01' from generate_series(1, $3) n", [other.scope.companyId, id, MOST_EVENTS + 50])
    const { events } = await read(await make(`branch-${id}`, visitor))
    expect(events).toHaveLength(MOST_EVENTS)
    expect(events.map(({ start }) => day(start as Date)).sort()[0]).toBe('2026-12-01')
  })
})

describe('the address of a calendar', () => {
  it('is shown once and kept as a hash, ends with a new one and when it is revoked; whatever does not answer is as unknown as a wrong one', async () => {
    const first = await make(`branch-${branchId}`)
    expect((await recruiter.get('/availability/calendars')).html).not.toContain(first)
    expect((await database.pool.query('select encode(token_hash, $2) as hash from calendar_feed where company_id = $1', [scope.companyId, 'escape'])).rows.some(({ hash }) => first.includes(hash))).toBe(false)
    const second = await make(`branch-${branchId}`)
    const unknown = await outside().get(`/calendars/${'x'.repeat(43)}.ics`)
    const gone = await outside().get(first)
    expect([unknown.status, gone.status, gone.text.replaceAll(/\s+/g, ' ')]).toEqual([404, 404, unknown.text.replaceAll(/\s+/g, ' ')])
    expect(gone.headers['set-cookie']).toBeUndefined()
    await read(second)
    const page = await recruiter.get('/availability/calendars')
    const ended = await recruiter.submit(page, {}, { form: /\/availability\/calendars\/\d+\/revocation/.exec(page.html)![0] })
    expect(ended.text).toContain('L’adresse ne répond plus.')
    expect((await outside().get(second)).status).toBe(404)
  })

  it('dies with its person, and with the right to see candidates', async () => {
    const colleague = await makeUser(database.db, scope)
    const address = await make('mine', await app.signIn(colleague))
    await read(address)
    await database.pool.query("delete from user_privilege where user_id = $1 and privilege = 'candidates.view'", [colleague.id])
    expect((await outside().get(address)).status).toBe(404)
    await database.pool.query("insert into user_privilege (company_id, user_id, privilege) values ($1, $2, 'candidates.view')", [scope.companyId, colleague.id])
    await read(address)
    await database.pool.query('update app_user set disabled_at = now() where id = $1', [colleague.id])
    expect((await outside().get(address)).status).toBe(404)
  })

  it('is ended by whoever made it or manages people, and by nobody else; a branch that is not there makes none', async () => {
    const [colleague, manager, stranger] = [await app.signIn(await makeUser(database.db, scope)), await app.signIn(await makeUser(database.db, scope, { role: 'administrator' })), await app.signIn(await makeUser(database.db, (await makeCompany(database.db)).scope, { role: 'administrator' }))]
    const address = await make('mine')
    const { id } = await database.db.selectFrom('calendar_feed').select('id').where('user_id', '=', user.id).where('kind', '=', 'mine').where('revoked_at', 'is', null).executeTakeFirstOrThrow()
    for (const one of [colleague, stranger]) expect((await one.post(one.home, `/availability/calendars/${id}/revocation`)).status).toBe(404)
    await read(address)
    expect((await manager.get('/availability/calendars')).text).toContain('Nadia Benali')
    expect((await colleague.get('/availability/calendars')).text).not.toContain('Nadia Benali')
    expect((await manager.post(manager.home, `/availability/calendars/${id}/revocation`)).text).toContain('L’adresse ne répond plus.')
    expect((await outside().get(address)).status).toBe(404)
    for (const of of [`branch-${branchId}`, 'branch-999999', 'all', '']) expect((await stranger.post(stranger.home, '/availability/calendars', { of })).status).toBe(422)
    const lines = await database.db.selectFrom('journal').select('action').where('company_id', '=', scope.companyId).where('action', 'like', 'calendar.%').execute()
    expect(new Set(lines.map(({ action }) => action))).toEqual(new Set(['calendar.made', 'calendar.revoked']))
  })

  it('refuses who keeps guessing', async () => {
    const guesser = outside()
    const statuses = []
    for (let n = 0; n < 25; n++) statuses.push((await guesser.get(`/calendars/${String(n).padStart(43, 'y')}.ics`)).status)
    expect(statuses.at(-1)).toBe(429)
  })
})
