import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { NewsKind, NewsParams } from './domain.ts'

export type News = {
  kind: NewsKind
  userIds: readonly number[]
  campaignId?: number | null
  candidateId?: number | null
  /** The same news told again, by a task that runs twice, is one. */
  dedupeKey: string
  /** Figures and ids for the sentence, never a person's data. */
  params?: NewsParams
  /** Who did it: they see it in the product, and get no mail about it. */
  byUserId?: number | null
}

/** One line for each user, in the caller's transaction; whoever has gone gets none. */
export async function insertNews(db: Db | Transaction<DB>, scope: CompanyScope, news: News): Promise<void> {
  if (news.userIds.length === 0) return
  await sql`
    insert into notification (company_id, user_id, kind, campaign_id, candidate_id, dedupe_key, params, mail_at)
    select u.company_id, u.id, ${news.kind}, ${news.campaignId ?? null}::bigint, ${news.candidateId ?? null}::bigint, ${news.dedupeKey}, ${JSON.stringify(news.params ?? {})}::jsonb,
      case when u.id is distinct from ${news.byUserId ?? null}::bigint then app_now() end
    from app_user u where u.company_id = ${scope.companyId} and u.id = any(${[...news.userIds]}::bigint[]) and u.disabled_at is null
    order by u.id
    on conflict do nothing`.execute(db)
}

/** Who is told of the answers of a campaign: those chosen who may still see it, else its sender. */
export async function listListeners(db: Db | Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<number[]> {
  const rows = await db.selectFrom('campaign_listener').select('user_id').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
  return rows.flatMap(({ user_id }) => user_id ?? [])
}

/** Which event of a campaign's history is which news to its sender (S113); rescheduling counts as scheduled. */
const NEWS_OF_EVENT = {
  launched: 'campaign_scheduled', rescheduled: 'campaign_scheduled', paused: 'campaign_paused', batch_held: 'campaign_paused', suspended: 'campaign_suspended', resumed: 'campaign_resumed', released: 'campaign_resumed',
  cancelled: 'campaign_cancelled', batch_sent: 'batch_sent', completed: 'campaign_completed',
} as const satisfies Record<string, NewsKind>

/**
 * A statement that tells the senders of campaigns what has just been written into their histories: for each row of `events`,
 * whose columns `company_id`, `campaign_id`, `user_id`, `id`, `kind` and `detail` it takes. An event is told once.
 */
export function tellingSenders(events: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into notification (company_id, user_id, kind, campaign_id, dedupe_key, params, mail_at)
    select e.company_id, u.id, ${JSON.stringify(NEWS_OF_EVENT)}::jsonb ->> e.kind, e.campaign_id, 'event:' || e.id, e.detail || jsonb_build_object('event', e.kind),
      case when u.id is distinct from e.user_id then app_now() end
    from ${events} e
    join campaign c on c.company_id = e.company_id and c.id = e.campaign_id
    join app_user u on u.company_id = c.company_id and u.id = coalesce(c.launched_by, c.created_by) and u.disabled_at is null
    where ${JSON.stringify(NEWS_OF_EVENT)}::jsonb ? e.kind
    order by e.id
    on conflict do nothing`
}

/** Of a campaign that is a draft again nothing has happened. */
export async function removeNewsOf(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await trx.deleteFrom('notification').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
}

/** Open pages that look at one of these things hear of it once it is committed. */
export async function notifyPages(db: Db | Transaction<DB>, topics: readonly string[]): Promise<void> {
  await sql`select pg_notify('news', topic) from unnest(${[...topics]}::text[]) as topic`.execute(db)
}
