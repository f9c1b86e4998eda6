import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { API_PROBLEMS } from '../../src/api/domain.ts'
import { describeApi } from '../../src/api/openapi.ts'
import { API_ROUTES } from '../../src/api/routes.ts'
import { sampleOf } from '../../src/api/samples.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeApiScene } from '../support/factories/api.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { client } from './client.ts'

let database: TestDatabase
let app: TestApp
let scene: Awaited<ReturnType<typeof makeApiScene>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scene = await makeApiScene(database.db, { kind: 'test' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

describe('The documentation', () => {
  test.each(['fr', 'en'] as const)('in %s lists every operation, every problem, and downloads as OpenAPI 3.1', async (language) => {
    const page = await app.visit().get(`/api/docs?lang=${language}`)
    expect(page.status).toBe(200)
    for (const resource of new Set(API_ROUTES.map((route) => route.resource))) {
      const { html, status } = await app.visit().get(`/api/docs/${resource}?lang=${language}`)
      expect(status).toBe(200)
      for (const { id } of API_ROUTES.filter((route) => route.resource === resource)) expect(html).toContain(`id="${id}"`)
    }
    expect((await app.visit().get('/api/docs/nothing')).status).toBe(404)
    expect(page.headers['content-security-policy']).toContain("connect-src 'self'")
    expect(page.headers['set-cookie']).toBeUndefined()
    for (const code of Object.keys(API_PROBLEMS)) expect(page.html).toContain(`id="problem-${code}"`)
    const { json } = await client(app, undefined)('GET', `/api/openapi.json?lang=${language}`)
    expect([json.openapi, json.servers]).toEqual(['3.1.0', [{ url: `${app.url}/api/v1` }]])
    expect(JSON.stringify(json)).not.toContain('"words"')
  })

  test('names every operation once, and every part it refers to is there', () => {
    const api = describeApi(API_ROUTES, app.url, 'en')
    const ids = API_ROUTES.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const references = [...JSON.stringify(api).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)]
    for (const [, group, name] of references) expect(Object.keys(api.components[group as 'schemas'])).toContain(name)
  })
})

describe('Examples', () => {
  const MINE = ['candidates', 'contacts', 'lists', 'notes', 'templates', 'opt_outs']

  test('run as they stand, with curl and in JavaScript', async () => {
    const api = describeApi(API_ROUTES, app.url, 'fr')
    const ids = await fill()
    const ran: string[] = []
    for (const route of API_ROUTES.filter(({ resource }) => MINE.includes(resource))) {
      const sample = sampleOf(api, route.method, route.path, api.paths[route.path]![route.method.toLowerCase()]!, app.url)
      const [, top = ''] = route.path.split('/')
      // Whose id stands in it: the reader's own.
      const own = (text: string) => text.replace(`/${top}/1042`, `/${top}/${route.id === 'unarchivingOfTemplate' ? ids['archived'] : ids[top]}`).replaceAll('1042', String(ids['candidates'])).replaceAll('+33639980001/lifting', '+33639980009/lifting')
      expect(await runScript(own(sample.script)), `${route.id} in JavaScript`).toMatch(/^20[014]$/)
      const curl = await run(`${own(sample.curl)} -s -o /dev/null -w '%{http_code}'`)
      expect(curl, `${route.id} with curl`).toMatch(/^20[014]$/)
      ran.push(route.id)
    }
    expect(ran.length).toBeGreaterThan(25)
  })

  async function run(command: string): Promise<string> {
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env: { ...process.env, DISPO_KEY: scene.key } })
    return stdout
  }

  /** As a module would run it; what it prints first is the status. */
  async function runScript(text: string): Promise<string> {
    const printed: unknown[] = []
    const AsyncFunction = (async () => {}).constructor as new (...names: string[]) => (...values: unknown[]) => Promise<void>
    await new AsyncFunction('process', 'console', text)({ env: { DISPO_KEY: scene.key } }, { log: (...values: unknown[]) => printed.push(...values) })
    return String(printed[0])
  }

  async function fill(): Promise<Record<string, number>> {
    const { db, pool } = database
    const candidate = await makeCandidate(db, scene.scope, { mobile: null })
    const contact = await makeCandidate(db, scene.scope, { mobile: null })
    await pool.query("update candidate set kind = 'contact', organisation = 'Bâtir' where id = $1", [contact.id])
    const { rows: [list] } = await pool.query<{ id: number }>("insert into talent_list (company_id, kind, name) values ($1, 'folder', 'Liste') returning id", [scene.scope.companyId])
    await pool.query("insert into phone (company_id, e164, opted_out_at, opt_out_source) values ($1, '+33639980001', app_now(), 'api'), ($1, '+33639980009', app_now(), 'api')", [scene.scope.companyId])
    return { candidates: candidate.id, contacts: contact.id, lists: list!.id, templates: (await makeTemplate(db, scene.scope)).id, archived: (await makeTemplate(db, scene.scope, { isPublished: false, isArchived: true })).id }
  }
})
