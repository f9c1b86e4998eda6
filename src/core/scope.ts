declare const brand: unique symbol

/**
 * The company on whose behalf code runs. Every tenant query asks for one, so forgetting the filter does not compile.
 * Minted only where the company has been proved: from a session (auth), from a personal link (landing), from our own
 * reference in a provider event (messaging), or from a row a background task has just read.
 */
export type CompanyScope = { readonly companyId: number; readonly [brand]: true }

export function companyScope(companyId: number): CompanyScope {
  if (!Number.isSafeInteger(companyId) || companyId <= 0) throw new TypeError(`not a company id: ${companyId}`)
  return Object.freeze({ companyId }) as CompanyScope
}
