import diagnostics from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readText } from '../../src/availability/reading.domain.ts'
import { queueMail } from '../../src/mail/commands.ts'
import { PRIVILEGES, type Privilege } from '../../src/web/privileges.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeApiKey } from '../support/factories/api.ts'
import { makeDraft, makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { makeCodePage, makeReference } from '../support/factories/references.ts'
import { makeEndpoint } from '../support/factories/webhooks.ts'

/** Every route there is, as strangers of three kinds walk it: nobody, somebody without the right, and another company's administrator. */
type Route = { method: 'GET' | 'POST'; url: string; privilege: Privilege | 'signed-in' }

const routes: Route[] = []
let database: TestDatabase
let app: TestApp
/** Whose rows are asked for; and who asks, with every right there is in a company of their own. */
let owner: SignedIn
let stranger: SignedIn
let companyId: number
/** Path of a row up to its id → ids of the first company. */
let rows: Record<string, (number | string)[]>
/** Of the webhook among them. */
let delivery: number

const collect = (message: unknown) => {
  (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route: RouteOptions) => {
    for (const method of [route.method].flat()) {
      // A plugin's own files say later what they are; whatever is public asks nobody.
      const { privilege, public: isPublic } = route.config ?? {}
      if (['GET', 'POST'].includes(method) && !isPublic && privilege) routes.push({ method: method as 'GET' | 'POST', url: route.url, privilege })
    }
  })
}

