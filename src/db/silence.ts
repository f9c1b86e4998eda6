import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

/** A statement without an answer for so long is asked about; then again after twice as long, and so on. */
const FIRST_LOOK_MS = 1_000
const LONGEST_LOOK_MS = 5_000
const TICK_MS = 250
/** The question gets so long, and is put twice: one slow moment of a busy server proves nothing. */
const QUESTION = { ms: 1_500, times: 2 } as const
/** What the server said just before may still be on its way through this process. */
const ARRIVING_MS = 100

/** Knows since when it has been waiting for the server. */
export class AskingClient extends pg.Client {
  private waiting: { since: number; lookAt: number; stepMs: number; bytesRead: number } | undefined

  constructor(config?: pg.ClientConfig) {
    super(config)
    this.on('drain', () => { this.waiting = undefined })
  }

  override query(...args: unknown[]): never {
    this.waiting ??= this.beginWaiting()
    return (super.query as (...args: unknown[]) => never).apply(this, args)
  }

  /** It is time to ask whether the server is still at work for it. */
  isDue(now: number): boolean {
    if (!this.waiting || now < this.waiting.lookAt) return false
    // Something came since: a long answer is no silence.
    if (this.waiting.bytesRead !== socketOf(this).bytesRead) {
      this.waiting = this.beginWaiting()
      return false
    }
    this.waiting.stepMs = Math.min(this.waiting.stepMs * 2, LONGEST_LOOK_MS)
    this.waiting.lookAt = now + this.waiting.stepMs
    return true
  }

  /** The same silence as at `since`. */
  isStillWaiting(since: number | undefined): boolean {
    return this.waiting !== undefined && this.waiting.since === since && this.waiting.bytesRead === socketOf(this).bytesRead
  }

  waitingSince(): number | undefined {
    return this.waiting?.since
  }

  private beginWaiting() {
    const since = performance.now()
    return { since, lookAt: since + FIRST_LOOK_MS, stepMs: FIRST_LOOK_MS, bytesRead: socketOf(this).bytesRead }
  }
}

/**
 * Gives up connections on which no answer can come any more: the network lost them without a word, and neither side would
 * notice for a quarter of an hour. A statement that takes long is not silence: the server is asked, over a connection of its
 * own, whether it is still at work on it. The pool must be made of AskingClients. Returns the end of the watch.
 */
export function watchSilence(pool: pg.Pool, connectionString: string): () => void {
  const clients = new Set<AskingClient>()
  pool.on('connect', (client) => void clients.add(client as unknown as AskingClient))
  pool.on('remove', (client) => void clients.delete(client as unknown as AskingClient))

  async function look(): Promise<void> {
    const now = performance.now()
    const silent = [...clients].filter((client) => client.isDue(now)).map((client) => ({ client, since: client.waitingSince() }))
    if (silent.length === 0) return
    const atWork = await askWhoIsAtWork(connectionString, silent.map(({ client }) => pidOf(client)))
    if (atWork === 'unknown') return
    await wait(ARRIVING_MS)
    for (const { client, since } of silent) if (client.isStillWaiting(since) && !atWork.has(pidOf(client))) socketOf(client).destroy()
  }

  let looking: Promise<void> | undefined
  const timer = setInterval(() => { looking ??= look().finally(() => { looking = undefined }) }, TICK_MS).unref()
  return () => clearInterval(timer)
}

/** Those among the server's processes that run a statement now; nobody when the server cannot be reached. */
async function askWhoIsAtWork(connectionString: string, pids: readonly number[]): Promise<ReadonlySet<number> | 'unknown'> {
  for (let i = 0; i < QUESTION.times; i++) {
    const answer = await ask(connectionString, pids)
    if (answer !== undefined) return answer
  }
  return new Set()
}

/** Undefined: no answer. */
async function ask(connectionString: string, pids: readonly number[]): Promise<ReadonlySet<number> | 'unknown' | undefined> {
  const client = new pg.Client({ connectionString, application_name: 'dispo-watch' })
  client.on('error', () => {})
  // One limit for the whole question, connecting included.
  const limit = setTimeout(() => socketOf(client).destroy(), QUESTION.ms)
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number; own: number }>(
      `select a.pid, pg_backend_pid() as own from pg_stat_activity a
       where a.pid = pg_backend_pid() or (a.pid = any($1) and a.state is distinct from 'idle' and a.state not like 'idle in transaction%')`, [pids])
    // Behind a pooler the numbers of processes are made up, and say nothing.
    return rows[0]?.own === pidOf(client) ? new Set(rows.map(({ pid }) => pid)) : 'unknown'
  } catch (error) {
    // A refusal is an answer: the server is there, starting, stopping or full, and tells every connection so itself.
    return error instanceof pg.DatabaseError ? 'unknown' : undefined
  } finally {
    clearTimeout(limit)
    socketOf(client).destroy()
  }
}

type Inner = { processID: number | null; connection: { stream: Socket } }

function pidOf(client: pg.Client): number {
  return (client as unknown as Inner).processID ?? 0
}

export function socketOf(client: pg.Client): Socket {
  return (client as unknown as Inner).connection.stream
}
