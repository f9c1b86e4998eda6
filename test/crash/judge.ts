import { UNSENT_STATES, type MessageState } from '../../src/messaging/domain.ts'
import type { Evidence, Message } from './evidence.ts'
import type { LogLine } from './log.ts'

/** The line of a run. What must be zero is zero, or `faults` says why. */
export type Figures = {
  calls: number
  accepted: number
  /** Texts with two acceptances; a person may get a text and a reminder. */
  doubled: number
  inDoubt: number
  doubtsActuallyAccepted: number
  /** Messages handed over again although an earlier hand-over may have worked, and nobody had asked for it. */
  resentByMachine: number
  /** Recipients that are not in exactly one state which a person can do something with. */
  unaccounted: number
}

const SENT = ['accepted', 'delivered', 'undelivered'] as const satisfies readonly MessageState[]

/** Provider's log × database × pages. Nothing here asks the product what happened; it only compares what was written down. */
export function judge(evidence: Evidence): { figures: Figures; faults: string[] } {
  const faults: string[] = []
  const calls = evidence.log.filter((line) => line.what === 'call')
  const accepted = evidence.log.filter((line) => line.what === 'accepted')
  const textOf = textsBy(evidence.messages)
  const takenBy = groupBy(accepted, textOf)
  const doubled = [...takenBy].filter(([, taken]) => taken.length > 1).map(([text]) => text)
  report(faults, 'texted twice', doubled)
  const firsts = evidence.messages.filter(({ step }) => step === 1)
  const accounted = firsts.filter(({ state }) => !(UNSENT_STATES as readonly string[]).includes(state))
  const unaccounted = evidence.recipients - new Set(accounted.map(({ e164 }) => e164)).size
  if (unaccounted !== 0) faults.push(`${unaccounted} recipients are not accounted for`)
  if (firsts.length !== evidence.recipients) faults.push(`${evidence.recipients} recipients have ${firsts.length} messages`)
  report(faults, 'still waiting', evidence.messages.filter(({ step, state }) => step > 1 && (UNSENT_STATES as readonly string[]).includes(state)).map(told))
  report(faults, 'reminded twice', [...groupBy(evidence.messages.filter(({ step }) => step > 1), ({ e164 }) => e164)].filter(([, texts]) => texts.length > 1).map(([e164]) => e164))

  const wasTaken = (message: Message) => takenBy.has(named(message))
  const isSent = ({ state }: Message) => (SENT as readonly string[]).includes(state)
  report(faults, 'taken by the provider, and neither sent nor in doubt here', evidence.messages.filter((one) => wasTaken(one) && !isSent(one) && one.state !== 'in_doubt').map(told))
  report(faults, 'sent here, and never taken by the provider', evidence.messages.filter((one) => isSent(one) && !wasTaken(one)).map(told))

  const resent = new Set([...resentByAttempts(evidence.messages), ...resentByCalls(calls, textOf)])
  report(faults, 'handed over again by a machine', [...resent])
  report(faults, 'called for an attempt that the database does not know', unknownCalls(evidence.messages, calls))
  faults.push(...receiptFaults(evidence), ...doubtFaults(evidence, calls), ...scheduleFaults(evidence), ...pauseFaults(evidence), ...rateFaults(evidence.perSecond, calls), ...evidence.pages.faults, ...evidence.alarms, ...evidence.surprises)

  const inDoubt = evidence.messages.filter(({ state }) => state === 'in_doubt')
  return {
    figures: {
      calls: calls.length, accepted: accepted.length, doubled: doubled.length, inDoubt: inDoubt.length, doubtsActuallyAccepted: inDoubt.filter(wasTaken).length,
      resentByMachine: resent.size, unaccounted,
    },
    faults,
  }
}

/** Only an attempt that is proven not sent may be followed by another. */
function resentByAttempts(messages: readonly Message[]): string[] {
  return messages.filter(({ attempts }) => attempts.some(({ outcome }, i) => outcome === 'waived' || (outcome !== 'not_sent' && i < attempts.length - 1))).map(({ e164 }) => e164)
}

/** The same from the other side: of all answers only « too many » proves that nothing was taken and that trying again may help. */
function resentByCalls(calls: readonly Extract<LogLine, { what: 'call' }>[], textOf: TextOf): string[] {
  return [...groupBy(calls, textOf)].filter(([, made]) => made.slice(0, -1).some(({ mode }) => mode !== 'throttle')).map(([text]) => text)
}