beforeAll(async () => {
  database = await createTestDatabase()
  diagnostics.subscribe('fastify.initialization', collect)
  app = await startTestApp(database)
  diagnostics.unsubscribe('fastify.initialization', collect)
  const company = await makeCompany(database.db, { name: 'Agence visitée' })
  const user = await makeUser(database.db, company.scope, { privileges: PRIVILEGES })
  companyId = company.id
  rows = await fill(company, user.id)
  owner = await app.signIn(user)
  stranger = await app.signIn(await makeUser(database.db, (await makeCompany(database.db, { name: 'Agence curieuse' })).scope, { privileges: PRIVILEGES }))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

async function fill({ id: company_id, scope, senderId }: Awaited<ReturnType<typeof makeCompany>>, userId: number): Promise<typeof rows> {
  const { db } = database
  const made = async (query: Promise<{ id: number }>) => (await query).id
  const mine = { scope, userId }
  const candidate = await makeCandidate(db, scope, { firstName: 'Awa', lastName: 'Visitée' })
  const contact = await makeCandidate(db, scope, { firstName: 'Guy', lastName: 'Client' })
  await db.updateTable('candidate').set({ kind: 'contact', organisation: 'Bâtir' }).where('id', '=', contact.id).execute()
  const { campaignId, recipientId } = await makeContact(db, scope, candidate, { userId, senderId, answer: { choice: 'yes' } })
  const draft = await makeDraft(db, scope, { createdBy: userId, senderId, candidateIds: [candidate.id] })
  const pending = await db.insertInto('app_user').values({ company_id, email: 'invitee@agence.test', name: 'Invitée' }).returning('id').executeTakeFirstOrThrow()
  const colleague = await makeUser(db, scope)
  const mail = await db.transaction().execute((trx) => queueMail(trx, app.deps, { companyId: company_id, to: { address: 'x@agence.test', name: 'X' }, language: 'fr', kind: 'test', subject: 'Essai', paragraphs: ['Essai'] }))
  const { id: session } = await db.insertInto('user_session').values({ company_id, user_id: colleague.id, how: 'password', address: '127.0.0.1', agent: '' }).returning('id').executeTakeFirstOrThrow()
  const reply = await made(db.insertInto('reply').values({ company_id, e164: candidate.e164!, sender: '38047', body: 'oui peut-être', provider_id: 'one', candidate_id: candidate.id, campaign_id: campaignId, recipient_id: recipientId, reading_state: 'uncertain', reading: JSON.stringify(readText('oui peut-être', { kind: 'availability', today: '2026-11-22', latestStartMonths: 18 })) }).returning('id').executeTakeFirstOrThrow())
  const { id: endpoint } = await makeEndpoint(db, scope)
  delivery = await made(db.insertInto('webhook_delivery').values({ company_id, endpoint_id: endpoint, event_id: 'msg_1', type: 'webhook.test', body: '{}' }).returning('id').executeTakeFirstOrThrow())
  const feed = await made(db.insertInto('calendar_feed').values({ company_id, user_id: userId, kind: 'mine', token_hash: Buffer.alloc(32, 1) }).returning('id').executeTakeFirstOrThrow())
  const siteId = await makeReference(db, mine, 'sites')
  const codes = [await makeCodePage(db, mine)]
  const jobs = [await makeReference(db, mine, 'jobs', { siteId })]
  return {
    '/admin/api-keys/': [(await makeApiKey(db, userId)).id],
    '/admin/webhooks/': [endpoint], '/availability/calendars/': [feed],
    '/account/sessions/': [session], '/admin/users/': [colleague.id, pending.id], '/admin/mail/': [mail],
    '/admin/branches/': [await made(db.insertInto('branch').values({ company_id, name: 'Nord' }).returning('id').executeTakeFirstOrThrow())],
    '/admin/references/codes/': codes, '/admin/references/jobs/': jobs, '/admin/references/sites/': [siteId],
    '/admin/references/networks/': [await makeReference(db, mine, 'networks')], '/admin/references/pages/': [await makeReference(db, mine, 'pages', { siteId })],
    '/admin/senders/pools/': [await made(db.selectFrom('sender_pool').select('id').where('company_id', '=', company_id).executeTakeFirstOrThrow())], '/admin/senders/': [senderId],
    '/campaigns/': [draft.id, campaignId], '/candidates/': [candidate.id], '/contacts/': [contact.id],
    '/candidates/import/': [await made(db.insertInto('candidate_import').values({ company_id, user_id: userId, file_name: 'gens.csv', content: Buffer.from('nom\nA\n'), delimiter: ',', encoding: 'utf-8', header: JSON.stringify(['nom']), status: 'uploaded' }).returning('id').executeTakeFirstOrThrow())],
    '/replies/': [reply], '/readings/': [reply], '/recipients/': [recipientId],
    '/notifications/': [await made(db.insertInto('notification').values({ company_id, user_id: userId, kind: 'batch_sent', dedupe_key: 'one' }).returning('id').executeTakeFirstOrThrow())],
    '/lists/searches/': [await made(db.insertInto('saved_search').values({ company_id, name: 'Maçons', created_by: userId, is_shared: true, filters: '{}' }).returning('id').executeTakeFirstOrThrow())],
    '/lists/': [await made(db.insertInto('talent_list').values({ company_id, name: 'Maçons', kind: 'folder' }).returning('id').executeTakeFirstOrThrow())],
    '/templates/': [(await makeTemplate(db, scope)).id],
  }
}

/** Parameters that are names of the asker's own company or of the world, not rows of somebody's. */
const NO_ROW = [/^\/help\//, /\/images\/:role$/, /\/branding\/preview\/:file$/, /\/branding\/versions\/:version\//, /\/countries\/(blocks|lists)\//, /\/hours\/countries\//, /^\/admin\/references\/:kind(\/(export|import|new)(\/confirmation)?)?$/]

/** The addresses of a route with ids of the first company; none where it names no row. */
function visits({ url }: Route): string[] {
  if (!url.includes(':')) return []
  const kinds = url.includes('/:kind/:id') ? ['codes', 'networks', 'sites', 'pages', 'jobs'].map((kind) => url.replace(':kind', kind)) : [url]
  return kinds.flatMap((one) => {
    const [base = '', rest = ''] = one.split(':id')
    return (rows[base] ?? []).map((id) => base + id + rest.replace(':role', 'header').replace(':version', '1').replace(':delivery', String(delivery)))
  })
}

/** What a form of ours could carry, so that a refusal is not for want of a field. */
const FORM = { version: '1', name: 'x', label: 'x', email: 'x@agence.test', body: 'x', note: 'x', title: 'x', code: 'X', url: 'https://agence.example.com/x', confirmed: '1', archived: '1', mobile: '', choice: 'available', kind: 'list', launch_key: '7d7c9f3a-0000-4000-8000-000000000001', source: 'x', language: 'fr' }

/** A few at a time. */
async function each<Item, Result>(items: readonly Item[], visit: (item: Item) => Promise<Result>): Promise<Result[]> {
  const left = [...items]
  const results: Result[] = []
  await Promise.all(Array.from({ length: 6 }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) results.push(await visit(item))
  }))
  return results
}

function tokenOf({ home }: SignedIn): string {
  return /name="_csrf" value="([^"]+)"/.exec(home.html)?.[1] ?? ''
}

/** One request, as a browser sends it; redirects are not followed. */
async function ask(visitor: SignedIn, { method }: Route, path: string): Promise<{ status: number; location: string }> {
  const answer = method === 'GET'
    ? await visitor.agent.get(path).redirects(0).set('accept', 'text/html')
    : await visitor.agent.post(path).redirects(0).set({ accept: 'text/html', 'sec-fetch-site': 'same-origin' }).type('form').send({ ...FORM, _csrf: tokenOf(visitor) })
  return { status: answer.status, location: answer.headers['location'] ?? '' }
}

/** A row with an id where the path needs one: whether it is there matters only to who may see it. */
const anyPath = (route: Route) => visits(route)[0] ?? route.url.replace(':kind', 'codes').replace(':role', 'header').replace(':country', 'FR').replace(/:\w+/g, '1')

