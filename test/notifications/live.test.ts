import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { announce, tell } from '../../src/notifications/commands.ts'
import { createFeed } from '../../src/notifications/feed.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { until } from '../support/sending.ts'

/** Pages that are open hear of what happens at once, and of nothing that is not theirs. */

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let user: Awaited<ReturnType<typeof makeUser>>
let contact: Awaited<ReturnType<typeof makeContact>>
let foreign: Awaited<ReturnType<typeof makeContact>>
let candidateId: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db)
  scope = company.scope
  user = await makeUser(database.db, scope)
  const candidate = await makeCandidate(database.db, scope)
  candidateId = candidate.id
  contact = await makeContact(database.db, scope, candidate, { userId: user.id, senderId: company.senderId })
  const other = await makeCompany(database.db)
  foreign = await makeContact(database.db, other.scope, await makeCandidate(database.db, other.scope), { userId: (await makeUser(database.db, other.scope)).id, senderId: other.senderId })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

/** The stream of an open page. */
async function listen(visitor: SignedIn, query: string, of = app) {
  const heard: string[] = []
  const cookie = visitor.agent.jar.getCookies({ domain: '127.0.0.1', path: '/', secure: false, script: false }).toValueString()
  const request = http.get(`${of.url}/news?${query}`, { headers: { accept: 'text/event-stream', cookie } })
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => { request.once('response', resolve).once('error', reject) })
  let isOver = false
  response.on('data', (chunk: Buffer) => { heard.push(...[...String(chunk).matchAll(/^data: (.*)$/gm)].flatMap(([, topics]) => topics!.split(' '))) })
  response.on('close', () => { isOver = true })
  const close = () => { request.destroy() }
  onTestFinished(close)
  return { status: response.statusCode, headers: response.headers, heard, close, isOver: () => isOver }
}

const about = (dedupeKey: string, userIds = [user.id]) => ({ kind: 'reply_received' as const, userIds, campaignId: contact.campaignId, dedupeKey })

