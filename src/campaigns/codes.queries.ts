import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { ChosenCodes, CodeChoices } from './codes.domain.ts'

/** Selected with a campaign, as `codes`. */
export const codeChoices = sql<CodeChoices>`jsonb_build_object('campaignCode', c.campaign_code_id, 'network', c.talent_network_id, 'site', c.career_site_id, 'page', c.career_page_id,
  'job', c.job_id, 'autoResponse', c.auto_response_template_id)`

/** The records behind the choices; what is not this company's is not there. */
export async function findChosen(db: Db, scope: CompanyScope, choices: CodeChoices): Promise<ChosenCodes> {
  const one = (table: string, id: number | null, more: ReturnType<typeof sql>) => sql`
    (select jsonb_build_object('id', r.id, 'isArchived', r.archived_at is not null, ${more}) from ${sql.table(table)} r where r.company_id = ${scope.companyId} and r.id = ${id}::bigint)`
  const { rows } = await sql<ChosenCodes>`select
    ${one('campaign_code', choices.campaignCode, sql`'code', r.code, 'name', r.name, 'isPublished', r.published_at is not null`)} as "campaignCode",
    ${one('talent_network', choices.network, sql`'name', r.name, 'url', r.join_url`)} as network,
    ${one('career_site', choices.site, sql`'name', r.name`)} as site,
    ${one('career_page', choices.page, sql`'name', r.name, 'url', r.url`)} as page,
    ${one('job', choices.job, sql`'reference', r.reference, 'title', r.title, 'url', r.url, 'isConfidential', r.is_confidential`)} as job,
    -- One that is published no more answers nobody.
    (select jsonb_build_object('id', r.id, 'isArchived', r.archived_at is not null or r.published_version is null, 'name', r.name) from message_template r
      where r.company_id = ${scope.companyId} and r.id = ${choices.autoResponse}::bigint and r.kind = 'auto_response') as "autoResponse"`.execute(db)
  return rows[0]!
}

/** Of these choices, those this person may make; what the draft already has stays, also when it was archived or is confidential. */
export async function allowedChoices(db: Db, scope: CompanyScope, asked: CodeChoices, before: CodeChoices, sight: { seesConfidential: boolean }): Promise<CodeChoices> {
  const one = (table: string, id: number | null, kept: number | null, more = sql``) => sql`
    (select r.id from ${sql.table(table)} r where r.company_id = ${scope.companyId} and r.id = ${id}::bigint and (r.archived_at is null or r.id = ${kept}::bigint) ${more})`
  const { rows } = await sql<CodeChoices>`select
    ${one('campaign_code', asked.campaignCode, before.campaignCode)} as "campaignCode",
    ${one('talent_network', asked.network, before.network)} as network,
    ${one('career_site', asked.site, before.site)} as site,
    -- Pages and jobs of another site go with the site (S31).
    ${one('career_page', asked.page, before.page, sql`and r.site_id = ${asked.site}::bigint`)} as page,
    ${one('job', asked.job, before.job, sql`and r.site_id = ${asked.site}::bigint and (not r.is_confidential or ${sight.seesConfidential} or r.id = ${before.job}::bigint)`)} as job,
    ${one('message_template', asked.autoResponse, before.autoResponse, sql`and r.kind = 'auto_response' and (r.published_version is not null or r.id = ${before.autoResponse}::bigint)`)} as "autoResponse"`.execute(db)
  return rows[0]!
}

/** True while it is a draft, which it stays until the transaction ends: what a test would change after a launch belongs to the campaign. */
export async function holdDraftForTest(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<boolean> {
  const row = await trx.selectFrom('campaign').select('id').where('company_id', '=', scope.companyId).where('id', '=', campaignId).where('status', '=', 'draft').forNoKeyUpdate().executeTakeFirst()
  return row !== undefined
}

export async function updateChoices(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, choices: CodeChoices): Promise<void> {
  await trx
    .updateTable('campaign')
    .set({
      campaign_code_id: choices.campaignCode, talent_network_id: choices.network, career_site_id: choices.site, career_page_id: choices.page,
      job_id: choices.job, auto_response_template_id: choices.autoResponse,
    })
    .where('company_id', '=', scope.companyId).where('id', '=', campaignId).where('status', '=', 'draft')
    .execute()
}
