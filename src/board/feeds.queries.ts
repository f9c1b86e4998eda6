/** Calendars of availabilities: their addresses, and whose days stand in them. */
import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'
import { MOST_EVENTS, PAST_DAYS, type FeedKind } from './feeds.domain.ts'

export type Feed = { id: number; kind: FeedKind; branch_id: number | null; branch_name: string | null; user_id: number; user_name: string; created_at: Date; last_read_at: Date | null }

/** Calendars that can be read, the newest first: of one user, or of everybody. */
export async function listFeeds(db: Db, scope: CompanyScope, userId: number | undefined): Promise<Feed[]> {
  return db
    .selectFrom('calendar_feed as f')
    .innerJoin('app_user as u', 'u.id', 'f.user_id')
    .leftJoin('branch as b', (join) => join.onRef('b.company_id', '=', 'f.company_id').onRef('b.id', '=', 'f.branch_id'))
    .select(['f.id', 'f.kind', 'f.branch_id', 'b.name as branch_name', 'f.user_id', 'u.name as user_name', 'f.created_at', 'f.last_read_at'])
    .where('f.company_id', '=', scope.companyId)
    .where('f.revoked_at', 'is', null)
    .$if(userId !== undefined, (query) => query.where('f.user_id', '=', userId!))
    .orderBy('f.id', 'desc')
    .$narrowType<{ kind: FeedKind }>()
    .execute()
}

/** In the place of the one there was of the same calendar; returns its id. */
export async function replaceFeed(trx: Transaction<DB>, scope: CompanyScope, feed: { userId: number; kind: FeedKind; branchId: number | null; hash: Buffer }): Promise<{ id: number }> {
  // One at a time for each user: two tabs would meet at the unique key.
  await trx.selectFrom('app_user').select('id').where('company_id', '=', scope.companyId).where('id', '=', feed.userId).forNoKeyUpdate().executeTakeFirst()
  await trx
    .updateTable('calendar_feed')
    .set({ revoked_at: sql`app_now()`, revoked_by: feed.userId })
    .where('company_id', '=', scope.companyId)
    .where('user_id', '=', feed.userId)
    .where('kind', '=', feed.kind)
    .where(sql<boolean>`branch_id is not distinct from ${feed.branchId}::bigint`)
    .where('revoked_at', 'is', null)
    .execute()
  return trx
    .insertInto('calendar_feed')
    .values({ company_id: scope.companyId, user_id: feed.userId, kind: feed.kind, branch_id: feed.branchId, token_hash: feed.hash })
    .returning('id')
    .executeTakeFirstOrThrow()
}

/** Whose it was; undefined where there is none that can be read, or not for this person. `ownerId`: only one's own. */
export async function revokeFeed(trx: Transaction<DB>, scope: CompanyScope, id: number, by: { userId: number; ownerId: number | undefined }): Promise<{ user_id: number } | undefined> {
  return trx
    .updateTable('calendar_feed')
    .set({ revoked_at: sql`app_now()`, revoked_by: by.userId })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .$if(by.ownerId !== undefined, (query) => query.where('user_id', '=', by.ownerId!))
    .returning('user_id')
    .executeTakeFirst()
}

export type LiveFeed = { id: number; company_id: number; company_name: string; kind: FeedKind; branch_id: number | null; branch_name: string | null; user_id: number; user_name: string; language: Language; zone: string; now: Date }

/** The calendar of an address, as long as its user may see candidates. */
export async function findLiveFeed(db: Db, hash: Buffer): Promise<LiveFeed | undefined> {
  const { rows } = await sql<LiveFeed>`
    select f.id, f.company_id, coalesce(g.display_name, o.name) as company_name, f.kind, f.branch_id, b.name as branch_name, f.user_id, u.name as user_name, u.language, o.time_zone as zone, app_now() as now
    from calendar_feed f
    join company o on o.id = f.company_id and o.disabled_at is null
    join app_user u on u.id = f.user_id and u.disabled_at is null
    left join branding g on g.company_id = o.id
    left join branch b on b.company_id = f.company_id and b.id = f.branch_id
    where f.token_hash = ${hash} and f.revoked_at is null and exists (select from user_privilege p where p.user_id = u.id and p.privilege = 'candidates.view')`.execute(db)
  return rows[0]
}

/** Once an hour is enough to know that a calendar is in use. */
export async function noteRead(db: Db, scope: CompanyScope, id: number): Promise<void> {
  await sql`update calendar_feed set last_read_at = app_now() where company_id = ${scope.companyId} and id = ${id} and (last_read_at is null or last_read_at < app_now() - interval '1 hour')`.execute(db)
}

export type FeedPerson = { id: number; first_name: string; last_name: string; trade: string | null; town: string | null; available_from: CalendarDate | null; available_until: CalendarDate | null; said_on: CalendarDate; changed_at: Date }

/** Who is free on days that are known, the nearest first; one more than a calendar holds says that there are more. */
export async function listFeedPeople(db: Db, scope: CompanyScope, feed: Pick<LiveFeed, 'kind' | 'branch_id' | 'user_id' | 'zone'>): Promise<FeedPerson[]> {
  const { rows } = await sql<FeedPerson>`
    with moment as materialized (select (app_now() at time zone ${feed.zone})::date as today)
    select c.id, c.first_name, c.last_name, c.trade, c.town, c.available_from, c.available_until,
      (coalesce(c.availability_updated_at, c.created_at) at time zone ${feed.zone})::date as said_on, greatest(c.updated_at, c.availability_updated_at) as changed_at
    from candidate c cross join moment
    where c.company_id = ${scope.companyId} and c.kind = 'candidate' and c.availability = 'available' and ${peopleOf(scope, feed)}
      and (c.available_until >= moment.today or (c.available_until is null and c.available_from >= moment.today - ${PAST_DAYS}::int))
    order by coalesce(c.available_from, moment.today), c.id limit ${MOST_EVENTS + 1}`.execute(db)
  return rows
}

function peopleOf({ companyId }: CompanyScope, { kind, branch_id, user_id }: Pick<LiveFeed, 'kind' | 'branch_id' | 'user_id'>): RawBuilder<boolean> {
  if (kind === 'branch') return sql`c.branch_id = ${branch_id}`
  return sql`c.availability_campaign_id in (
    select id from campaign where company_id = ${companyId} and coalesce(launched_by, created_by) = ${user_id}
    union all select campaign_id from campaign_follower where company_id = ${companyId} and user_id = ${user_id})`
}
