/** One company that owns the number a text came to, and what it had sent there. */
export type ReplyContext = {
  companyId: number
  /** Its newest message to the person by that number, and how long ago; null when there never was one. */
  messageId: number | null
  campaignId: number | null
  ageDays: number | null
  /** Whom the message was for, else whose record has the number. */
  candidateId: number | null
  optOutSource: string | null
}

export type ReplyOwner = ReplyContext & { isInWindow: boolean }

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
export function isReopenedBy(context: ReplyOwner, answered: ReplyOwner | undefined): boolean {
  return context.optOutSource === 'sms' || context.optOutSource === 'provider' || context.companyId === answered?.companyId
}
