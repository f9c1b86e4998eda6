import type { Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import type { HandOver } from '../sms/gateway.ts'
import { lockBreaker, saveBreaker, slowDown, suspendAccount } from './account.queries.ts'
import { ACCOUNT_REFUSED, BREAKER, MAX_ACCOUNT_PAUSE_SECONDS, PACE, UNANSWERED, pauseOf, weighAnswers, type Answer, type Breaker } from './domain.ts'
import { recordOutcomes, type AttemptNews } from './record.queries.ts'

export type Ended = {
  attemptId: string
  result: HandOver
  /** It was the one message that tried whether the provider is back. */
  isProbe: boolean
  /** False: a moment ago no other program wanted to hear of the company's texts. */
  isHeard?: boolean
}

/**
 * Stores what became of hand-overs, in the order in which they ended, and what that says about the provider.
 * `isDoubting`: there were unclear answers, so that a clear one is worth a word to the account. Returns how the account
 * stands when it was told anything.
 */
export async function recordHandOvers(deps: Pick<Deps, 'db' | 'log'>, ended: readonly Ended[], isDoubting: boolean): Promise<Breaker | undefined> {
  const news = ended.map(({ attemptId, result }) => newsOf(attemptId, result))
  const about = aboutAccount(ended, isDoubting)
  const isHeard = ended.some((one) => one.isHeard !== false)
  if (!about) {
    await recordOutcomes(deps.db, news, isHeard)
    return undefined
  }
  const verdict = await deps.db.transaction().execute(async (trx) => {
    // The account last: whoever holds it holds up everybody.
    await recordOutcomes(trx, news, isHeard)
    return tellAccount(trx, about)
  })
  if (verdict.refused && about.refusal) deps.log.error({ code: about.refusal.code, detail: about.refusal.detail }, 'the provider refuses the account: all sending is suspended')
  if (verdict.pauseSeconds !== undefined) deps.log.error({ seconds: verdict.pauseSeconds }, 'the provider gives unclear answers: sending pauses, then one message tries')
  if (verdict.gaveUp) deps.log.error('the provider gave no clear answer to any message that tried: all sending is suspended until a person resumes it')
  return verdict.breaker
}

type AboutAccount = { refusal: Extract<HandOver, { outcome: 'account_refused' }> | undefined; throttledSeconds: number | undefined; answers: string; probe: Answer | undefined }

/** Undefined when all went well, as it nearly always does: then the account need not be touched. */
function aboutAccount(ended: readonly Ended[], isDoubting: boolean): AboutAccount | undefined {
  const refusal = ended.map(({ result }) => result).find((result) => result.outcome === 'account_refused')
  const throttled = ended.flatMap(({ result }) => (result.outcome === 'not_sent' && result.reason === 'throttled' ? [result.retryAfterSeconds ?? PACE.withoutAnswerSeconds] : []))
  const answers = ended.flatMap(({ result, isProbe }) => (isProbe ? [] : [answerOf(result) ?? ''])).join('')
  const probe = ended.filter(({ isProbe }) => isProbe).map(({ result }) => answerOf(result)).find((answer) => answer !== undefined)
  const isQuiet = !refusal && throttled.length === 0 && probe === undefined && !answers.includes('d') && (!isDoubting || answers === '')
  return isQuiet ? undefined : { refusal, throttledSeconds: throttled.length > 0 ? Math.max(...throttled) : undefined, answers, probe }
}

async function tellAccount(trx: Transaction<DB>, { refusal, throttledSeconds, answers, probe }: AboutAccount) {
  const before = await lockBreaker(trx)
  const breaker = weighAnswers(before, answers, probe)
  const pauseSeconds = breaker.isOpen && (!before.isOpen || probe === 'd') ? pauseOf(breaker) : undefined
  await saveBreaker(trx, breaker, pauseSeconds)
  if (throttledSeconds !== undefined) await slowDown(trx, Math.min(throttledSeconds, MAX_ACCOUNT_PAUSE_SECONDS))
  return {
    breaker,
    pauseSeconds,
    refused: refusal ? await suspendAccount(trx, `${ACCOUNT_REFUSED}: ${refusal.code} ${refusal.detail}`.trim()) : false,
    gaveUp: breaker.failedProbes >= BREAKER.failedProbes ? await suspendAccount(trx, UNANSWERED) : false,
  }
}

/** No connection at all says nothing: nobody answered, and nothing is in doubt. */
function answerOf(result: HandOver): Answer | undefined {
  if (result.outcome === 'in_doubt') return 'd'
  return result.outcome === 'not_sent' && result.reason !== 'throttled' ? undefined : 'a'
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
