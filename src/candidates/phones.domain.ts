import { parsePhone, type CountryCode, type PhoneProblem } from '../sms/phone.ts'

export const PHONE_KINDS = ['mobile', 'home'] as const
export type PhoneKind = (typeof PHONE_KINDS)[number]

/** A number as a form holds it. `isMain`: the one that SMS go to. */
export type TypedPhone = { kind: PhoneKind; raw: string; isMain: boolean }

/** A number as a record holds it; `problem` is null where an SMS may go. Position 1 of a kind is the one that counts. */
export type StoredPhone = { kind: PhoneKind; position: number; raw: string; e164: string | null; country: string | null; isTextable: boolean; problem: PhoneProblem | 'landline' | null }

export const MOST_PHONES = 9

export function readPhone(raw: string, country: CountryCode): Omit<StoredPhone, 'kind' | 'position'> {
  const parsed = parsePhone(raw, country)
  if (!parsed.ok) return { raw, e164: null, country: null, isTextable: false, problem: parsed.problem }
  return { raw, e164: parsed.e164, country: parsed.country, isTextable: parsed.isTextable, problem: parsed.isTextable ? null : 'landline' }
}

/**
 * Puts numbers in their places. SMS go to the first mobile if it can be texted, else to the first other number that can (S46): so
 * the main one comes first among its kind, as a mobile, and elsewhere what can be texted comes before what cannot. A number given
 * twice is kept once.
 */
export function arrangePhones(typed: readonly TypedPhone[], country: CountryCode): StoredPhone[] {
  const read = typed.map(({ kind, raw, isMain }) => ({ kind, isMain, ...readPhone(raw, country) }))
  const once = read.filter((phone, index) => !read.some((other, at) => at !== index && isSame(phone, other) && (other.isMain === phone.isMain ? at < index : other.isMain)))
  const main = once.find((phone) => phone.isMain && phone.isTextable)
  const placed = once.map((phone) => (phone === main ? { ...phone, kind: 'mobile' as const } : phone))
  const order = (phone: (typeof placed)[number]) => (phone.isMain && phone.isTextable ? 0 : phone.isTextable ? 1 : 2)
  return PHONE_KINDS.flatMap((kind) =>
    placed
      .filter((phone) => phone.kind === kind)
      .toSorted((a, b) => order(a) - order(b))
      .map(({ isMain: _isMain, ...phone }, index) => ({ ...phone, position: index + 1 })),
  )
}

/** The number that is texted, by the same rule as the view `candidate_textability`. */
export function textedPhone<Phone extends Pick<StoredPhone, 'kind' | 'position' | 'isTextable'>>(phones: readonly Phone[]): Phone | undefined {
  const first = (kind: PhoneKind) => phones.find((phone) => phone.kind === kind && phone.position === 1 && phone.isTextable)
  return first('mobile') ?? first('home')
}

function isSame(one: { e164: string | null; raw: string }, other: { e164: string | null; raw: string }): boolean {
  return one.e164 === null ? other.e164 === null && one.raw === other.raw : one.e164 === other.e164
}
