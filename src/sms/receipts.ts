/**
 * The provider's words about a message, turned into ours. Codes: Vonage Messages API 1.20.0, `error.title` of a status webhook; and,
 * below 100, `err-code` of the delivery receipts of its older SMS API.
 */

export type ReceiptReason = 'temporary' | 'permanent' | 'opted_out' | 'content' | 'sender' | 'account' | 'fraud' | 'unknown'
export type Receipt = {
  state: 'accepted' | 'delivered' | 'undelivered' | 'in_doubt'
  /** No further news is expected; a late « delivered » may still correct it. */
  isFinal: boolean
  /** The provider's own code, kept as it came: numbers were re-used across its versions. */
  code: string | null
  /** Why it failed; null when it did not. */
  reason: ReceiptReason | null
  /** The person told the provider or the carrier STOP: record an opt-out. */
  optedOut: boolean
}

const CODES: Record<Exclude<ReceiptReason, 'unknown'>, readonly number[]> = {
  temporary: [2, 7, 8, 1000, 1030, 1100, 1180, 1220, 1230, 1331, 1360],
  opted_out: [9, 53, 1240, 1483],
  permanent: [3, 4, 12, 13, 14, 15, 1040, 1050, 1170, 1190, 1200, 1260, 1270, 1280, 1290, 1300, 1310, 1430],
  content: [6, 10, 1090, 1210, 1282, 1482],
  sender: [11, 50, 51, 52, 54, 1120, 1130, 1140, 1160, 1242, 1250, 1251, 1420, 1476, 1480, 1481, 1484],
  account: [1060, 1070, 1080, 1241, 1460],
  fraud: [1470, 1472, 1473, 1474, 1475, 2001],
}
const REASON_OF = new Map<string, ReceiptReason>(Object.entries(CODES).flatMap(([reason, codes]) => codes.map((code) => [String(code), reason as ReceiptReason])))

/**
 * « Not all segments were confirmed in five minutes »: the provider calls it rejected, but the person may have the message.
 * https://developer.vonage.com/en/messages/concepts/multisegment-sms-handling
 */
const SEGMENTS_UNCONFIRMED = '1490'

/** A new word is treated as news that the provider has the message, no more; a new code as an unknown reason. */
export function interpretReceipt(status: string, code: string | null = null): Receipt {
  const known = code?.trim() || null
  switch (status.trim().toLowerCase()) {
    case 'delivered':
    case 'read':
      return { state: 'delivered', isFinal: true, code: known, reason: null, optedOut: false }
    case 'rejected':
    case 'undeliverable':
    case 'failed':
    case 'expired':
      return failed(known)
    default:
      return { state: 'accepted', isFinal: false, code: known, reason: known ? reasonOf(known) : null, optedOut: isOptOut(known) }
  }
}

function failed(code: string | null): Receipt {
  if (code === SEGMENTS_UNCONFIRMED) return { state: 'in_doubt', isFinal: false, code, reason: 'unknown', optedOut: false }
  return { state: 'undelivered', isFinal: true, code, reason: reasonOf(code), optedOut: isOptOut(code) }
}

function reasonOf(code: string | null): ReceiptReason {
  return REASON_OF.get(code ?? '') ?? 'unknown'
}

function isOptOut(code: string | null): boolean {
  return REASON_OF.get(code ?? '') === 'opted_out'
}
