/** The port through which an SMS leaves. One call is one attempt: an adapter never repeats it, and says what is proven. */

export type SmsToSend = {
  /** E.164. */
  to: string
  /** E.164, or an alphanumeric sender of up to 11 characters. */
  from: string
  body: string
  encoding: 'gsm7' | 'ucs2'
  /** Attempt id; comes back in every receipt. */
  reference: string
}

export type HandOver =
  | { outcome: 'accepted'; providerId: string }
  /** Proven: it never left, or was refused for now. Safe to try again. */
  | { outcome: 'not_sent'; reason: string; retryAfterSeconds?: number }
  /** Proven refused, this message; trying again cannot help. */
  | { outcome: 'rejected'; code: string; detail: string; blame: 'recipient' | 'sender' | 'content' }
  /** Proven not sent, and nothing else will be until somebody mends the account. */
  | { outcome: 'account_refused'; code: string; detail: string }
  /** Nothing is proven. Never to be repeated by a machine. */
  | { outcome: 'in_doubt'; reason: string }

export interface SmsGateway {
  /** Never throws. */
  handOver(sms: SmsToSend): Promise<HandOver>
}
