/** Whether a STOP is confirmed by a text, by country and since when: data, not code. */
import type { CalendarDate } from '../core/dates.ts'

export type ConfirmationRule = { from: CalendarDate; isAsked: boolean; source: string }

/** The confirmation must leave within these minutes, say nothing but that, and come once: 47 CFR 64.1200(a)(12). */
export const CONFIRMATION_MINUTES = 5

const NOT_ASKED: ConfirmationRule = { from: '1970-01-01', isAsked: false, source: 'no rule known that asks for it' }

export const CONFIRMATION_RULES: Readonly<Record<string, readonly ConfirmationRule[]>> = {
  // One text, without advertising; the carriers' programmes ask for it.
  US: [{ from: '2012-11-29', isAsked: true, source: 'CTIA Messaging Principles; FCC 12-143; since 2025-04-11 also 47 CFR 64.1200(a)(12)' }],
  CA: [{ from: '2014-07-01', isAsked: true, source: 'CWTA Canadian Common Short Code guidelines' }],
  FR: [{ from: '2009-01-01', isAsked: false, source: 'AF2M charter: free, immediate, unconditional; no confirmation is asked' }],
  GB: [{ from: '2003-12-11', isAsked: false, source: 'PECR 2003' }],
  AU: [{ from: '2004-04-10', isAsked: false, source: 'Spam Act 2003' }],
}

/** By the rule that holds in the number's country on that day; a country nobody looked up asks for none. */
export function isConfirmationAsked(country: string | null, on: CalendarDate): boolean {
  const rules = CONFIRMATION_RULES[country ?? ''] ?? [NOT_ASKED]
  return (rules.findLast(({ from }) => from <= on) ?? NOT_ASKED).isAsked
}
