import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../src/db/pool.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeDraft } from '../support/factories/campaigns.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'

/** Companies are strangers (P19): a foreign id is a non-existing one, and load never mixes their answers. */

type Agency = { marker: string; user: SignedIn; own: string[]; candidateId: number; campaignId: number; draftId: number }

let database: TestDatabase
let narrow: OpenDatabase
let app: TestApp
let alpha: Agency
let beta: Agency

beforeAll(async () => {
  database = await createTestDatabase()
  // Far fewer connections than requests at once: what one request leaves on a connection, another would find.
  narrow = await openDatabase({ databaseUrl: database.url, dataDir: '', connections: 5 })
  app = await startTestApp({ db: narrow.db, pool: narrow.pool })
  ;[alpha, beta] = [await makeAgency('Marqueuralpha'), await makeAgency('Marqueurbeta')]
})
afterAll(async () => {
  await app?.close()
  await narrow?.close()
  await database?.close()
})

async function makeAgency(marker: string): Promise<Agency> {
  const { scope, senderId } = await makeCompany(database.db, { name: `${marker} Intérim` })
  const user = await makeUser(database.db, scope, { role: 'administrator', name: `${marker} Directrice` })
  const candidate = await makeCandidate(database.db, scope, { firstName: marker, lastName: 'Commune', trade: 'Maçon' })
  const { campaignId } = await makeContact(database.db, scope, candidate, { userId: user.id, senderId, campaignName: `${marker} campagne`, answer: { choice: 'yes', comment: `${marker} répond` } })
  const { id: draftId } = await makeDraft(database.db, scope, { createdBy: user.id, senderId, candidateIds: [candidate.id], name: `${marker} brouillon` })
  const own = ['/candidates', '/candidates?q=commune', `/candidates/${candidate.id}`, '/campaigns', `/campaigns/${campaignId}`, `/campaigns/${draftId}`, '/admin/branding']
  return { marker, user: await app.signIn(user), own, candidateId: candidate.id, campaignId, draftId }
}

it('two hundred requests at once, with errors and broken-off ones between, never show the other company (F-61)', async () => {
  const requests = Array.from({ length: 200 }, (_, n) => {
    const [me, other] = n % 2 === 0 ? [alpha, beta] : [beta, alpha]
    const url = n % 7 === 0 ? '/candidates/999999999' : (me.own[n % me.own.length] as string)
    return { me, other, url, isBrokenOff: n % 11 === 0 }
  })
  const seen = await Promise.all(requests.map(async ({ me, other, url, isBrokenOff }) => {
    const request = me.user.agent.get(url)
    if (isBrokenOff) {
      const answer = request.then(() => {}, () => {})
      setImmediate(() => { void request.abort() })
      await Promise.race([answer, new Promise((resolve) => { request.on('abort', resolve) })])
      return 'broken off'
    }
    const { status, text } = await request
    if (text.includes(other.marker)) return `${url} shows ${other.marker} to ${me.marker}`
    return status === 200 && text.includes(me.marker) ? 'own' : status === 404 ? 'not found' : `${status} for ${url}`
  }))
  expect([...new Set(seen)].sort()).toEqual(['broken off', 'not found', 'own'])
})

describe('the requests of one company, replayed by the other', () => {
  const idsOf = ({ candidateId, campaignId, draftId }: Agency) => [
    `/candidates/${candidateId}`, `/candidates/${candidateId}/timeline`,
    ...['', '/progress', '/export', '/exclusions', '/page'].map((part) => `/campaigns/${campaignId}${part}`),
    ...['', '/check', '/preview', '/deletion'].map((part) => `/campaigns/${draftId}${part}`),
  ]

  it('find nothing by GET', async () => {
    for (const url of idsOf(alpha)) {
      expect((await alpha.user.agent.get(url)).status, `${url}, by its owner`).toBeLessThan(400)
      const answer = await beta.user.agent.get(url)
      expect([url, answer.status, answer.text.includes(alpha.marker)]).toEqual([url, 404, false])
    }
  })

  it('change nothing by POST', async () => {
    const before = await snapshot()
    const posts = [
      `/candidates/${alpha.candidateId}/notes`, `/candidates/${alpha.candidateId}/opt-out`,
      ...['draft', 'launch', 'test', 'deletion'].map((part) => `/campaigns/${alpha.draftId}/${part}`),
      ...['closing', 'cancellation'].map((part) => `/campaigns/${alpha.campaignId}/${part}`),
    ]
    for (const url of posts) {
      const answer = await beta.user.post(beta.user.home, url, { body: 'x', version: '1', launch_key: '7d7c9f3a-0000-4000-8000-000000000001', name: 'x', mobile: '0639980001' })
      expect([url, answer.status]).toEqual([url, 404])
    }
    expect(await snapshot()).toEqual(before)
  })

  it('cannot select foreign people for a campaign', async () => {
    const page = await beta.user.post(beta.user.home, '/campaigns', { ids: [String(alpha.candidateId)] })
    expect(page.text).not.toContain(alpha.marker)
    expect(page.text).not.toMatch(/\b1 recevr/)
  })
})

async function snapshot() {
  const { db } = database
  return {
    notes: await db.selectFrom('follow_up_note').select('id').execute(),
    campaigns: await db.selectFrom('campaign').select(['id', 'status', 'version', 'closed_at']).orderBy('id').execute(),
    messages: await db.selectFrom('message').select(['id', 'state']).orderBy('id').execute(),
    phones: await db.selectFrom('phone').select(['e164', 'opted_out_at']).orderBy('e164').execute(),
  }
}
