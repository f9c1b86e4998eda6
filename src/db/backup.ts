import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { z } from 'zod'
import { connectionOf, ProgramFailed, readProgram, startProgram, type Place } from './programs.ts'

/** What a dump must be when it comes back: written beside it, and compared after a restore. */
const manifest = z.object({
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  file: z.string(),
  bytes: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  server: z.string(),
  dumpedBy: z.string(),
  /** The last migration. */
  schema: z.string(),
  /** Of every table, in the moment of the dump. */
  rows: z.record(z.string(), z.int().nonnegative()),
})
export type Manifest = z.infer<typeof manifest>

/** Sessions would come back to life, however they had ended; counters of requests are of that minute. */
export const LEFT_OUT = ['session', 'rate_limit']

const NAME = /^dispo-\d{4}-\d{2}-\d{2}T\d{6}Z\.(dump|json)$/

/**
 * Saves a database while it is in use: one moment of it, streamed into a file of `folder`, with a manifest beside it. The file
 * has its name only once it is complete, on disk, and can be read as what it should be.
 */
export async function backUp(place: Place, folder: string, now = new Date()): Promise<Manifest> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const name = `dispo-${now.toISOString().slice(0, 19).replaceAll(':', '')}Z`
  const partial = path.join(folder, `${name}.partial`)
  const client = new pg.Client({ connectionString: place.databaseUrl, application_name: 'dispo-backup' })
  await client.connect()
  try {
    const moment = await beginMoment(client)
    const written = await dump(place, moment.snapshot, partial)
    await client.query('commit')
    await readProgram('pg_restore', ['--list', partial], place.environment)
    const made: Manifest = {
      format: 1, madeAt: now.toISOString(), file: `${name}.dump`, ...written,
      server: moment.server, dumpedBy: (await readProgram('pg_dump', ['--version'], place.environment)).trim(), schema: moment.schema, rows: moment.rows,
    }
    await rename(partial, path.join(folder, made.file))
    await writeFile(path.join(folder, `${name}.json`), `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 })
    return made
  } finally {
    await client.end()
    await rm(partial, { force: true })
  }
}

type Moment = { snapshot: string; server: string; schema: string; rows: Record<string, number> }

/** The dump and the counts see the same moment; it stays open until the dump is done. */
async function beginMoment(client: pg.Client): Promise<Moment> {
  await client.query(`set statement_timeout = 0; set lock_timeout = '60s'; set idle_in_transaction_session_timeout = 0; begin isolation level repeatable read, read only`)
  const { rows: [found] } = await client.query<Omit<Moment, 'rows'>>(
    `select pg_export_snapshot() as snapshot, current_setting('server_version') as server, (select max(name) from kysely_migration) as schema`)
  return { ...found!, rows: await countRows(client) }
}

/** Every table of ours, whole. */
export async function countRows(client: pg.Client): Promise<Record<string, number>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and not (c.relname = any($1)) order by 1`, [LEFT_OUT])
  const counted: Record<string, number> = {}
  for (const { name } of tables) {
    const { rows } = await client.query<{ n: string }>(`select count(*)::text as n from public.${pg.escapeIdentifier(name)}`)
    counted[name] = Number(rows[0]!.n)
  }
  return counted
}

async function dump(place: Place, snapshot: string, file: string): Promise<Pick<Manifest, 'bytes' | 'sha256'>> {
  const { dbname, env } = connectionOf(place)
  const { child, ended } = startProgram('pg_dump', [
    '--format=custom', '--no-password', `--snapshot=${snapshot}`, ...LEFT_OUT.map((table) => `--exclude-table-data=public.${table}`), `--dbname=${dbname}`,
  ], env)
  const hash = createHash('sha256')
  let bytes = 0
  const measure = new Transform({ transform(chunk: Buffer, _encoding, done) {
    hash.update(chunk)
    bytes += chunk.length
    done(null, chunk)
  } })
  await Promise.all([pipeline(child.stdout!, measure, createWriteStream(file, { mode: 0o600, flush: true })), ended])
  return { bytes, sha256: hash.digest('hex') }
}

/** The manifest beside a dump. Throws ProgramFailed, in a sentence, when dump and manifest do not belong together. */
export async function readManifest(file: string): Promise<Manifest> {
  const beside = file.replace(/\.dump$/, '.json')
  const text = await readFile(beside, 'utf8').catch(() => { throw new ProgramFailed(`${beside} cannot be read: a backup is a .dump file with its .json file beside it.`) })
  const read = manifest.safeParse(parse(text))
  if (!read.success) throw new ProgramFailed(`${beside} is not the manifest of a backup.`)
  return read.data
}

/** Reads the whole file: what has rotted on a disk is found before anything is restored. */
export async function checkDump(file: string, { bytes, sha256 }: Manifest): Promise<void> {
  const { size } = await stat(file).catch(() => { throw new ProgramFailed(`${file} cannot be read.`) })
  const hash = createHash('sha256')
  if (size === bytes) await pipeline(createReadStream(file), hash)
  if (size !== bytes || hash.digest('hex') !== sha256) throw new ProgramFailed(`${file} is damaged: it is not what its manifest says. Take another backup.`)
}

/** Removes backups of ours that are older than so many days; the names of what it removed. */
export async function forgetOld(folder: string, days: number, now = new Date()): Promise<string[]> {
  const limit = new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 19).replaceAll(':', '')
  const old = (await readdir(folder)).filter((name) => NAME.test(name) && name.slice('dispo-'.length, -'Z.dump'.length) < limit)
  for (const name of old) await rm(path.join(folder, name))
  return old.filter((name) => name.endsWith('.dump'))
}

/** Copies a list that only grows, so that the newest backup's folder knows all of it. */
export async function keepBeside(source: string, folder: string): Promise<void> {
  const text = await readFile(source, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const target = path.join(folder, path.basename(source))
  const before = new Set((await readFile(target, 'utf8').catch(() => '')).split('\n'))
  const news = text.split('\n').filter((line) => line !== '' && !before.has(line))
  if (news.length === 0) return
  const file = await open(target, 'a', 0o600)
  try {
    await file.appendFile(news.map((line) => `${line}\n`).join(''))
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(target, 0o600)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no manifest
  }
}