describe('A page that is open', () => {
  it('hears what is announced once it is committed, and what is told, and nothing of another company', async () => {
    const page = await listen(await app.signIn(user), `topics=campaign:${contact.campaignId}+campaign:${foreign.campaignId}+campaign:0+nonsense`)
    expect(page.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' })
    expect(page.headers['content-encoding']).toBeUndefined()
    await until(async () => (await tell(database.db, [`campaign:${contact.campaignId}`]), page.heard.includes(`campaign:${contact.campaignId}`)), 'the listener hears')
    page.heard.length = 0
    await database.db.transaction().execute(async (trx) => {
      await announce(trx, scope, about('in a transaction'))
      await tell(trx, [`campaign:${foreign.campaignId}`])
      await tell(database.db, [`campaign:${contact.campaignId}`])
      await until(() => page.heard.includes(`campaign:${contact.campaignId}`), 'what is committed is heard')
      expect(page.heard).not.toContain('user')
    })
    await until(() => page.heard.includes('user'), 'the announcement is heard')
    expect(page.heard.filter((topic) => topic.endsWith(`:${foreign.campaignId}`))).toEqual([])
  })

  it('hears of answers, which tell nothing themselves, on the campaign and on the record', async () => {
    const visitor = await app.signIn(user)
    const page = await listen(visitor, `topics=candidate:${candidateId}`)
    // Whoever looks begins with what is there.
    const answer = () => recordAnswer(app.deps, scope, contact.recipientId, { choice: 'yes', availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
    await new Promise((resolve) => setImmediate(resolve))
    await until(async () => {
      await database.pool.query('delete from answer where recipient_id = $1', [contact.recipientId])
      await database.pool.query('delete from answer_version where recipient_id = $1', [contact.recipientId])
      await answer()
      return page.heard.includes(`candidate:${candidateId}`)
    }, 'the answer is heard')
  })

  it('hears of texts, and of what colleagues did with them, whoever was told of them; of another company’s, or without the right, of none', async () => {
    const colleague = await app.signIn(await makeUser(database.db, scope, { privileges: ['campaigns.view'] }))
    const outsider = await app.signIn(await makeUser(database.db, scope, { privileges: ['candidates.view'] }))
    const other = await makeCompany(database.db)
    const stranger = await app.signIn(await makeUser(database.db, other.scope))
    const [page, deaf, foreigner] = [await listen(colleague, 'topics=replies'), await listen(outsider, 'topics=replies+candidate:1'), await listen(stranger, `topics=replies+replies:${scope.companyId}`)]
    const text = () => database.db.insertInto('reply').values({ company_id: scope.companyId, e164: '+33639980001', sender: '38047', body: 'Bonjour', provider_id: randomUUID() }).execute()
    await until(async () => (await text(), page.heard.includes('replies')), 'the text is heard')
    page.heard.length = 0
    const shown = await colleague.get('/replies')
    await colleague.submit(shown, {}, { form: '/replies/read' })
    await until(() => page.heard.includes('replies'), 'that it was read is heard')
    await until(async () => (await tell(database.db, [`replies:${other.scope.companyId}`]), foreigner.heard.includes('replies')), 'the other company hears its own')
    expect(deaf.heard.filter((topic) => topic === 'replies')).toEqual([])
    expect(page.heard.every((topic) => topic === 'replies')).toBe(true)
  })

  it('keeps nobody signed in', async () => {
    const visitor = await app.signIn(user)
    await database.pool.query("update user_session set last_seen_at = now() - interval '3 hours' where user_id = $1", [user.id])
    await visitor.agent.get('/notifications/bell')
    await visitor.agent.get('/notifications').set({ 'hx-request': 'true', 'x-background': '1' })
    ;(await listen(visitor, '')).close()
    const recent = async () => (await database.pool.query("select from user_session where user_id = $1 and last_seen_at > now() - interval '1 hour'", [user.id])).rowCount
    expect(await recent()).toBe(0)
    await visitor.get('/notifications')
    expect(await recent()).toBe(1)
  })

  it('ends when its person signs out, is deactivated or has been away for too long', async () => {
    const feed = createFeed(app.deps)
    onTestFinished(() => feed.end())
    const open = (userId: number, sessionId: number) => feed.open({ userId, sessionId, topics: new Set(), isAgain: false })!.resume()
    const sessionOf = async (userId: number) => (await database.db.selectFrom('user_session').select('id').where('user_id', '=', userId).orderBy('id', 'desc').executeTakeFirstOrThrow()).id
    const visitor = await app.signIn(user)
    const mine = await sessionOf(user.id)
    const colleague = await makeUser(database.db, scope)
    await app.signIn(colleague)
    const theirs = await sessionOf(colleague.id)
    const pages = [open(user.id, mine), open(colleague.id, theirs)]
    const ended = () => pages.map((page) => page.readableEnded)
    await feed.beatOnce()
    expect(ended()).toEqual([false, false])
    await visitor.submit(await visitor.get('/account'), {}, { form: '/logout' })
    await feed.beatOnce()
    await until(() => ended()[0] === true, 'the page of who signed out ends')
    expect(ended()).toEqual([true, false])
    await database.pool.query("update user_session set last_seen_at = now() - interval '5 hours' where id = $1", [theirs])
    await feed.beatOnce()
    await until(() => ended()[1] === true, 'the page of who has been away ends')
    await database.pool.query("update user_session set last_seen_at = now() where id = $1", [theirs])
    pages[1] = open(colleague.id, theirs)
    await database.pool.query('update app_user set disabled_at = now() where id = $1', [colleague.id])
    await feed.beatOnce()
    await until(() => ended()[1] === true, 'the page of who was deactivated ends')
    expect((await listen(visitor, '')).status).toBe(401)
  })

  it('is refused beyond a number of windows, and whoever is no open page gets no stream', async () => {
    const visitor = await app.signIn(user)
    const pages = []
    for (let n = 0; n < 13; n++) pages.push(await listen(visitor, ''))
    expect(pages.at(-1)).toMatchObject({ status: 429, headers: { 'retry-after': '60' } })
    expect((await visitor.agent.get('/news').set('accept', 'text/html')).status).toBe(400)
    pages[0]!.close()
    await until(async () => (await listen(visitor, '')).status === 200, 'a window that is closed leaves its place')
  })

  it('ends at once when the process stops, and reads everything again when it comes back', async () => {
    const other = await startTestApp(database)
    const visitor = await other.signIn(user)
    const page = await listen(visitor, '', other)
    await other.close()
    await until(() => page.isOver(), 'the stream ends')
    const back = await listen(await app.signIn(user), 'again=1')
    await until(() => back.heard.includes('*'), 'a page that comes back reads everything again')
  })

  it('goes on hearing after the database has thrown its listener out', async () => {
    const page = await listen(await app.signIn(user), `topics=campaign:${contact.campaignId}`)
    const told = async () => (await tell(database.db, [`campaign:${contact.campaignId}`]), page.heard.includes(`campaign:${contact.campaignId}`))
    await until(told, 'it hears')
    await database.pool.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dispo-news' and datname = current_database()")
    page.heard.length = 0
    // Something may have been missed, so everything is read again.
    await until(() => page.heard.includes('*'), 'it is told that it missed something')
    await until(told, 'it hears again')
  })
})
