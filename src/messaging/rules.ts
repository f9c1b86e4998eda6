import { readSendingRules } from '../companies/sending-rules.queries.ts'
import type { SendingRules } from '../companies/sending-rules.ts'
import type { Db } from '../db/pool.ts'

/** What a company changes about its hours, countries or budgets is obeyed at every gate after this. */
const KEPT_MS = 2_000

type Kept = { rules: SendingRules; readAt: number }
const kept = new WeakMap<Db, Map<number, Kept>>()

/** What these companies decided, for hundreds of gates a second. */
export async function rulesOf(db: Db, companyIds: ReadonlySet<number>): Promise<ReadonlyMap<number, SendingRules>> {
  const known = kept.get(db) ?? new Map<number, Kept>()
  kept.set(db, known)
  const now = performance.now()
  const unknown = [...companyIds].filter((id) => now - (known.get(id)?.readAt ?? -Infinity) > KEPT_MS)
  if (unknown.length > 0) for (const [id, rules] of await readSendingRules(db, unknown)) known.set(id, { rules, readAt: now })
  return new Map([...companyIds].flatMap((id) => {
    const found = known.get(id)
    return found ? [[id, found.rules] as const] : []
  }))
}
