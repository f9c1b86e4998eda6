import type { Db } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import { nextOpening } from '../sms/windows.ts'
import { rulesOf } from './rules.ts'
import { endWaits, listWaiting, listWaitingCompanies, openEarlier } from './waiting.queries.ts'

/** The hours as this process saw them last, by company. */
const seen = new WeakMap<Db, Map<number, string>>()

/**
 * Keeps what waits for its hours up to date: hours that have come, and hours that a company has changed. Hours that became
 * narrower need nothing: the gate asks again.
 */
export async function reviewWaiting(deps: Pick<Deps, 'db'>): Promise<void> {
  await endWaits(deps.db)
  const companies = await listWaitingCompanies(deps.db)
  if (companies.length === 0) return
  const rules = await rulesOf(deps.db, new Set(companies))
  const known = seen.get(deps.db) ?? new Map<number, string>()
  seen.set(deps.db, known)
  const changed = [...rules].filter(([id, { windows }]) => known.get(id) !== JSON.stringify(windows))
  if (changed.length === 0) return
  const earlier = (await listWaiting(deps.db, changed.map(([id]) => id))).flatMap(({ companyId, batchId, country, opensAt, at }) => {
    const opens = nextOpening(country, rules.get(companyId)!.windows, at)
    return opens && opens < opensAt ? [{ batchId, country, opensAt: opens }] : []
  })
  if (earlier.length > 0) await openEarlier(deps.db, earlier)
  for (const [id, { windows }] of changed) known.set(id, JSON.stringify(windows))
}
