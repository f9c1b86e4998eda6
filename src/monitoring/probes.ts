import { findMismatch } from '../db/version.ts'
import type { Deps } from '../deps.ts'
import type { FiguresNow } from './figures.ts'

/** Whole seconds: since when the oldest SMS may leave, and since when no worker has been at work; null: not known. */
export type Ready = { status: 'ready'; queue_seconds: number | null; worker_seconds: number | null }
export type NotReady = { type: 'about:blank'; title: 'unavailable'; status: 503; detail: string }

/**
 * Can this process do its work? One that is not ready says why, and goes on with what it can: beside a newer program's database
 * most pages still work, and no candidate should meet a closed door during an upgrade. A worker that is silent, or a queue
 * that grows old, is told and does not make a process unready: another web process would change nothing about it.
 */
export async function probe({ db, log }: Pick<Deps, 'db' | 'log'>, figures: () => Promise<FiguresNow>): Promise<Ready | NotReady> {
  const problem = await findProblem(db)
  if (problem) return { type: 'about:blank', title: 'unavailable', status: 503, detail: problem }
  const { dueSeconds, workerSeconds } = await figures().catch((err: unknown) => {
    log.warn({ err }, 'the figures could not be read')
    return { dueSeconds: null, workerSeconds: null }
  })
  return { status: 'ready', queue_seconds: rounded(dueSeconds), worker_seconds: rounded(workerSeconds) }
}

async function findProblem(db: Deps['db']): Promise<string | undefined> {
  try {
    return (await findMismatch(db))?.message
  } catch {
    return 'The database cannot be reached.' // whatever the reason, this process cannot work now; the log of the failing requests says why
  }
}

function rounded(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds)
}
