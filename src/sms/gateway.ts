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

/** What the provider's own books are asked: everything it was handed in a stretch of time, of at most 24 hours. */
export type RecordsQuestion = {
  from: Date
  /** Exclusive. */
  until: Date
  /** E.164: only what went to this number. */
  to?: string
  /** Attempt ids; records of anything else are not handed on. */
  references: ReadonlySet<string>
}

/** One entry about one attempt. There may be several; like receipts, they tell the same in any order. */
export type SentRecord = { reference: string; providerId: string; status: string; code: string | null }

export type RecordsAnswer =
  /** Complete: what is not among them is not in the books. */
  | { outcome: 'answered'; records: SentRecord[]; isComplete: boolean }
  /** The account may not read its books; `isNews` the first time it is told. */
  | { outcome: 'no_access'; detail: string; isNews: boolean }
  /** Nothing is learnt; another time perhaps. */
  | { outcome: 'unavailable'; detail: string }

export interface SentRecords {
  /** An earlier answer was `no_access`, not long ago: asking is of no use. */
  isClosed(): boolean
  /** Never throws, and changes nothing anywhere. */
  find(question: RecordsQuestion): Promise<RecordsAnswer>
}

/** What the provider's account still holds; `detail`: why nobody knows. Never throws. */
export type ReadBalance = () => Promise<{ euros: number } | { detail: string }>
