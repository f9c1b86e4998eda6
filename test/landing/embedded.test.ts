import { afterAll, beforeAll, expect, it } from 'vitest'
import type { OpenDatabase } from '../../src/db/pool.ts'
import { announce, type Topic } from '../../src/notifications/commands.ts'
import { createFeed } from '../../src/notifications/feed.ts'
import { gatherNews } from '../../src/notifications/gathering.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createEmbeddedDatabase } from '../support/embedded.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { until } from '../support/sending.ts'

let database: OpenDatabase
let app: TestApp
beforeAll(async () => {
  database = await createEmbeddedDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
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

it('the embedded database tells open pages what is committed, and nothing that is taken back', async () => {
  const { scope } = await makeCompany(database.db)
  const user = await makeUser(database.db, scope)
  const feed = createFeed(app.deps)
  const heard: string[] = []
  feed.open({ userId: user.id, sessionId: 1, topics: new Set<Topic>([`user:${user.id}`]), isAgain: false })!.on('data', (chunk: Buffer) => heard.push(String(chunk)))
  const say = (dedupeKey: string, fails: boolean) => database.db.transaction().execute(async (trx) => {
    await announce(trx, scope, { kind: 'batch_sent', userIds: [user.id], dedupeKey })
    if (fails) throw new Error('taken back')
  })
  await until(() => heard.some((line) => line.includes('*')), 'it listens')
  heard.length = 0
  await expect(say('one', true)).rejects.toThrow('taken back')
  await gatherNews(app.deps)
  expect(heard.join('')).not.toContain('user')
  await say('two', false)
  await until(() => heard.includes('data: user\n\n'), 'it is heard')
  await feed.end()
})
