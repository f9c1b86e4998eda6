/**
 * GET of a personal page beside its limits: bare Fastify with @fastify/view and Eta rendering the same page without any database,
 * and a bare node:http server that sends as many bytes: `npm run bench -- landing`, or `node test/bench/landing.ts [seconds] [rounds]`.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import fastifyView from '@fastify/view'
import { Eta } from 'eta'
import Fastify from 'fastify'
import { EMPTY_FORM } from '../../src/availability/domain.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { createBrandStore } from '../../src/landing/brand.ts'
import { contextFor } from '../../src/landing/context.ts'
import { imageMode } from '../../src/landing/domain.ts'
import { createInvitationLookup } from '../../src/landing/queries.ts'
import { formModel } from '../../src/landing/views.ts'
import { startTestApp } from '../support/app.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { withDatabase } from './tools/database.ts'
import { atRate, get, load, type Loaded } from './tools/load.ts'
import { compare, compareTurns, report, share, takeTurns, type Compared } from './tools/measure.ts'
import { given, ready, startServer } from './tools/server.ts'

const CONNECTIONS = 64
const PER_SECOND = 300

const serving = given()
if (serving) await serve(serving['databaseUrl']!, Number(serving['links']))
else if (import.meta.main) report('landing', await withDatabase((url) => measureLanding(url, { seconds: Number(process.argv[2] ?? 4), rounds: Number(process.argv[3] ?? 5) })))

type Told = { port: number; barePort: number; rawPort: number; codes: string[] }

export async function measureLanding(databaseUrl: string, { seconds, rounds, isShort = false }: { seconds: number; rounds: number; isShort?: boolean }): Promise<Compared[]> {
  const server = await startServer<Told>(import.meta.filename, { databaseUrl, links: isShort ? '20' : '300' })
  try {
    const { port, barePort, rawPort, codes } = server.told
    const pages = (n: number) => `/r/${codes[n % codes.length]}`
    const kinds = {
      bare: { port: barePort, status: 200, request: () => get('/', barePort) },
      page: { port, status: 200, request: (n: number) => get(pages(n), port) },
      ...(isShort ? {} : {
        raw: { port: rawPort, status: 200, request: () => get('/', rawPort) },
        brotli: { port, status: 200, request: (n: number) => get(pages(n), port, { 'accept-encoding': 'br' }) },
        unknown: { port, status: 404, request: () => get('/r/zzzzzzzzzzzz', port) },
      }),
    }
    const last: Record<string, Loaded> = {}
    const rates: Record<string, number[]> = await takeTurns(Object.fromEntries(Object.entries(kinds).map(([kind, target]) => [kind, async () => {
      last[kind] = await load(target, { connections: CONNECTIONS, seconds })
      return last[kind].perSecond
    }])), rounds)
    const results = [compareTurns('GET of a personal page', 'per second', rates['page']!, 'bare Fastify + Eta, no database', rates['bare']!, { atLeast: 0.8 })]
    if (isShort) return results
    const times = await atRate(PER_SECOND, seconds * 2, async (n) => { await (await fetch(`http://127.0.0.1:${port}${pages(n)}`)).arrayBuffer() })
    return [
      ...results,
      compareTurns('GET in Brotli', 'per second', rates['brotli']!, 'bare Fastify + Eta, no database', rates['bare']!),
      compareTurns('GET of an unknown code', 'per second', rates['unknown']!, 'GET of a personal page', rates['page']!, { atLeast: 1 }),
      compareTurns('GET of a personal page', 'per second', rates['page']!, `bare node:http, ${last['page']!.bytes} bytes`, rates['raw']!),
      compare(`p95 of GET at ${PER_SECOND} a second`, 'ms', share(times, 0.95), '10 ms', 10, { atMost: 1 }),
    ]
  } finally {
    server.stop()
  }
}

async function serve(databaseUrl: string, links: number): Promise<void> {
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir() })
  const first = await makeInvitation(database.db)
  const codes = [first.code]
  for (let n = 1; n < links; n++) codes.push((await makeInvitation(database.db, { company: first.company })).code)
  const app = await startTestApp(database, { env: { TRUST_PROXY: '127.0.0.1' } })

  // The same page, its facts looked up once and for all.
  const bare = Fastify()
  await bare.register(fastifyView, { engine: { eta: new Eta({ autoEscape: true, rmWhitespace: true, autoTrim: [false, 'nl'] }) }, root: path.resolve(import.meta.dirname, '../../views'), viewExt: 'eta', layout: 'landing/layout', production: true })
  const row = await createInvitationLookup(app.deps)(first.code)
  const tools = { config: app.deps.config, brands: createBrandStore(database.db), isSecure: false, find: async () => row }
  const context = await contextFor(tools, { headers: {}, query: {}, routeOptions: { url: '' } } as never, row!)
  const model = formModel({ ...context, images: imageMode({ saveData: undefined }) }, { form: EMPTY_FORM, problems: [], notice: '', keepUrl: '', hidden: [{ name: 'form', value: 'x'.repeat(68) }], isEdit: false })
  bare.get('/', (_request, reply) => reply.view('landing/form', { ...model, ...model.frame }))
  await bare.listen({ port: 0, host: '127.0.0.1' })

  const page = Buffer.from((await app.app.inject({ url: `/r/${first.code}` })).rawPayload)
  const raw = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': page.length }).end(page))
  await new Promise<void>((resolve) => { raw.listen(0, '127.0.0.1', resolve) })
  ready({ port: app.deps.config.port, barePort: (bare.server.address() as AddressInfo).port, rawPort: (raw.address() as AddressInfo).port, codes } satisfies Told)
}
