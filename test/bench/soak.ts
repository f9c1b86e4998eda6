import os from 'node:os'
import path from 'node:path'
import { openDatabase } from '../../src/db/pool.ts'
import { sealForm } from '../../src/landing/seal.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { EVERYBODY, makeDraft, makePeople } from '../support/factories/campaigns.ts'
import { freePorts } from '../support/ports.ts'
import { until } from '../support/sending.ts'
import { temporaryFolder } from './tools/database.ts'
import { curve, megabytes, startProbed } from './tools/heap.ts'
import { openSession } from './tools/session.ts'

const SECRET = 'a secret of the tests, and of nothing else'

/** What an agency does in two hours at work, done as fast as it goes: pages, links, answers, news that are listened to, campaigns. */
const TWO_HOURS = { rounds: 120, pages: 60, links: 60, answers: 15, listeners: 5, people: 2_000 }
const PAGES = ['/candidates', '/candidates?q=martin', '/availability', '/campaigns', '/replies', '/lists', '/notifications', '/admin/journal', '/templates']

/** The whole program in one process, with its simulator; `share` of the two hours. Tells how its memory was in the middle and at the end. */
export async function soak(databaseUrl: string, share: number): Promise<void> {
  const { db, close } = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 2 })
  const { scope, senderId } = await makeCompany(db)
  const user = await makeUser(db, scope, { role: 'administrator' })
  await makePeople(db, scope, TWO_HOURS.people, { allFine: true })
  const folder = temporaryFolder()
  const [port] = await freePorts(1)
  const origin = `http://127.0.0.1:${port}`
  const whole = startProbed('src/main.ts', { DATABASE_URL: databaseUrl, SECRET_KEY: SECRET, DATA_DIR: folder, PORT: String(port), LOG_LEVEL: 'warn', SEND_RATE: '500', DEMO: 'off' }, path.join(folder, 'memory'))
  await until(() => fetch(`${origin}/health/ready`).then((response) => response.ok, () => false), 'it answers')
  const session = await openSession(origin, user)
  const rounds = Math.max(4, Math.round(TWO_HOURS.rounds * share))
  for (let round = 0; round < rounds; round++) {
    if (round % 10 === 0) await launch()
    const listening = Array.from({ length: TWO_HOURS.listeners }, () => session.listen('/news'))
    for (let n = 0; n < TWO_HOURS.pages; n++) await session.get(PAGES[n % PAGES.length]!)
    const links = await db.selectFrom('recipient').select('code').orderBy('id', 'desc').limit(TWO_HOURS.links).offset(round * 7).execute()
    await Promise.all(links.map(async ({ code }, n) => {
      await (await fetch(`${origin}/r/${code}`)).arrayBuffer()
      if (n < TWO_HOURS.answers) await fetch(`${origin}/r/${code}/answer`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ form: sealForm(SECRET, 'answer', code, 0, new Date()), answer: 'yes', from: 'other', from_date: '2027-03-03' }) })
    }))
    for (const { stop } of listening) stop()
  }
  const samples = whole.samples()
  await whole.program.stop()
  await close()
  const live = (from: number, until: number) => megabytes(Math.min(...samples.slice(Math.floor(samples.length * from), Math.ceil(samples.length * until)).map((one) => one.live)))
  console.log(`${rounds} of ${TWO_HOURS.rounds} minutes of work\n${curve(samples)}`)
  // The least of each stretch: what is alive between two requests.
  console.log(JSON.stringify({ soak: rounds, quarter: live(0.2, 0.4), middle: live(0.4, 0.7), end: live(0.8, 1) }))

  async function launch(): Promise<void> {
    const { id } = await makeDraft(db, scope, { createdBy: user.id, senderId, audience: EVERYBODY })
    await session.post(`/campaigns/${id}/check`, `/campaigns/${id}/launch`)
    await until(async () => Number((await db.selectFrom('recipient').select(({ fn }) => fn.countAll<number>().as('n')).where('campaign_id', '=', id).executeTakeFirstOrThrow()).n) > 0, 'it is launched', 120_000)
  }
}
