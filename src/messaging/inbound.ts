/** How the provider's words about a text are read. Pure. */
import { e164FromDigits } from '../sms/phone.ts'

/** Null for names and for the short numbers of services: nobody there reads an answer, and none may be sent to them. */
export function e164OfPerson(from: string): string | null {
  const e164 = e164FromDigits(from)
  return e164 !== null && e164.length >= 8 ? e164 : null
}

/** Null when it is no moment. */
export function saidAtOf(timestamp: string | null | undefined): Date | null {
  const at = timestamp ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(at) ? null : new Date(at)
}