type TextOf = (line: { ref: string; to: string }) => string

/** Which text a line of the provider's log is about: that of its attempt, else the person's first. */
function textsBy(messages: readonly Message[]): TextOf {
  const byAttempt = new Map(messages.flatMap((message) => message.attempts.map(({ id }): [string, string] => [id, named(message)])))
  return ({ ref, to }) => byAttempt.get(ref) ?? `+${to}`
}

function named({ e164, step }: Message): string {
  return step === 1 ? e164 : `${e164} (reminder)`
}

function unknownCalls(messages: readonly Message[], calls: readonly Extract<LogLine, { what: 'call' }>[]): string[] {
  const known = new Map(messages.flatMap(({ e164, attempts }) => attempts.map(({ id }): [string, string] => [id, e164])))
  return calls.filter(({ ref, to }) => known.get(ref) !== `+${to}`).map(({ ref, to, mode }) => `${ref || mode} to +${to}`)
}

/** Every receipt that we said we had is in the state, in whatever order they came. */
function receiptFaults({ log, messages, unappliedEvents }: Evidence): string[] {
  const faults: string[] = []
  const told_ = groupBy(log.filter((line) => line.what === 'receipt'), textsBy(messages))
  const wrong = messages.filter((message) => {
    const { state } = message
    const statuses = (told_.get(named(message)) ?? []).map(({ status }) => status)
    if (statuses.length === 0) return state === 'delivered' || state === 'undelivered'
    return state !== (statuses.includes('delivered') ? 'delivered' : statuses.some((status) => status !== 'submitted') ? 'undelivered' : 'accepted')
  })
  report(faults, 'not in the state that their receipts say', wrong.map((one) => `${told(one)} after ${(told_.get(named(one)) ?? []).map(({ status }) => status).join(', ') || 'none'}`))
  report(faults, 'receipts refused for good', log.filter((line) => line.what === 'lost-receipt').map(({ to, status, answer }) => `${status} of +${to}: ${answer}`))
  if (unappliedEvents > 0) faults.push(`${unappliedEvents} stored events were never applied`)
  return faults
}

/** Doubt is bounded: by the answers that leave things open, and by what was in flight when something broke. */
function doubtFaults({ messages, breaks, inFlight }: Evidence, calls: readonly Extract<LogLine, { what: 'call' }>[]): string[] {
  const textOf = textsBy(messages)
  const unclear = new Set(calls.filter(({ mode }) => !CLEAR.includes(mode)).map(textOf))
  const ofBreaks = messages.filter((message) => message.state === 'in_doubt' && !unclear.has(named(message)))
  return ofBreaks.length <= breaks * inFlight ? [] : [`${ofBreaks.length} doubts come of ${breaks} breaks with ${inFlight} in flight`]
}

/** Answers that say what became of the message. */
const CLEAR: readonly string[] = ['answer', 'slow', 'throttle', 'refuse']

function scheduleFaults({ batches, campaignStatus }: Evidence): string[] {
  const faults = batches.filter(({ state, sentEvents }) => state !== 'done' || sentEvents !== 1).map(({ no, state, sentEvents }) => `batch ${no} is ${state} and was reported sent ${sentEvents} times`)
  return campaignStatus === 'completed' ? faults : [...faults, `the campaign is ${campaignStatus}`]
}

function pauseFaults({ log, pauses }: Evidence): string[] {
  const faults: string[] = []
  const during = log.filter((line) => line.what === 'accepted').filter(({ at }) => pauses.some(({ from, until }) => at > from && at < until))
  report(faults, 'taken while the campaign was paused', during.map(({ to }) => `+${to}`))
  return faults
}

/** In five seconds, what six allow: the provider's own clock counts what was on its way for a moment. */
function rateFaults(perSecond: number, calls: readonly Extract<LogLine, { what: 'call' }>[]): string[] {
  const times = calls.map(({ at }) => at).sort((a, b) => a - b)
  const most = Math.max(0, ...times.map((from, i) => times.slice(i, i + 6 * perSecond + 1).filter((at) => at < from + 5_000).length))
  return most > 6 * perSecond ? [`more than ${6 * perSecond} calls in five seconds`] : []
}

function told({ e164, state }: Message): string {
  return `${e164} (${state})`
}

function report(faults: string[], what: string, which: readonly string[]): void {
  if (which.length > 0) faults.push(`${which.length} ${what}: ${which.slice(0, 5).join('; ')}${which.length > 5 ? ' …' : ''}`)
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
