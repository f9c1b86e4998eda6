import { createHash } from 'node:crypto'
import { createRandom, type Random } from '../../src/demo/random.ts'

// Everything that goes wrong in a run, drawn from its seed before it begins: the same seed, the same misfortune.

export type Size = {
  seed: number
  recipients: number
  batches: number
  /** Processes that show pages and take receipts, behind one address. */
  webs: number
  workers: number
  /** SIGKILL of a worker. */
  kills: number
  /** SIGSTOP of a worker for longer than its lease and any guard, then SIGCONT. */
  freezes: number
  webKills: number
  /** The database drops everything as it is, or is stopped as an operator would. */
  immediateHalts: number
  fastHalts: number
  /** A recruiter pauses the campaign and resumes it. */
  pauses: number
}

export type Fault = (
  | { kind: 'kill-worker'; worker: number }
  | { kind: 'freeze-worker'; worker: number; seconds: number }
  | { kind: 'kill-web' }
  | { kind: 'halt-database'; how: 'immediate' | 'fast'; seconds: number }
  | { kind: 'pause'; seconds: number }
) & {
  /** It happens once the provider has seen so many calls … */
  afterCalls: number
  /** … and so much later, so that it can hit any moment of a hand-over. */
  delayMs: number
}

/** Faults begin once sending is under way and end while there is still something to send. */
const FIRST_AT = 0.03
const LAST_AT = 0.9

export function planFaults(size: Size): Fault[] {
  const random = createRandom(size.seed)
  const worker = () => random.whole(0, size.workers - 1)
  const kinds = random.sample([
    ...several(size.kills, () => ({ kind: 'kill-worker', worker: worker() }) as const),
    // Every other one sleeps so long that the others have given its calls up by the time it wakes.
    ...several(size.freezes, (i) => ({ kind: 'freeze-worker', worker: worker(), seconds: i % 2 === 0 ? random.whole(7, 10) : random.whole(24, 28) }) as const),
    ...several(size.webKills, () => ({ kind: 'kill-web' }) as const),
    ...several(size.immediateHalts, () => ({ kind: 'halt-database', how: 'immediate', seconds: random.next() * 3 }) as const),
    ...several(size.fastHalts, () => ({ kind: 'halt-database', how: 'fast', seconds: random.next() * 3 }) as const),
    ...several(size.pauses, () => ({ kind: 'pause', seconds: random.whole(4, 6) }) as const),
  ], Infinity)
  const step = ((LAST_AT - FIRST_AT) * size.recipients) / Math.max(1, kinds.length)
  return kinds.map((fault, i) => ({ ...fault, afterCalls: Math.round(FIRST_AT * size.recipients + step * (i + random.next())), delayMs: random.whole(0, 200) }))
}

function several<Item>(count: number, make: (i: number) => Item): Item[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** How the provider meets one call. `accepts`: whether the message is on its way all the same. */
export type Conduct = { mode: 'answer' | 'slow' | 'late' | 'hang' | 'reset' | 'error' | 'nonsense' | 'redirect' | 'throttle' | 'refuse'; accepts: boolean }

/** Parts of a thousand. What leaves the outcome open stays below the share at which a sender must think the provider broken. */
const CONDUCTS: readonly (readonly [Conduct['mode'], number])[] = [
  ['answer', 897], ['slow', 20], ['late', 7], ['hang', 12], ['reset', 18], ['error', 12], ['nonsense', 12], ['redirect', 6], ['throttle', 4], ['refuse', 12],
]

/** Drawn per number and call, not in the order of calls, which no seed can fix. */
export function conductFor(seed: number, to: string, call: number): Conduct {
  const random = randomFor(seed, `conduct ${to} ${call}`)
  const mode = random.weighted(CONDUCTS)
  const accepts = mode === 'answer' || mode === 'slow' || mode === 'late' || (mode !== 'throttle' && mode !== 'refuse' && random.chance(0.5))
  return { mode, accepts }
}

export type PlannedReceipt = { status: 'submitted' | 'delivered' | 'undeliverable' | 'rejected'; code?: string; afterMs: number }

/** The receipts of one message in the order in which they leave: out of order, twice, late, or none at all. */
export function receiptsFor(seed: number, to: string): PlannedReceipt[] {
  const random = randomFor(seed, `receipts ${to}`)
  if (random.chance(0.015)) return []
  const fate = random.weighted([['delivered', 92], ['absent', 3], ['gone', 2], ['spam', 2], ['corrected', 1]] as const)
  const failed = { status: 'undeliverable', code: '1180' } as const
  const final: Omit<PlannedReceipt, 'afterMs'>[] = fate === 'absent' ? [failed] : fate === 'gone' ? [{ status: 'undeliverable', code: '1190' }]
    : fate === 'spam' ? [{ status: 'rejected', code: '1210' }] : fate === 'corrected' ? [failed, { status: 'delivered' }] : [{ status: 'delivered' }]
  const news = [...(random.chance(0.9) ? [{ status: 'submitted' } as const] : []), ...final]
  return news
    .flatMap((receipt) => (random.chance(0.2) ? [receipt, receipt] : [receipt]))
    .map((receipt) => ({ ...receipt, afterMs: random.chance(0.05) ? random.whole(4_000, 8_000) : random.whole(0, 1_500) }))
    .sort((a, b) => a.afterMs - b.afterMs)
}

function randomFor(seed: number, what: string): Random {
  return createRandom(createHash('sha256').update(`${seed} ${what}`).digest().readUInt32BE())
}
