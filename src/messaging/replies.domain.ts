import type { Keyword } from '../sms/keywords.ts'

/** What became of a text: a machine dealt with it, an answer was read in it, or a person reads it. */
export type HandledAs = 'answer' | 'stop' | 'start' | 'help' | 'text' | 'review'

/** One company that owns the number a text came to, and what it had sent there. */
export type ReplyContext = {
  companyId: number
  /** Its newest message to the person by that number, and how long ago; null when there never was one. */
  messageId: number | null
  campaignId: number | null
  recipientId: number | null
  /** Who sent that message. */
  senderId: number | null
  ageDays: number | null
  /** Whom the message was for, else whose record has the number. */
  candidateId: number | null
  optOutSource: string | null
  /** A text of the number may be a STOP, and nobody has decided yet. */
  isHeld: boolean
  /** When the number last said STOP and START to this company. */
  lastStop: Date | null
  lastStart: Date | null
  /** What the company decided about replies, where it differs from the default. */
  settings: readonly { name: string; value: unknown }[]
}

export type ReplyOwner = ReplyContext & { isInWindow: boolean; confirmation: 'law' | 'always' | 'provider' }

/**
 * Whose a text is when several companies share a number. Companies are strangers: a plain text goes to one of them only,
 * to the newest sending within its time (S112), else to whoever texted last, else to the one that knows the person, or
 * owns the number alone. Undefined when nothing tells.
 */
export function ownerOfText(contexts: readonly ReplyOwner[]): ReplyOwner | undefined {
  const newestFirst = contexts.filter(({ ageDays }) => ageDays !== null).sort((a, b) => (a.ageDays ?? 0) - (b.ageDays ?? 0))
  const texted = newestFirst.find(({ isInWindow }) => isInWindow) ?? newestFirst[0]
  if (texted) return texted
  const known = contexts.filter(({ candidateId }) => candidateId !== null)
  return known.length === 1 ? known[0] : contexts.length === 1 ? contexts[0] : undefined
}

/** A STOP is meant for every company that texts by the number; these also show it among their replies. */
export function ownersOfStop(contexts: readonly ReplyOwner[]): ReplyOwner[] {
  return contexts.filter(({ messageId, candidateId }) => messageId !== null || candidateId !== null || contexts.length === 1)
}

/**
 * Who may text again after START: every company whose opt-out came by the number itself, or through the provider, and the
 * one that the text answers. What was withdrawn on another company's page stays withdrawn.
 */
export function isReopenedBy(context: ReplyContext, answered: ReplyContext | undefined): boolean {
  return context.optOutSource === 'sms' || context.optOutSource === 'provider' || context.companyId === answered?.companyId
}

/** Texts may overtake each other: what the person said last holds, not what came last. */
export function isOvertaken(context: Pick<ReplyContext, 'lastStop' | 'lastStart'>, keyword: 'stop' | 'start', saidAt: Date | null): boolean {
  const later = keyword === 'stop' ? context.lastStart : context.lastStop
  return saidAt !== null && later !== null && later > saidAt
}

export type Word = { keyword: 'none' | 'stop' | 'start' | 'help'; handledAs: HandledAs }

/** Half a text is read by a person, unless it is clear. */
export function wordOf(found: Keyword): Word {
  if (found.kind !== 'text') return { keyword: found.kind, handledAs: found.kind }
  return { keyword: 'none', handledAs: found.mayBeStop ? 'review' : 'text' }
}

/** A part of a long text as it was stored, in the order in which they came. */
export type StoredPart = { id: number; providerId: string; no: number; total: number; text: string; state: 'part' | 'joined' | 'incomplete'; saidAt: string | null }

/** Stands where a part never came. */
const GAP = ' […] '

/** The text of these parts, whatever their order; of a part that came twice, the first. */
export function joinParts(parts: readonly StoredPart[]): { body: string; isComplete: boolean } {
  const first = new Map<number, string>()
  for (const { no, text } of parts) if (!first.has(no)) first.set(no, text)
  const total = parts[0]?.total ?? 0
  const pieces = Array.from({ length: total }, (_, index) => first.get(index + 1))
  const isComplete = first.size === total
  const body = pieces.map((piece, index) => piece ?? (index > 0 && pieces[index - 1] === undefined ? '' : GAP)).join('')
  return { body: (isComplete ? body : body.replace(/ *\[…\] */g, GAP)).trim(), isComplete }
}