it('there are routes, and each that names a row has rows to name', () => {
  expect(routes.length).toBeGreaterThan(150)
  const without = routes.filter((route) => route.url.includes(':') && visits(route).length === 0 && !NO_ROW.some((pattern) => pattern.test(route.url)))
  expect(without.map(({ method, url }) => `${method} ${url}`)).toEqual([])
})

it('nobody who is not signed in gets further than the sign-in page', async () => {
  const nobody = { ...app.visit(), home: await app.visit().get('/login') }
  const answers = await each(routes, async (route) => ({ route, ...(await ask(nobody, route, anyPath(route))) }))
  const passed = answers.filter(({ status, location }) => status !== 303 || !location.startsWith('/login'))
  expect(passed.map(({ route, status }) => `${route.method} ${route.url} ${status}`)).toEqual([])
})

it('whoever lacks the privilege of a route is refused, and the journal says so (F-63)', async () => {
  const { scope } = await makeCompany(database.db)
  const user = await makeUser(database.db, scope, { privileges: PRIVILEGES })
  const visitor = await app.signIn(user)
  const faults: string[] = []
  for (const privilege of PRIVILEGES) {
    await database.db.deleteFrom('user_privilege').where('user_id', '=', user.id).execute()
    await database.db.insertInto('user_privilege').values(PRIVILEGES.filter((one) => one !== privilege).map((one) => ({ company_id: scope.companyId, user_id: user.id, privilege: one }))).execute()
    // Other rights, another session id: the next page brings it, before several at once ask with it.
    await visitor.get('/account')
    await each(routes.filter((one) => one.privilege === privilege), async (route) => {
      const { status } = await ask(visitor, route, anyPath(route))
      if (status !== 403) faults.push(`${route.method} ${route.url} ${status}`)
    })
  }
  expect(faults).toEqual([])
  const refused = await database.db.selectFrom('journal').select('detail').where('user_id', '=', user.id).where('action', '=', 'access.refused').execute()
  const lines = refused.map(({ detail }) => { const { privilege, method, route } = detail as Record<string, string>; return `${method} ${route} ${privilege}` })
  expect(lines.sort()).toEqual(routes.filter(({ privilege }) => privilege !== 'signed-in').map(({ method, url, privilege }) => `${method} ${url} ${privilege}`).sort())
})

it('what a form does, no link does: the same address asked for by GET is none (F-66)', async () => {
  const asked = new Set(routes.filter(({ method }) => method === 'GET').map(({ url }) => url))
  const faults: string[] = []
  await each(routes.filter(({ method, url }) => method === 'POST' && !asked.has(url)), async (route) => {
    const { status } = await ask(owner, { ...route, method: 'GET' }, anyPath(route))
    if (status !== 404) faults.push(`GET ${route.url} ${status}`)
  })
  expect(faults).toEqual([])
})

describe('another company’s administrator', () => {
  it('asks for rows that their owner finds', async () => {
    const found = new Set<string>()
    await each(routes.filter(({ method }) => method === 'GET').flatMap((route) => visits(route).map((path) => ({ route, path }))), async ({ route, path }) => {
      if ((await ask(owner, route, path)).status === 200) found.add(baseOf(path))
    })
    // A session, a pool, a notification and a calendar have no page of their own.
    expect(Object.keys(rows).filter((base) => !found.has(base))).toEqual(['/availability/calendars/', '/account/sessions/', '/admin/senders/pools/', '/notifications/'])
  })

  it('finds none of them, and nothing changes (P19)', async () => {
    const before = await digest()
    const faults: string[] = []
    await each(routes.flatMap((route) => visits(route).map((path) => ({ route, path }))), async ({ route, path }) => {
      const { status } = await ask(stranger, route, path)
      if (status !== 404) faults.push(`${route.method} ${path} ${status}`)
    })
    expect(faults).toEqual([])
    expect(await digest()).toEqual(before)
  })
})

function baseOf(path: string): string {
  return Object.keys(rows).filter((base) => path.startsWith(base) && rows[base]!.some((id) => new RegExp(`^${base}${id}(/|$)`).test(path))).sort((a, b) => b.length - a.length)[0] ?? ''
}

/** Every row of the first company, table by table. */
async function digest(): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ name: string }>`
    select c.table_name as name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.column_name = 'company_id' and c.table_schema = 'public' and t.table_type = 'BASE TABLE'`.execute(database.db)
  const digests = await Promise.all(tables.map(async ({ name }) => {
    const { rows: [row] } = await sql<{ digest: string }>`select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest from ${sql.table(name)} t where company_id = ${companyId}`.execute(database.db)
    return [name, row!.digest] as const
  }))
  return Object.fromEntries(digests)
}
