import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { isUnclosed } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { isLanguage, type Language } from '../words/define.ts'
import type { ImageChange } from '../companies/images.ts'

/** The landing page of a campaign code; what is missing is the company's. */
export type CodePage = {
  id: number
  code: string
  name: string
  version: number
  isPublished: boolean
  isArchived: boolean
  headerImageId: string | null
  footerImageId: string | null
  /** What they say; empty: the company's words for the header, decoration for the footer. */
  headerAlt: string
  footerAlt: string
  texts: Partial<Record<Language, { heading: string; body: string }>>
}

export async function findCodePage(db: Db, scope: CompanyScope, id: number): Promise<CodePage | undefined> {
  const row = await db
    .selectFrom('campaign_code').select(['id', 'code', 'name', 'version', 'published_at', 'archived_at', 'header_image_id', 'footer_image_id', 'header_alt', 'footer_alt'])
    .where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  if (!row) return undefined
  const texts = await db.selectFrom('campaign_code_text').select(['language', 'heading', 'body']).where('company_id', '=', scope.companyId).where('campaign_code_id', '=', id).execute()
  return {
    id: row.id, code: row.code, name: row.name, version: row.version, isPublished: row.published_at !== null, isArchived: row.archived_at !== null,
    headerImageId: row.header_image_id, footerImageId: row.footer_image_id, headerAlt: row.header_alt, footerAlt: row.footer_alt,
    texts: Object.fromEntries(texts.filter(({ language }) => isLanguage(language)).map(({ language, heading, body }) => [language, { heading, body }])),
  }
}

export type CodePageChange = ImageChange & Pick<CodePage, 'headerAlt' | 'footerAlt' | 'texts'>

/** Writes the page over version `from`; the new version, undefined when somebody else was faster. */
export async function updateCodePage(trx: Transaction<DB>, scope: CompanyScope, id: number, from: number, change: CodePageChange): Promise<number | undefined> {
  const saved = await trx
    .updateTable('campaign_code')
    .set({
      ...(change.headerImageId === undefined ? {} : { header_image_id: change.headerImageId }),
      ...(change.footerImageId === undefined ? {} : { footer_image_id: change.footerImageId }),
      header_alt: change.headerAlt, footer_alt: change.footerAlt,
      version: sql<number>`version + 1`, updated_at: LATER,
    })
    .where('company_id', '=', scope.companyId).where('id', '=', id).where('version', '=', from).returning('version').executeTakeFirst()
  if (!saved) return undefined
  await trx.deleteFrom('campaign_code_text').where('company_id', '=', scope.companyId).where('campaign_code_id', '=', id).execute()
  const rows = Object.entries(change.texts).map(([language, { heading, body }]) => ({ company_id: scope.companyId, campaign_code_id: id, language, heading, body }))
  if (rows.length > 0) await trx.insertInto('campaign_code_text').values(rows).execute()
  return saved.version
}

/** False when it is in that state already, archived, or a newer version than the person saw. */
export async function setPublished(trx: Transaction<DB>, scope: CompanyScope, id: number, from: number, isPublished: boolean): Promise<boolean> {
  const row = await trx
    .updateTable('campaign_code')
    .set({ published_at: isPublished ? sql<Date>`app_now()` : null, version: sql<number>`version + 1`, updated_at: LATER })
    .where('company_id', '=', scope.companyId).where('id', '=', id).where('version', '=', from).where('archived_at', 'is', null)
    .where('published_at', isPublished ? 'is' : 'is not', null).returning('id').executeTakeFirst()
  return row !== undefined
}

const LATER = sql<Date>`greatest(app_now(), updated_at + interval '1 microsecond')`

/** Campaigns under way whose texts lead to the page of the code. */
export async function countOpenCampaigns(db: Db, scope: CompanyScope, id: number): Promise<number> {
  const row = await db
    .selectFrom('link_target as t').innerJoin('campaign as c', (join) => join.onRef('c.company_id', '=', 't.company_id').onRef('c.id', '=', 't.campaign_id'))
    .select(sql<number>`count(*)`.as('count'))
    .where('t.company_id', '=', scope.companyId).where('t.campaign_code_id', '=', id).where('c.launched_at', 'is not', null)
    .where(isUnclosed).executeTakeFirstOrThrow()
  return row.count
}

export type CodeCampaign = { id: number; name: string; status: string; launched_at: Date | null; recipients: number; sent: number; yes: number; no: number; opt_outs: number }

/** The newest campaigns of a code with what became of them, and the sums over all of them, each counted as a set. */
export async function reportOf(db: Db, scope: CompanyScope, id: number, limit: number): Promise<{ campaigns: CodeCampaign[]; totals: Omit<CodeCampaign, 'id' | 'name' | 'status' | 'launched_at'> & { campaigns: number } }> {
  const { rows } = await sql<CodeCampaign & { all_campaigns: number; all_recipients: number; all_sent: number; all_yes: number; all_no: number; all_opt_outs: number }>`
    with mine as materialized (
      select c.id, c.name, c.status, c.launched_at from campaign c where c.company_id = ${scope.companyId} and c.campaign_code_id = ${id} and c.launched_at is not null
    ), people as (
      select r.campaign_id, count(*) as recipients, count(*) filter (where a.choice = 'yes') as yes, count(*) filter (where a.choice = 'no') as no
      from recipient r left join answer a on a.recipient_id = r.id where r.campaign_id in (select id from mine) group by 1
    ), texts as (
      -- Handed over and answered, as on the page of a campaign.
      select m.campaign_id, count(*) filter (where m.state in ('accepted', 'delivered', 'undelivered', 'rejected')) as sent
      from message m where m.campaign_id in (select id from mine) and m.purpose = 'campaign' and m.step = 1 group by 1
    ), refusals as (
      select e.campaign_id, count(distinct e.e164) as opt_outs from opt_out_event e where e.company_id = ${scope.companyId} and e.campaign_id in (select id from mine) and e.kind = 'opt_out' group by 1
    ), lines as (
      select mine.*, coalesce(p.recipients, 0) as recipients, coalesce(t.sent, 0) as sent, coalesce(p.yes, 0) as yes, coalesce(p.no, 0) as no, coalesce(o.opt_outs, 0) as opt_outs
      from mine left join people p on p.campaign_id = mine.id left join texts t on t.campaign_id = mine.id left join refusals o on o.campaign_id = mine.id
    )
    select lines.*, count(*) over () as all_campaigns, sum(recipients) over () as all_recipients, sum(sent) over () as all_sent, sum(yes) over () as all_yes, sum(no) over () as all_no, sum(opt_outs) over () as all_opt_outs
    from lines order by id desc limit ${limit}`.execute(db)
  const [first] = rows
  const number = (value: unknown) => Number(value ?? 0)
  return {
    campaigns: rows.map((row) => ({ id: row.id, name: row.name, status: row.status, launched_at: row.launched_at, recipients: number(row.recipients), sent: number(row.sent), yes: number(row.yes), no: number(row.no), opt_outs: number(row.opt_outs) })),
    totals: { campaigns: number(first?.all_campaigns), recipients: number(first?.all_recipients), sent: number(first?.all_sent), yes: number(first?.all_yes), no: number(first?.all_no), opt_outs: number(first?.all_opt_outs) },
  }
}
