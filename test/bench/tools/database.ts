import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startPostgres } from '../../support/postgres.ts'
import { makeTemplate } from '../../support/template.ts'

/** A new database of a server of its own, which keeps every commit as in production; both go with the end of `work`. */
export async function withDatabase<Result>(work: (databaseUrl: string) => Promise<Result>, given: { memory?: string; durable?: boolean } = {}): Promise<Result> {
  const server = await startPostgres({ durable: given.durable ?? true, memory: given.memory ?? '512MB' })
  try {
    await makeTemplate(server, 'bench')
    return await work(server.url('bench'))
  } finally {
    await server.stop()
  }
}

export function temporaryFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), 'dispo-bench-'))
}
