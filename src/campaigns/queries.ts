import { sql, type Transaction } from 'kysely'
import type { Audience } from '../candidates/domain.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import { isUnclosed } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { tellingSenders } from '../notifications/queries.ts'
import { emittingHistory } from '../webhooks/emit.queries.ts'
import { isLanguage, type Language } from '../words/define.ts'
import type { AudienceCounts } from './audience.domain.ts'
import type { AnswerPlan } from './closing.domain.ts'
import { planColumns, reminderTexts, replaceReminderTexts } from './closing.queries.ts'
import { codeChoices } from './codes.queries.ts'
import type { CampaignKind, CampaignStatus, StopReason } from './domain.ts'
import { chosenFollowers, replaceFollowers } from './told.queries.ts'

export type Texts = Partial<Record<Language, string>>

export type Campaign = NonNullable<Awaited<ReturnType<typeof findCampaign>>>

/** A campaign with the names a page shows; undefined for another company's. */
export async function findCampaign(db: Db, scope: CompanyScope, id: number) {
  const row = await db
    .selectFrom('campaign as c')
    // One sender of the pool that was picked; the pool is found through it.
    .innerJoin('sms_sender as s', 's.id', 'c.sender_id')
    .innerJoin('sender_pool as p', 'p.id', 's.pool_id')
    .innerJoin('app_user as creator', 'creator.id', 'c.created_by')
    .leftJoin('app_user as launcher', 'launcher.id', 'c.launched_by')
    .leftJoin('message_template as t', 't.id', 'c.template_id')
    .select([
      'c.id', 'c.name', 'c.kind', 'c.status', 'c.version', 'c.created_by', 'c.sender_id', 'c.template_id', 'c.template_version', 'c.audience', 'c.limit_to',
      'c.internal_comment', 'c.launch_key', 'c.launched_at', 'c.launched_by', 'c.closes_at', 'c.closed_at', 'c.finished_at', 'c.status_reason', 'c.audience_counts',
      'c.tested_at', 'c.created_at', 'c.updated_at', 'c.time_zone', 'c.starts', 'c.start_on', 'c.start_time', 'c.allow_weekends', 'c.starts_at', 'c.ends_at', 'c.undo_until',
      'c.released_at', 'c.status_detail', 'c.is_single', 'c.override_reason', 'c.close_on', 'c.close_time', 'c.close_at_yes', 'c.remind_after_hours', 'c.wave_size', 'c.wave_minutes', 'c.is_test',
      's.pool_id', 's.address as sender_address', 's.stop_text', 'p.name as pool_name',
      'creator.name as created_by_name', 'launcher.name as launched_by_name', 't.name as template_name',
    ])
    .select(isUnclosed.as('is_open'))
    .select(sql<boolean>`exists (select from batch b where b.campaign_id = c.id and b.state = 'planned')`.as('has_planned_batch'))
    // Seconds in which a launch can still be taken back; null where it cannot.
    .select(sql<number | null>`case when c.status = 'scheduled' and c.undo_until > app_now() then ceil(extract(epoch from c.undo_until - app_now()))::int end`.as('undo_seconds'))
    .select(isLaunching.as('is_launching'))
    .select(codeChoices.as('codes'))
    .select(sql<Texts>`(select coalesce(jsonb_object_agg(x.language, x.body), '{}') from campaign_text x where x.campaign_id = c.id)`.as('texts'))
    .select(reminderTexts.as('reminder_texts'))
    .select(chosenFollowers.as('followers'))
    .where('c.company_id', '=', scope.companyId)
    .where('c.id', '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    ...row,
    kind: row.kind as CampaignKind,
    status: row.status as CampaignStatus,
    audience: row.audience as unknown as Audience,
    audience_counts: row.audience_counts as unknown as AudienceCounts | null,
    starts: row.starts as 'now' | 'later',
    status_reason: row.status_reason as StopReason | null,
    status_detail: row.status_detail as unknown as Record<string, string | number>,
  }
}

/** The intent of a schedule, as a person chose it: at once, or on a day at a time of the company's clock. */
export type DraftStart = { startsNow: boolean; startOn: CalendarDate | null; startTime: string | null; allowWeekends: boolean }

export type NewDraft = DraftStart & {
  name: string
  kind: CampaignKind
  createdBy: number
  senderId: number
  timeZone: string
  audience: Audience
  templateId: number | null
  templateVersion: number | null
  texts: Texts
  /** To one person, from their record. */
  isSingle?: boolean
  /** Made with a test key: never leaves. */
  isTest?: boolean
}

