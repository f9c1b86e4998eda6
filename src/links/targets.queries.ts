import { sql, type Kysely, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { mintCodes } from './codes.ts'
import { expireLinks, insertLinks, removeLinks } from './queries.ts'

/** Where a link that is the same for everybody leads: to an address checked when it was saved, or to the page of a campaign code. */
export type LinkTarget<Field extends string> = { field: Field; url: string | null; campaignCodeId: number | null }

/**
 * One code for each of these fields of a campaign, alive until `expiresAt`. A field keeps its code, whatever it leads to by now:
 * tests of a draft and the sending share it. Codes of fields that are not asked for any more are gone.
 */
export async function keepTargets<Field extends string>(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, targets: readonly LinkTarget<Field>[], expiresAt: Date): Promise<Map<Field, string>> {
  const before = new Map((await trx.selectFrom('link_target').select(['field', 'code']).where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()).map(({ field, code }) => [field, code]))
  const wanted = new Set<string>(targets.map(({ field }) => field))
  await removeLinks(trx, scope, [...before].filter(([field]) => !wanted.has(field)).map(([, code]) => code))
  if (targets.length === 0) return new Map()

  const fresh = mintCodes(targets.length)
  await insertLinks(trx, scope, fresh, expiresAt)
  // Two tests of a draft at the same moment meet here: the second waits, and goes on with the codes of the first.
  const rows = await trx
    .insertInto('link_target')
    .values(targets.map(({ field, url, campaignCodeId }, index) => ({ company_id: scope.companyId, code: fresh[index]!, campaign_id: campaignId, field, url, campaign_code_id: campaignCodeId })))
    .onConflict((conflict) => conflict.columns(['campaign_id', 'field']).doUpdateSet((eb) => ({ url: eb.ref('excluded.url'), campaign_code_id: eb.ref('excluded.campaign_code_id') })))
    .returning(['field', 'code'])
    .execute()
  const codes = new Map(rows.map(({ field, code }) => [field as Field, code]))
  const used = new Set(codes.values())
  await removeLinks(trx, scope, fresh.filter((code) => !used.has(code)))
  await expireLinks(trx, scope, [...used], expiresAt)
  return codes
}

/** The codes of a campaign that lead elsewhere. */
export async function listTargetCodes(db: Kysely<DB>, scope: CompanyScope, campaignId: number): Promise<string[]> {
  const rows = await db.selectFrom('link_target').select('code').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
  return rows.map(({ code }) => code)
}

export type TargetVisits = { field: string; code: string; url: string | null; people: number; robots: number }

/** How often each link of a campaign was fetched, robots apart. */
export async function listTargetVisits(db: Kysely<DB>, scope: CompanyScope, campaignId: number): Promise<TargetVisits[]> {
  return db
    .selectFrom('link_target as t').innerJoin('short_link as l', 'l.code', 't.code')
    .select(['t.field', 't.code', 't.url', 'l.fetch_count as people', 'l.robot_fetch_count as robots'])
    .where('t.company_id', '=', scope.companyId).where('t.campaign_id', '=', campaignId).orderBy(sql`t.field`)
    .execute()
}
