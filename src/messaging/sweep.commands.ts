import type { Deps } from '../deps.ts'
import { RECORD_GRACE_SECONDS } from './domain.ts'
import { applyWaitingEvents } from './inbox.commands.ts'
import { showIncomplete } from './parts.commands.ts'
import { doubtLostSubmissions, requeueExpiredLeases } from './sending.queries.ts'
import { reviewWaiting } from './waiting.commands.ts'

/** Puts right what dead processes left behind. Every worker does this; each row is taken by one. Returns whether anything queued again. */
export async function sweep(deps: Pick<Deps, 'db' | 'log' | 'config'>): Promise<boolean> {
  const requeued = await requeueExpiredLeases(deps.db)
  const doubted = await doubtLostSubmissions(deps.db, deps.config.sending.timeoutMs / 1000 + RECORD_GRACE_SECONDS)
  if (requeued > 0) deps.log.info({ messages: requeued }, 'expired leases went back to the queue')
  if (doubted > 0) deps.log.warn({ messages: doubted }, 'hand-overs without a recorded outcome are now in doubt')
  await applyWaitingEvents(deps)
  await showIncomplete(deps)
  await reviewWaiting(deps)
  return requeued > 0
}
