import { setTimeout as wait } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { socketOf } from './silence.ts'

type Ears = {
  hear(payload: string): void
  /** From now on it is heard; what was said before, also while the connection was lost, was not. */
  began(): void
}

/** Hears what is notified on a channel, for as long as it is not stopped: a lost connection comes back by itself. */
export type Listen = (channel: string, ears: Ears) => { stop(): Promise<void> }

/** A silent connection is asked whether it is still there; without an answer in time it is given up. */
const LOOK_MS = 15_000
const ANSWER_MS = 5_000
const LONGEST_PAUSE_MS = 5_000

/** On a connection of its own, since whoever listens must never be handed to somebody else. */
export function listenOnServer(connectionString: string): Listen {
  return (channel, ears) => {
    const stopping = new AbortController()
    const pause = (ms: number) => wait(ms, undefined, { signal: stopping.signal }).catch(() => {}) // stopped: no pause
    let client: pg.Client | undefined

    async function listenOnce(): Promise<void> {
      client = new pg.Client({ connectionString, application_name: 'dispo-news', connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS, keepAlive: true })
      client.on('error', () => {}) // its queries and its end tell
      client.on('notification', ({ payload }) => ears.hear(payload ?? ''))
      const ended = new Promise<'ended'>((resolve) => client!.once('end', () => resolve('ended')))
      try {
        await client.connect()
        await client.query(`listen ${pg.escapeIdentifier(channel)}`)
        ears.began()
        while (!stopping.signal.aborted && (await Promise.race([ended, pause(LOOK_MS)])) !== 'ended') await client.query('select 1')
      } finally {
        socketOf(client).destroy()
      }
    }

    async function listenOn(): Promise<void> {
      for (let failures = 0; !stopping.signal.aborted; ) {
        const since = performance.now()
        await listenOnce().catch(() => {}) // comes back below; whoever needs the database says what is wrong with it
        failures = performance.now() - since > LOOK_MS ? 0 : failures + 1
        await pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures) * (0.5 + Math.random() / 2))
      }
    }

    const running = listenOn()
    return {
      stop: async () => {
        stopping.abort()
        if (client) socketOf(client).destroy()
        await running
      },
    }
  }
}

/** The embedded database has one session, which hears itself. */
export function listenEmbedded(pglite: PGlite, pool: pg.Pool): Listen {
  return (channel, ears) => {
    const end = pglite.onNotification((name, payload) => { if (name === channel) ears.hear(payload) })
    // Through the pool, like everything else: never inside somebody's transaction.
    const beginning = pool.query(`listen ${pg.escapeIdentifier(channel)}`).then(() => ears.began(), () => {}) // the database is being closed
    return {
      stop: async () => {
        end()
        await beginning
      },
    }
  }
}
