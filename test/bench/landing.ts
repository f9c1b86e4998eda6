/**
 * GET of a personal page beside its limit, bare Fastify with @fastify/view and Eta rendering the same page without any
 * database: `node test/bench/landing.ts [seconds] [connections]`. Only the ratio means something.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import fastifyView from '@fastify/view'
import { Eta } from 'eta'
import Fastify from 'fastify'
import { openDatabase } from '../../src/db/pool.ts'
import { imageMode } from '../../src/landing/domain.ts'
import { contextFor } from '../../src/landing/context.ts'
import { createBrandStore } from '../../src/landing/brand.ts'
import { createInvitationLookup } from '../../src/landing/queries.ts'
import { formModel } from '../../src/landing/views.ts'
import { EMPTY_FORM } from '../../src/availability/domain.ts'
import { startTestApp } from '../support/app.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { startPostgres } from '../support/postgres.ts'
import { makeTemplate } from '../support/template.ts'

const PHONE = 'Mozilla/5.0 (Linux; Android 14; SM-A245F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'

if (process.env['BENCH_SERVER']) await serve(process.env['BENCH_SERVER'])
else await measure(Number(process.argv[2] ?? 4), Number(process.argv[3] ?? 64))

async function measure(seconds: number, connections: number): Promise<void> {
  const server = await startPostgres()
  let child: ChildProcess | undefined
  try {
    await makeTemplate(server, 'bench')
    child = fork(import.meta.filename, { env: { ...process.env, BENCH_SERVER: server.url('bench') } })
    const [{ port, barePort, codes }] = (await once(child, 'message')) as [{ port: number; barePort: number; codes: string[] }]
    const kinds = {
      bare: { port: barePort, paths: ['/'], encoding: 'identity', status: 200 },
      page: { port, paths: codes.map((code) => `/r/${code}`), encoding: 'identity', status: 200 },
      brotli: { port, paths: codes.map((code) => `/r/${code}`), encoding: 'br', status: 200 },
      // Every guess from another address: from one they would soon be refused unseen.
      unknown: { port, paths: ['/r/zzzzzzzzzzzz'], encoding: 'identity', status: 404 },
    }
    const rates: Record<string, number[]> = {}
    const slow: Record<string, number[]> = {}
    const sizes: Record<string, number> = {}
    for (let round = 0; round < 6; round++) {
      for (const [kind, target] of Object.entries(kinds)) {
        const { perSecond, p99, bytes } = await load(target, connections, seconds)
        sizes[kind] = bytes
        // The first round warms up.
        if (round > 0) {
          (rates[kind] ??= []).push(perSecond);
          (slow[kind] ??= []).push(p99)
        }
      }
    }
    const bare = median(rates['bare'] ?? [])
    for (const kind of Object.keys(kinds)) {
      const perSecond = median(rates[kind] ?? [])
      console.log(JSON.stringify({ kind, perSecond: Math.round(perSecond), bytes: sizes[kind], p99Ms: Math.round(median(slow[kind] ?? [])), ratio: Number((perSecond / bare).toFixed(2)) }))
    }
  } finally {
    child?.kill()
    await server.stop()
  }
}

async function serve(databaseUrl: string): Promise<void> {
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir() })
  const first = await makeInvitation(database.db)
  const codes = [first.code]
  for (let n = 0; n < 300; n++) codes.push((await makeInvitation(database.db, { company: first.company })).code)
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
  process.send!({ port: app.deps.config.port, barePort: (bare.server.address() as net.AddressInfo).port, codes })
}

/** Requests one after the other on each connection, as plain as can be: the client must not be the limit. */
async function load({ port, paths, encoding, status }: { port: number; paths: string[]; encoding: string; status: number }, connections: number, seconds: number): Promise<{ perSecond: number; p99: number; bytes: number }> {
  const times: number[] = []
  let bytes = 0
  const expected = Buffer.from(`HTTP/1.1 ${status}`)
  let next = 0
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(Array.from({ length: connections }, () => new Promise<void>((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    let sentAt = 0
    let missing = -1
    const send = () => {
      sentAt = performance.now()
      if (sentAt > end) return void socket.end()
      missing = -1
      socket.write(`GET ${paths[next++ % paths.length]} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nuser-agent: ${PHONE}\r\naccept: text/html\r\naccept-language: fr\r\naccept-encoding: ${encoding}\r\nx-forwarded-for: ${randomAddress()}\r\n\r\n`)
    }
    socket.on('connect', send)
    socket.on('data', (part) => {
      if (missing < 0) {
        const head = part.indexOf('\r\n\r\n')
        const length = /content-length: (\d+)/i.exec(part.toString('latin1', 0, head))?.[1]
        if (head < 0 || !length || !part.subarray(0, 12).equals(expected)) return reject(new Error(part.toString('latin1', 0, 300)))
        bytes = Number(length)
        missing = bytes - (part.length - head - 4)
      } else missing -= part.length
      if (missing > 0) return
      times.push(performance.now() - sentAt)
      send()
    })
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })))
  times.sort((a, b) => a - b)
  return { perSecond: times.length / ((performance.now() - start) / 1000), p99: times[Math.floor(times.length * 0.99)] ?? 0, bytes }
}

function randomAddress(): string {
  return `10.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
