/** What the imaginary provider does with a message: the magic numbers and the receipts that follow. */

export type ReceiptStatus = 'submitted' | 'delivered' | 'rejected' | 'undeliverable'
export type PlannedReceipt = { status: ReceiptStatus; code?: string; afterMs: number }

/** How the provider answers the POST itself. */
export type Answer = 'accepts' | 'fails' | 'hangs' | 'throttles_once' | 'garbles'
export type Plan = { answer: Answer; receipts: readonly PlannedReceipt[] }

/** When receipts leave after acceptance: fixed, so that a demonstration can be repeated. */
export type Delays = { submittedMs: number; finalMs: number }
export const DEFAULT_DELAYS: Delays = { submittedMs: 300, finalMs: 1500 }

export const MAGIC_ENDINGS = ['90', '91', '92', '93', '94', '95', '96', '97', '98', '99'] as const
export type MagicEnding = (typeof MAGIC_ENDINGS)[number]

/** The last two digits of a number, when they mean something. The same list is shown on the page of phones. */
export function magicEnding(digits: string): MagicEnding | undefined {
  return MAGIC_ENDINGS.find((ending) => digits.endsWith(ending))
}

export function planFor(ending: MagicEnding | undefined, { submittedMs, finalMs }: Delays): Plan {
  const submitted: PlannedReceipt = { status: 'submitted', afterMs: submittedMs }
  const delivered: PlannedReceipt = { status: 'delivered', afterMs: finalMs }
  const usual = [submitted, delivered]
  switch (ending) {
    case '90': return { answer: 'accepts', receipts: [submitted, { status: 'undeliverable', code: '1190', afterMs: finalMs }] }
    case '91': return { answer: 'accepts', receipts: [submitted, { status: 'rejected', code: '1210', afterMs: finalMs }] }
    case '92': return { answer: 'accepts', receipts: [{ status: 'rejected', code: '1240', afterMs: finalMs }] }
    case '93': return { answer: 'accepts', receipts: [submitted, { status: 'undeliverable', code: '1180', afterMs: finalMs }] }
    case '94': return { answer: 'accepts', receipts: [] }
    case '95': return { answer: 'fails', receipts: [] }
    case '96': return { answer: 'hangs', receipts: usual }
    case '97': return { answer: 'throttles_once', receipts: usual }
    case '98': return { answer: 'garbles', receipts: usual }
    case '99': return { answer: 'accepts', receipts: [{ ...delivered, afterMs: submittedMs }, { ...delivered, afterMs: submittedMs }, { ...submitted, afterMs: finalMs }, { ...submitted, afterMs: finalMs }] }
    case undefined: return { answer: 'accepts', receipts: usual }
  }
}

/** Titles of the error codes the simulator sends, in the provider's own words. */
export const ERROR_DETAILS: Record<string, string> = {
  '1180': 'Absent Subscriber - Temporary',
  '1190': 'Absent Subscriber - Permanent',
  '1210': 'Anti-Spam Rejection',
  '1240': 'Illegal Number',
  '1490': 'SMS segment timeout',
}

/** A phone can answer a number, not a name. */
export function canReceiveReplies(sender: string): boolean {
  return /^\d{3,15}$/.test(sender)
}

/** Retries as the provider documents them: the base doubling up to 180 times itself (5 s to 15 min), for 17,280 times the base (24 h). */
export function retryAfterMs(attempts: number, baseMs: number): number | undefined {
  const waits = Array.from({ length: attempts }, (_, i) => Math.min(baseMs * 2 ** i, baseMs * 180))
  const waited = waits.slice(0, -1).reduce((sum, wait) => sum + wait, 0)
  return waited > baseMs * 17_280 ? undefined : waits.at(-1)
}

/** The search box accepts what people see: « 06 39 98 » finds 33639 98…. */
export function searchDigits(text: string): string {
  const digits = text.replace(/\D/g, '').slice(0, 15)
  return digits.startsWith('00') ? digits.slice(2) : digits.startsWith('0') ? digits.slice(1) : digits
}

/** What a part of a text costs here. */
export const EUROS_PER_SEGMENT = 0.0575
