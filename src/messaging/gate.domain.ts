/** What the gate decides about one message, from what it holds still and from what the company decided. Pure. */
import type { SendingRules } from '../companies/sending-rules.ts'
import { dateIn } from '../core/dates.ts'
import { nextOpening } from '../sms/windows.ts'
import type { MessagePurpose } from './domain.ts'

/** Why a message does not leave although nobody stopped its campaign; the gate also stores the reasons of `consent`. */
export const GATE_REASONS = ['opted_out', 'bounced', 'no_candidate', 'country_blocked', 'destination_blocked', 'no_window', 'too_soon', 'too_late'] as const

/** A message whose row and number are locked, at the moment `at` of the database's clock. */
export type HeldMessage = {
  id: number
  purpose: MessagePurpose
  companyId: number
  campaignId: number | null
  batchId: number | null
  country: string | null
  at: Date
  /** False: the number has no row, and so nothing about it is held still. */
  hasPhone: boolean
  optedOut: boolean
  /** A text of the person may be a STOP, and nobody has decided yet. */
  isUnderReview: boolean
  /** A confirmation that did not leave in its time. */
  isLate: boolean
  bounced: boolean
  lastTextedAt: Date | null
  /** A person had it sent again: whether the first hand-over arrived is in doubt. */
  isResent: boolean
  /** Another program is told what becomes of the company's texts. */
  isHeard: boolean
  /** What leaves is counted against a budget already. */
  isCampaignCounted: boolean
  isDayCounted: boolean
}

export type Verdict =
  /** `quietHours`: the company texted the number lately; was that a campaign, within so many hours? */
  | { pass: 'go'; quietHours: number }
  | { pass: 'skip'; reason: (typeof GATE_REASONS)[number] }
  | { pass: 'wait'; opensAt: Date; why: 'window' | 'review' }
  | { pass: 'back' }

const REVIEW_LOOK_MS = 3_600_000

export function judge(message: HeldMessage, rules: SendingRules | undefined): Verdict {
  if (!message.hasPhone) return { pass: 'back' }
  if (message.purpose === 'confirmation') return confirming(message)
  if (message.optedOut) return { pass: 'skip', reason: 'opted_out' }
  // Looked at again by itself, should nobody decide; whoever decides lets it go at once.
  if (message.isUnderReview) return { pass: 'wait', opensAt: new Date(message.at.getTime() + REVIEW_LOOK_MS), why: 'review' }
  // A person may write at any hour, and try a number again on purpose; a campaign may not.
  if (message.purpose !== 'campaign') return { pass: 'go', quietHours: 0 }
  if (message.bounced) return { pass: 'skip', reason: 'bounced' }
  if (!rules) return { pass: 'back' }
  // Without a country are only texts that were launched before countries were kept.
  if (message.country !== null && !rules.allowedCountries.includes(message.country)) return { pass: 'skip', reason: 'country_blocked' }
  if (isDestinationBlocked(message.country, rules, message.at)) return { pass: 'skip', reason: 'destination_blocked' }
  const opensAt = openingFor(message.country, rules, message.at)
  if (!opensAt) return { pass: 'skip', reason: 'no_window' }
  return opensAt > message.at ? { pass: 'wait', opensAt, why: 'window' } : { pass: 'go', quietHours: quietHours(message, rules) }
}

/** The one text that goes to a number because it has opted out: soon, or never. Whoever is back needs none. */
function confirming({ optedOut, isLate }: HeldMessage): Verdict {
  return optedOut && !isLate ? { pass: 'go', quietHours: 0 } : { pass: 'skip', reason: 'too_late' }
}

/** By the provider's list or the company's own, as it is today (S106). */
function isDestinationBlocked(country: string | null, { blocks, zone }: SendingRules, at: Date): boolean {
  const block = country === null ? undefined : blocks.get(country)
  return block !== undefined && block.from <= dateIn(zone, at)
}

function quietHours({ lastTextedAt, at }: HeldMessage, { minHoursBetween }: SendingRules): number {
  const hours = lastTextedAt === null ? Infinity : (at.getTime() - lastTextedAt.getTime()) / 3_600_000
  return hours < minHoursBetween ? minHoursBetween : 0
}

type Opening = { minute: number; opensAt: Date | undefined }
const openings = new WeakMap<SendingRules, Map<string | null, Opening>>()

/** Hours begin and end with full minutes: what holds when a minute begins holds until the next one. */
function openingFor(country: string | null, rules: SendingRules, at: Date): Date | undefined {
  const known = openings.get(rules) ?? new Map<string | null, Opening>()
  openings.set(rules, known)
  const minute = Math.floor(at.getTime() / 60_000) * 60_000
  let opening = known.get(country)
  if (opening?.minute !== minute) known.set(country, (opening = { minute, opensAt: nextOpening(country, rules.windows, new Date(minute)) }))
  return opening.opensAt
}
