/** Who a text comes from: pools of numbers and names, and which of a pool is fit for a country. Pure. */

export type Sender = {
  id: number
  pool_id: number
  label: string
  /** Digits, or up to 11 letters and digits that nobody can answer. */
  address: string
  can_receive: boolean
  /** The words that close a message; empty when the route adds its own, or where nobody can answer. */
  stop_text: string
  per_second: number | null
  /** By ISO code; none: every country that the company allows. */
  countries: readonly string[]
}

/** A name cannot be answered, and not every country shows one. */
export function isName(address: string): boolean {
  return /[A-Za-z]/.test(address)
}

/**
 * Where a name arrives as something else or not at all. Vonage, « US SMS Features and Restrictions »: alphanumeric sender ids are not
 * supported; the same holds in Canada and in the territories under the American numbering rules.
 */
export const NO_NAMES_IN: readonly string[] = ['US', 'CA', 'PR', 'VI', 'GU', 'AS', 'MP']

/** May a text to this country leave from this sender? */
export function fits({ address, countries }: Pick<Sender, 'address' | 'countries'>, country: string): boolean {
  return (countries.length === 0 || countries.includes(country)) && !(isName(address) && NO_NAMES_IN.includes(country))
}

/** Senders of a pool for each of these countries: those kept for the country, else those for all of them. A country without any is not there. */
export function sendersByCountry(pool: readonly Sender[], countries: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const country of countries) {
    const fit = pool.filter((sender) => fits(sender, country))
    const own = fit.filter((sender) => sender.countries.length > 0)
    const chosen = (own.length > 0 ? own : fit).map(({ id }) => id).sort((a, b) => a - b)
    if (chosen.length > 0) found.set(country, chosen)
  }
  return found
}
