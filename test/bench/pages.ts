/**
 * Pages beside their limit: the same statements asked one after the other without the program, and the finished page sent by bare
 * Fastify. `npm run bench -- pages`, or `node test/bench/pages.ts [size] [rounds]`; the size as for `npm run generate`, by default 0.01.
 */
import os from 'node:os'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import pg from 'pg'
import { openDatabase } from '../../src/db/pool.ts'
import { startTestApp } from '../support/app.ts'
import { withDatabase } from './tools/database.ts'
import { compare, interleave, median, report, type Compared } from './tools/measure.ts'
import { openSession } from './tools/session.ts'
import { watchStatements } from './tools/statements.ts'
import { fillAgency } from './volume/fill.ts'
import { pagesOf } from './volume/pages.ts'
import { readSize, type Size } from './volume/size.ts'

/** Requests of one turn; one after the other, because a person waits for one page. */
const REQUESTS = 10

if (import.meta.main) report('pages', await withDatabase((url) => measurePages(url, { size: readSize(process.argv[2] ?? '0.01'), rounds: Number(process.argv[3] ?? 5) }), { durable: false }))

export async function measurePages(databaseUrl: string, { size, rounds, only = () => true }: { size: Size; rounds: number; only?: (name: string) => boolean }): Promise<Compared[]> {
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir() })
  const admin = new pg.Client(databaseUrl)
  await admin.connect()
  const agency = await fillAgency(database.db, admin, size)
  await admin.end()
  await database.close()

  const watched = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 4 })
  const asked = watchStatements(watched.pool)
  const app = await startTestApp(watched)
  const session = await openSession(app.url, agency.admin)
  const finished = new Map<string, Buffer>()
  const bare = Fastify()
  bare.get('/finished', (request, reply) => reply.type('text/html; charset=utf-8').send(finished.get((request.query as { name: string }).name)))
  await bare.listen({ port: 0, host: '127.0.0.1' })
  const alone = new pg.Client({ connectionString: databaseUrl, options: '-c random_page_cost=1.1 -c jit=off' })
  await alone.connect()
  try {
    const results: Compared[] = []
    for (const [name, address] of Object.entries(await pagesOf(watched.pool, agency.scope.companyId)).filter(([one]) => only(one))) {
      const open = () => session.get(address)
      await open()
      asked.length = 0
      finished.set(name, await open())
      const statements = asked.filter(({ text }) => /^\s*(\/\*.*?\*\/)?\s*(select|with)/i.test(text) && !/\b(update|insert into|delete from)\b/i.test(text))
      const limit = async () => {
        for (const { text, values } of statements) await alone.query(text, values)
        await (await fetch(`http://127.0.0.1:${(bare.server.address() as AddressInfo).port}/finished?name=${encodeURIComponent(name)}`)).arrayBuffer()
      }
      const times = await interleave({ ours: () => medianOf(open), limit: () => medianOf(limit) }, rounds)
      results.push(compare(name, 'ms', times.ours, `its ${statements.length} statements and bytes`, times.limit))
    }
    return results
  } finally {
    await alone.end()
    await bare.close()
    await app.close()
    await watched.close()
  }
}

async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < REQUESTS; turn++) {
    const from = performance.now()
    await work()
    times.push(performance.now() - from)
  }
  return median(times)
}
