import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres, withDatabase } from './postgres.ts'
import type { PostgresServer } from './postgres.ts'
import { embeddedTemplate, makeTemplate } from './template.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated, empty database that nobody connects to; test files clone it. */
    template: string
    /** Where to connect for `create database`. */
    adminUrl: string
  }
}

/** Runs once before all tests: a server, and in it one migrated template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const own = process.env['TEST_DATABASE_URL']
  const server = own ? givenServer(own) : await startPostgres()
  const template = `dispo_${randomBytes(4).toString('hex')}`
  try {
    await makeTemplate(server, template)
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('template', template)
  project.provide('adminUrl', server.url('postgres'))
  return async () => {
    if (own) await dropDatabases(server, template)
    await server.stop()
    await rm(embeddedTemplate(template), { recursive: true, force: true })
  }
}

/** A server somebody else runs: its databases are ours to remove, the server is not. */
function givenServer(databaseUrl: string): PostgresServer {
  return {
    url: (database) => withDatabase(databaseUrl, database),
    stop: () => Promise.resolve(),
  }
}

async function dropDatabases(server: PostgresServer, template: string): Promise<void> {
  const admin = new pg.Client(server.url('postgres'))
  await admin.connect()
  const clones = await admin.query<{ datname: string }>(`select datname from pg_database where starts_with(datname, $1)`, [template])
  for (const { datname } of clones.rows) await admin.query(`drop database if exists ${datname} with (force)`)
  await admin.end()
}