export async function insertDraft(trx: Transaction<DB>, scope: CompanyScope, draft: NewDraft): Promise<number> {
  const { id } = await trx
    .insertInto('campaign')
    .values({
      company_id: scope.companyId, name: draft.name, kind: draft.kind, created_by: draft.createdBy, sender_id: draft.senderId, time_zone: draft.timeZone,
      audience: JSON.stringify(draft.audience), template_id: draft.templateId, template_version: draft.templateVersion, is_single: draft.isSingle ?? false, is_test: draft.isTest ?? false, ...startColumns(draft),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await replaceTexts(trx, scope, id, draft.texts)
  return id
}

/** A worker was asked to launch it and has not answered yet. */
const isLaunching = sql<boolean>`exists (select from launch_request q where q.company_id = c.company_id and q.campaign_id = c.id and q.answered_at is null)`

/** The draft as it stands, held until the transaction ends; undefined when there is no such campaign. */
export async function lockCampaign(trx: Transaction<DB>, scope: CompanyScope, id: number) {
  const row = await trx
    .selectFrom('campaign as c')
    .select(codeChoices.as('codes'))
    .select(['id', 'status', 'version', 'name', 'kind', 'sender_id', 'template_id', 'template_version', 'limit_to', 'internal_comment', 'audience', 'updated_at', 'starts', 'start_on', 'start_time', 'allow_weekends', 'time_zone', 'override_reason', 'is_single', 'created_by'])
    .select(['close_on', 'close_time', 'close_at_yes', 'remind_after_hours', 'wave_size', 'wave_minutes'])
    .select(reminderTexts.as('reminder_texts'))
    .select(chosenFollowers.as('followers'))
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!row) return undefined
  // Asked once the row is held: what was asked together with it may be older.
  const { is_launching } = await trx.selectFrom('campaign as c').select(isLaunching.as('is_launching')).where('c.company_id', '=', scope.companyId).where('c.id', '=', id).executeTakeFirstOrThrow()
  return {
    ...row, is_launching, kind: row.kind as CampaignKind, status: row.status as CampaignStatus, audience: row.audience as unknown as Audience, starts: row.starts as 'now' | 'later',
    texts: await findTexts(trx, scope, id),
  }
}

export async function findTexts(db: Db, scope: CompanyScope, campaignId: number): Promise<Texts> {
  const rows = await db.selectFrom('campaign_text').select(['language', 'body']).where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
  return Object.fromEntries(rows.filter((row) => isLanguage(row.language)).map((row) => [row.language, row.body]))
}

export type DraftChange = DraftStart & {
  name: string
  kind: CampaignKind
  senderId: number
  templateId: number | null
  templateVersion: number | null
  limitTo: number | null
  internalComment: string | null
  /** Why people are texted over a refusal; null: they are not. */
  overrideReason: string | null
  texts: Texts
  /** Left out: as the draft has them. */
  answers?: AnswerPlan
  reminderTexts?: Texts
  followers?: readonly number[]
}

/** Writes a locked draft and raises its version. A test of an older text no longer counts. */
export async function updateDraft(trx: Transaction<DB>, scope: CompanyScope, id: number, change: DraftChange, textChanged: boolean): Promise<{ version: number; updated_at: Date }> {
  const row = await trx
    .updateTable('campaign')
    .set({
      name: change.name, kind: change.kind, sender_id: change.senderId, template_id: change.templateId, template_version: change.templateVersion,
      limit_to: change.limitTo, internal_comment: change.internalComment, override_reason: change.overrideReason, ...startColumns(change), ...(change.answers ? planColumns(change.answers) : {}), version: sql`version + 1`, updated_at: sql`app_now()`,
      ...(textChanged ? { tested_at: null } : {}),
    })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', '=', 'draft')
    .returning(['version', 'updated_at'])
    .executeTakeFirstOrThrow()
  if (textChanged) await replaceTexts(trx, scope, id, change.texts)
  if (change.reminderTexts) await replaceReminderTexts(trx, scope, id, change.reminderTexts)
  if (change.followers) await replaceFollowers(trx, scope, id, change.followers)
  return row
}

/** What the columns of a draft say about its start; a time comes back with seconds. */
export function startOf(draft: { starts: 'now' | 'later'; start_on: CalendarDate | null; start_time: string | null; allow_weekends: boolean }): DraftStart {
  return { startsNow: draft.starts === 'now', startOn: draft.start_on, startTime: draft.start_time?.slice(0, 5) ?? null, allowWeekends: draft.allow_weekends }
}

function startColumns(start: DraftStart) {
  return { starts: start.startsNow ? 'now' : 'later', start_on: start.startOn, start_time: start.startTime, allow_weekends: start.allowWeekends }
}

export async function updateDraftAudience(trx: Transaction<DB>, scope: CompanyScope, id: number, audience: Audience): Promise<void> {
  await trx
    .updateTable('campaign')
    .set({ audience: JSON.stringify(audience), version: sql`version + 1`, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', '=', 'draft')
    .execute()
}

/** True when there was such a draft. What was launched is never deleted. */
export async function removeDraft(db: Db, scope: CompanyScope, id: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('campaign').where('company_id', '=', scope.companyId).where('id', '=', id).where('status', '=', 'draft').executeTakeFirst()
  return numDeletedRows > 0n
}

export async function markTested(db: Db, scope: CompanyScope, id: number): Promise<void> {
  await db.updateTable('campaign').set({ tested_at: sql`app_now()` }).where('company_id', '=', scope.companyId).where('id', '=', id).where('status', '=', 'draft').execute()
}

export async function insertTestLink(trx: Transaction<DB>, scope: CompanyScope, link: { code: string; campaignId: number; userId: number }): Promise<void> {
  await trx.insertInto('campaign_test_link').values({ company_id: scope.companyId, code: link.code, campaign_id: link.campaignId, user_id: link.userId }).execute()
}

export async function recordEvent(
  trx: Transaction<DB>,
  scope: CompanyScope,
  event: { campaignId: number; userId: number | null; kind: CampaignEventKind; detail?: Record<string, string | number> },
): Promise<void> {
  await sql`
    with event as (
      insert into campaign_event (company_id, campaign_id, user_id, kind, detail)
      values (${scope.companyId}, ${event.campaignId}, ${event.userId}, ${event.kind}, ${JSON.stringify(event.detail ?? {})}::jsonb)
      returning company_id, campaign_id, user_id, id, kind, detail
    ), emitted as (${emittingHistory(sql`event`)})
    ${tellingSenders(sql`event`)}`.execute(trx)
}

/** What the history of a campaign tells, each kind a sentence in the words. */
export const CAMPAIGN_EVENTS = [
  'created', 'tested', 'launched', 'overridden', 'undone', 'rescheduled', 'batch_sent', 'batch_held', 'paused', 'resumed', 'suspended', 'released', 'resent', 'completed', 'cancelled', 'closed', 'closed_by_time',
  'closed_by_yes', 'reopened', 'answers_changed', 'told_changed', 'reminded', 'reminded_by_time', 'reminder_undone', 'reminder_sent', 'reminder_failed',
] as const
export type CampaignEventKind = (typeof CAMPAIGN_EVENTS)[number]

export async function listEvents(db: Db, scope: CompanyScope, campaignId: number, limit = 50) {
  const rows = await db
    .selectFrom('campaign_event as e')
    .leftJoin('app_user as u', 'u.id', 'e.user_id')
    .select(['e.id', 'e.kind', 'e.detail', 'e.at', 'u.name as user_name'])
    .where('e.company_id', '=', scope.companyId)
    .where('e.campaign_id', '=', campaignId)
    .orderBy('e.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, detail: row.detail as unknown as Record<string, string | number> }))
}

/** What a text needs to know of its company, and the name people know the agency by. */
export async function getSendingContext(db: Db, scope: CompanyScope) {
  const row = await db
    .selectFrom('company as c')
    .leftJoin('branding as b', 'b.company_id', 'c.id')
    .select(['c.name', 'c.language', 'c.time_zone', 'c.country', 'c.can_send_sms', 'b.display_name'])
    .select(sql<Date>`app_now()`.as('now'))
    .where('c.id', '=', scope.companyId)
    .executeTakeFirstOrThrow()
  return { ...row, language: row.language as Language, agency: row.display_name ?? row.name }
}

/** A campaign launched lately to the same people with the same words, if there is one: a second click next morning. */
export async function findTwin(db: Db, scope: CompanyScope, campaignId: number, hours: number) {
  return db
    .selectFrom('campaign as mine')
    .innerJoin('campaign as other', (join) => join.onRef('other.company_id', '=', 'mine.company_id').onRef('other.audience', '=', 'mine.audience'))
    .select(['other.id', 'other.name', 'other.launched_at'])
    .where('mine.company_id', '=', scope.companyId)
    .where('mine.id', '=', campaignId)
    .where('other.launched_at', '>', sql<Date>`app_now() - make_interval(hours => ${hours})`)
    .where(sql<boolean>`not exists (
      select language, body from campaign_text where campaign_id = mine.id except select language, body from campaign_text where campaign_id = other.id)`)
    .orderBy('other.launched_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

async function replaceTexts(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, texts: Texts): Promise<void> {
  await trx.deleteFrom('campaign_text').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
  const rows = Object.entries(texts).filter(([, body]) => body !== '').map(([language, body]) => ({ company_id: scope.companyId, campaign_id: campaignId, language, body }))
  if (rows.length > 0) await trx.insertInto('campaign_text').values(rows).execute()
}
