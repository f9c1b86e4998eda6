/** What another program can be told. Names are public: they never change their meaning. */
export const EVENT_TYPES = [
  'campaign.scheduled', 'campaign.started', 'campaign.paused', 'campaign.resumed', 'campaign.suspended', 'campaign.cancelled', 'campaign.completed',
  'message.status', 'answer.created', 'answer.updated', 'candidate.availability', 'opt_out.created', 'opt_out.removed',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** Sent by hand, to whichever endpoint, to see whether it arrives. */
export const TEST_EVENT = 'webhook.test'

export const ENDPOINT_STATES = ['active', 'paused', 'off', 'removed'] as const
export type EndpointState = (typeof ENDPOINT_STATES)[number]

/** Why an endpoint was switched off by itself. */
export type OffReason = 'failing' | 'gone'

export const DELIVERY_STATES = ['waiting', 'sending', 'delivered', 'failed'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** Why a try brought nothing; each has a sentence. `status`: another answer than 2xx. `expired`: its time was over before it had a turn. */
export const FAILURES = ['status', 'redirect', 'gone', 'timeout', 'unreachable', 'unknown_host', 'tls', 'inside', 'expired', 'unreadable'] as const
export type Failure = (typeof FAILURES)[number]

/** Waits after the first, second, … try: eleven tries in just under 24 hours. */
export const WAITS_SECONDS = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800] as const

/** A delivery that had no turn by then, because its endpoint was paused or failed at everything, has failed too. */
export const GIVE_UP_HOURS = 24

/** An endpoint at which nothing arrived for so long, in so many tries, is switched off. */
export const OFF_AFTER_DAYS = 3
export const OFF_AFTER_FAILURES = 10

/** From so many failures in a row on, one request at a time looks whether the endpoint is back, each later than the one before. */
export const FAILURES_BEFORE_HOLDING = 5
export const LONGEST_HOLD_SECONDS = 300

/** A receiver that asks for time gets it, up to this. */
export const LONGEST_RETRY_AFTER_SECONDS = 3_600

/** Requests of one process at a time, and among them those to one endpoint. */
export const REQUESTS_AT_ONCE = 40
export const REQUESTS_PER_ENDPOINT = 8

/** From the look-up of the name to the answer. Receivers are asked to answer at once and to work afterwards. */
export const TIMEOUT_MS = 10_000

/** Whoever was to deliver has died once this is over: the request is made again, with the same id. */
export const LEASE_SECONDS = 60

/** As much of an answer as helps to find a mistake. */
export const ANSWER_BYTES = 2_048

/** A replaced secret signs beside the new one for so long. */
export const ROTATION_HOURS = 24

/** Enough for everything an agency connects; each event is written once for each of them. */
export const MOST_ENDPOINTS = 10

/** The log, with what was sent, is kept for so long. */
export const WEBHOOK_LOG_DAYS = 30

/** Pages count what waits and what failed up to here. */
export const MOST_COUNTED = 1_000
