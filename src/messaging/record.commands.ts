import type { Deps } from '../deps.ts'
import type { HandOver } from '../sms/gateway.ts'
import { countDoubts, pauseTokens, suspendAccount } from './account.queries.ts'
import { ACCOUNT_REFUSED, MAX_ACCOUNT_PAUSE_SECONDS } from './domain.ts'
import { recordOutcomes, type AttemptNews } from './record.queries.ts'

/**
 * Stores what became of hand-overs, in the order in which they ended, and what that says about the provider.
 * `isDoubting`: there were unclear answers, so that a clear one is worth a word to the account.
 */
export async function recordHandOvers(deps: Pick<Deps, 'db' | 'log' | 'config'>, ended: readonly Ended[], isDoubting: boolean): Promise<void> {
  const news = ended.map(({ attemptId, result }) => newsOf(attemptId, result))
  const about = aboutAccount(ended.map(({ result }) => result), isDoubting)
  if (!about) return recordOutcomes(deps.db, news)
  const { refusal, pauseSeconds, streak } = about
  const { suspended, paused } = await deps.db.transaction().execute(async (trx) => {
    await recordOutcomes(trx, news)
    if (pauseSeconds > 0) await pauseTokens(trx, Math.min(pauseSeconds, MAX_ACCOUNT_PAUSE_SECONDS), deps.config.sending.perSecond)
    return {
      paused: streak ? await countDoubts(trx, streak) : false,
      suspended: refusal ? await suspendAccount(trx, `${ACCOUNT_REFUSED}: ${refusal.code} ${refusal.detail}`.trim()) : false,
    }
  })
  if (suspended && refusal) deps.log.error({ code: refusal.code, detail: refusal.detail }, 'the provider refuses the account: all sending is suspended')
  if (paused) deps.log.error('the provider gave too many unclear answers in a row: sending pauses')
}

export type Ended = { attemptId: string; result: HandOver }

/** Undefined when all went well, as it nearly always does: then the account need not be touched. */
function aboutAccount(results: readonly HandOver[], isDoubting: boolean) {
  const refusal = results.find((result) => result.outcome === 'account_refused')
  const pauseSeconds = Math.max(0, ...results.map((result) => (result.outcome === 'not_sent' ? (result.retryAfterSeconds ?? 0) : 0)))
  const streak = doubtsOf(results)
  const isQuiet = !refusal && pauseSeconds === 0 && !isDoubting && (streak?.doubts ?? 0) === 0
  return isQuiet ? undefined : { refusal, pauseSeconds, streak }
}

function newsOf(attemptId: string, result: HandOver): AttemptNews {
  const empty = { attemptId, providerId: null, code: null, detail: null, reason: null, retryAfterSeconds: 0 }
  switch (result.outcome) {
    case 'accepted': return { ...empty, outcome: 'accepted', providerId: result.providerId }
    case 'not_sent': return { ...empty, outcome: 'not_sent', code: result.reason, retryAfterSeconds: result.retryAfterSeconds ?? 0 }
    case 'rejected': return { ...empty, outcome: 'rejected', code: result.code, detail: result.detail, reason: result.blame === 'recipient' ? 'permanent' : result.blame }
    case 'account_refused': return { ...empty, outcome: 'not_sent', code: result.code, detail: result.detail }
    case 'in_doubt': return { ...empty, outcome: 'in_doubt', code: result.reason }
  }
}

/** Unclear answers since the last clear one. No connection at all says nothing: nobody answered, and nothing is in doubt. */
function doubtsOf(results: readonly HandOver[]): { answered: boolean; doubts: number } | undefined {
  const said = results.filter((result) => result.outcome !== 'not_sent' || result.reason === 'throttled')
  if (said.length === 0) return undefined
  const lastAnswer = said.findLastIndex((result) => result.outcome !== 'in_doubt')
  return { answered: lastAnswer >= 0, doubts: said.length - 1 - lastAnswer }
}
