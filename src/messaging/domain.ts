/** A message's life, drawn in src/README.md. The trigger `message_state` of the database holds the same table. */
export const MESSAGE_STATES = ['queued', 'leased', 'submitting', 'in_doubt', 'accepted', 'delivered', 'undelivered', 'rejected', 'skipped', 'cancelled'] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

/** Every legal move; anything else is refused by the database. */
export const MESSAGE_MOVES = {
  queued: ['submitting', 'leased', 'skipped', 'cancelled'],
  // What workers of before write; a lease has a table of its own now.
  leased: ['queued', 'submitting', 'skipped', 'cancelled'],
  // Back to queued only with proof that nothing was sent.
  submitting: ['queued', 'in_doubt', 'accepted', 'delivered', 'undelivered', 'rejected'],
  // Back to queued only by a late proof of the same attempt, or by a person who confirmed that it may arrive twice.
  in_doubt: ['queued', 'accepted', 'delivered', 'undelivered', 'rejected'],
  accepted: ['delivered', 'undelivered'],
  undelivered: ['delivered'],
  delivered: [],
  rejected: [],
  skipped: [],
  cancelled: [],
} as const satisfies Record<MessageState, readonly MessageState[]>

/** No machine does anything more about these; a late receipt may still turn undelivered into delivered. */
export const FINAL_STATES = ['delivered', 'undelivered', 'rejected', 'skipped', 'cancelled'] as const satisfies readonly MessageState[]

/** Still on its way to the provider: while a batch has one of these, it is not done. */
export const UNSENT_STATES = ['queued', 'leased', 'submitting'] as const satisfies readonly MessageState[]

/** A receipt applies only where it raises the rank, so order and repetition cannot matter. States without a rank take no receipts. */
export const RECEIPT_RANK = { submitting: 0, in_doubt: 1, accepted: 2, undelivered: 3, delivered: 4 } as const satisfies Partial<Record<MessageState, number>>

export const MESSAGE_PURPOSES = ['campaign', 'test', 'auto_response', 'single', 'confirmation'] as const
export type MessagePurpose = (typeof MESSAGE_PURPOSES)[number]

/** No check made at the gate is older than this when the call to the provider starts: a frozen process gives back instead. */
export const GATE_FRESH_MS = 2_000

/** After the call's own time limit, this much more, and nobody is going to tell what became of it. */
export const RECORD_GRACE_SECONDS = 20

/**
 * What the last answers say about the provider: a letter for each, newest last. A doubt proves nothing; any answer that is
 * understood, a refusal too, proves that somebody is there.
 */
export type Answer = 'a' | 'd'
export type Breaker = {
  recent: string
  streak: number
  /** Sending stopped; a single message at a time tries whether the provider is back. */
  isOpen: boolean
  failedProbes: number
}

/** Bounds the doubt of an outage: so many doubts in a row, or so many among the last answers, and sending stops. */
export const BREAKER = { streak: 5, window: 50, doubts: 10, failedProbes: 3, pauseSeconds: 60 } as const

/**
 * The breaker after more answers. While it is open only the probe's own answer counts: what comes of calls that were in
 * flight says nothing about now.
 */
export function weighAnswers(before: Breaker, answers: string, probe?: Answer): Breaker {
  if (probe === 'a') return { recent: '', streak: 0, isOpen: false, failedProbes: 0 }
  const recent = (before.recent + answers).slice(-BREAKER.window)
  const trailing = /d*$/.exec(answers)?.[0].length ?? 0
  const streak = trailing === answers.length ? before.streak + trailing : trailing
  const hasTripped = streak >= BREAKER.streak || recent.replaceAll('a', '').length >= BREAKER.doubts
  return { recent, streak, isOpen: before.isOpen || hasTripped, failedProbes: before.failedProbes + (probe === 'd' ? 1 : 0) }
}

/** 60 s, then twice as long after each probe that failed: an outage of some minutes ends by itself before the last one. */
export function pauseOf({ failedProbes }: Pick<Breaker, 'failedProbes'>): number {
  return BREAKER.pauseSeconds * 2 ** failedProbes
}

/** While the last answers are unclear, no more calls are under way than the breaker has patience for. */
export function roomFor(concurrency: number, streak: number): number {
  return streak === 0 ? concurrency : Math.max(1, Math.min(concurrency, BREAKER.streak - streak))
}

/**
 * "Too many" halves the pace, at most once a second, because a whole group hears it; each ten seconds without it raise the
 * pace by a quarter.
 */
export const PACE = { lowest: 1 / 16, factor: 1.25, everySeconds: 10, withoutAnswerSeconds: 1 } as const

/**
 * Tokens that pile up while nobody sends. Few, because between a token and its call lie a gate and a turn: what they delay
 * adds to the next second, and the provider counts calls.
 */
export function burstOf(perSecond: number): number {
  return Math.max(3, Math.floor(perSecond / 50))
}

/** A strange header must not stop everybody's sending for an hour. */
export const MAX_ACCOUNT_PAUSE_SECONDS = 60

/** Receipts that know no attempt are tried again this long: our own commit may be late. */
export const ORPHAN_HOURS = 24

/** How a suspension begins that a start with mended credentials may lift. */
export const ACCOUNT_REFUSED = 'account_refused'

/** The suspensions that only a person may lift: the database was restored from a backup, */
export const RESTORED = 'restored'
/** or it is a copy of another one, which may be sending too, */
export const COPIED = 'copied'
/** or the provider gave no clear answer, however often it was tried. */
export const UNANSWERED = 'breaker'
