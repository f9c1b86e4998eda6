import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { AudienceCounts } from '../campaigns/audience.domain.ts'
import { insertDraft, type CampaignEventKind } from '../campaigns/queries.ts'
import { SETTINGS } from '../companies/settings.ts'
import type { Config } from '../config.ts'
import { addDays, type CalendarDate } from '../core/dates.ts'
import type { DB } from '../db/schema.ts'
import type { DemoAgency } from './agencies.ts'
import { DEMO_TIME, workday } from './batches.ts'
import { insertMessages, type InsertedBatch, type Sent } from './messages.queries.ts'
import { freezeRecipients } from './recipients.queries.ts'
import type { CampaignPlan } from './plans.ts'
import type { Random } from './random.ts'
import { insertRows } from './rows.queries.ts'
import type { Opened } from './setup.queries.ts'

export type Ground = { trx: Transaction<DB>; agency: DemoAgency; opened: Opened; random: Random; linkUrl: Config['linkUrl']; now: Date; today: CalendarDate; at: (date: CalendarDate, hour: number, minute: number) => Date }
export type Launched = { id: number; plan: CampaignPlan; closesAt: Date; closedAt: Date | null; sent: Sent[] }

const HOUR = 3_600_000
const MINUTE = 60_000

/** One campaign as it stands today: draft, or frozen with its batches and messages. Answers come after. */
export async function insertCampaign(ground: Ground, plan: CampaignPlan): Promise<Launched | undefined> {
  const { trx, agency, opened, random, today } = ground
  const template = opened.templates.get(plan.template)
  const texts = agency.templates.find(({ name }) => name === plan.template)?.texts ?? {}
  const createdBy = random.pick(opened.userIds)
  const audience = { mode: 'query' as const, filters: plan.filters, except: [] }
  const isDraft = plan.status === 'draft'
  // Made today means this morning or, early in the day, just now.
  const launchedAt = earlier(ground.at(workday(addDays(today, plan.day > 0 ? 0 : plan.day), -1), 9, 42), ground.now)
  const id = await insertDraft(trx, opened.scope, {
    name: plan.name, kind: plan.kind, createdBy, senderId: opened.senderId, timeZone: 'Europe/Paris', audience, templateId: template?.id ?? null, templateVersion: template?.version ?? null, texts,
    startsNow: false, startOn: workday(addDays(today, isDraft ? 1 : plan.day), isDraft || plan.day > 0 ? 1 : -1), startTime: DEMO_TIME, allowWeekends: false,
  })
  await trx.updateTable('campaign').set({ limit_to: plan.limitTo ?? null, close_at_yes: plan.closeAtYes ?? null, internal_comment: plan.comment ?? null, created_at: launchedAt, updated_at: launchedAt }).where('id', '=', id).execute()
  await insertRows(trx, 'campaign_event', [{ company_id: opened.scope.companyId, campaign_id: id, user_id: createdBy, kind: 'created', detail: {}, at: earlier(new Date(launchedAt.getTime() - 11 * MINUTE), launchedAt) }])
  if (isDraft) return undefined

  const { batches, counts, recipients, closesAt } = await freezeRecipients(ground, plan, id, { texts, audience })
  const sent = await insertMessages(ground, { campaignId: id, texts, recipients, createdBy, launchedAt })
  const story = tell(plan, { batches, sent, launchedAt, closesAt, createdBy, now: ground.now })
  await finishCampaign(ground, id, { ...story, plan, counts, batches, launchedAt, closesAt, createdBy, templateId: template?.id ?? 0 })
  return { id, plan, closesAt, closedAt: story.closedAt, sent }
}

type Event = { kind: CampaignEventKind; at: Date; detail: Record<string, string | number>; userId: number | null }
type Story = { status: CampaignPlan['status']; detail: Record<string, string | number>; endsAt: Date; finishedAt: Date | null; closedAt: Date | null; events: Event[] }

/** What happened to a campaign since its launch, as its history tells it. */
function tell(plan: CampaignPlan, given: { batches: InsertedBatch[]; sent: Sent[]; launchedAt: Date; closesAt: Date; createdBy: number; now: Date }): Story {
  const { batches, sent, closesAt, createdBy } = given
  const [first, last] = [batches[0] as InsertedBatch, batches.at(-1) as InsertedBatch]
  const closedAt = closesAt <= given.now ? closesAt : null
  const events: Event[] = [{ kind: 'launched', at: given.launchedAt, detail: { recipients: last.to, batches: batches.length }, userId: createdBy }]
  const told = (kind: CampaignEventKind, at: Date, detail: Event['detail'] = {}, userId: number | null = createdBy) => void events.push({ kind, at, detail, userId })
  const among = (batch: InsertedBatch, ...states: string[]) => sent.filter((one) => one.batchNo === batch.no && states.includes(one.state)).length
  for (const batch of batches.filter(({ state }) => state === 'done')) told('batch_sent', batch.finishedAt as Date, { no: batch.no, messages: among(batch, 'accepted', 'delivered', 'undelivered', 'in_doubt') }, null)
  const moved = batches.find(({ outcome }) => outcome.day !== undefined)
  if (moved) told('rescheduled', new Date(first.at.getTime() + 5 * HOUR), { on: moved.on, time: DEMO_TIME })
  const stopped = stopOf(plan, { batches, sent, tell: told })
  const finishedAt = plan.status === 'completed' ? (last.finishedAt as Date) : plan.status === 'cancelled' ? new Date(first.at.getTime() + 5 * HOUR) : null
  if (plan.status === 'completed') told('completed', finishedAt as Date, {}, null)
  if (plan.status === 'cancelled') told('cancelled', finishedAt as Date, { taken: sent.filter(({ state }) => state === 'cancelled').length })
  if (closedAt) told('closed_by_time', closedAt, {}, null)
  return { status: plan.status, detail: stopped, endsAt: finishedAt ?? last.at, finishedAt, closedAt, events: events.toSorted((a, b) => a.at.getTime() - b.at.getTime()) }
}

/** Why the campaign stands still, with the figures that its own rows give. */
function stopOf(plan: CampaignPlan, { batches, sent, tell: told }: { batches: InsertedBatch[]; sent: Sent[]; tell: (kind: CampaignEventKind, at: Date, detail: Event['detail'], userId?: number | null) => void }): Event['detail'] {
  const [first] = batches as [InsertedBatch]
  const count = (...states: string[]) => sent.filter(({ state }) => states.includes(state)).length
  const [failed, finals] = [count('undelivered', 'rejected'), count('delivered', 'undelivered', 'rejected')]
  switch (plan.stop) {
    case 'person': {
      told('paused', new Date(first.at.getTime() + 6 * HOUR), { out: count('accepted', 'delivered', 'undelivered', 'rejected', 'in_doubt') })
      return {}
    }
    case 'batch_missed': {
      const held = batches.find(({ state }) => state === 'held') as InsertedBatch
      told('batch_held', new Date(held.at.getTime() + 31 * MINUTE), { no: held.no, on: held.on }, null)
      return { no: held.no, on: held.on, due: held.at.toISOString() }
    }
    case 'drop_rate':
    case 'refused_from_start': {
      const detail = plan.stop === 'drop_rate' ? { failed, finals, percent: Math.round((failed * 100) / finals), limit: SETTINGS['suspension.percent'].default } : { refused: count('rejected') }
      told('suspended', new Date(first.at.getTime() + 2 * MINUTE), { ...detail, reason: plan.stop }, null)
      return detail
    }
    default: return {}
  }
}

async function finishCampaign({ trx, opened: { scope } }: Ground, id: number, given: Story & { plan: CampaignPlan; counts: AudienceCounts; batches: InsertedBatch[]; launchedAt: Date; closesAt: Date; createdBy: number; templateId: number }): Promise<void> {
  const { plan, batches, launchedAt, events } = given
  const [first] = batches as [InsertedBatch]
  await trx
    .updateTable('campaign')
    .set({
      status: plan.status, launch_key: randomUUID(), launched_at: launchedAt, launched_by: given.createdBy, start_on: first.on, start_time: DEMO_TIME, starts_at: first.at, ends_at: given.endsAt,
      undo_until: new Date(launchedAt.getTime() + SETTINGS['campaign.undo_seconds'].default * 1_000), closes_at: given.closesAt, closed_at: given.closedAt, finished_at: given.finishedAt,
      status_reason: plan.stop ?? null, status_detail: JSON.stringify(given.detail), audience_counts: JSON.stringify(given.counts), updated_at: events.at(-1)?.at ?? launchedAt,
    })
    .where('id', '=', id)
    .execute()
  await trx.updateTable('message_template').set({ last_used_at: launchedAt }).where('id', '=', given.templateId).execute()
  await insertRows(trx, 'campaign_event', events.map(({ kind, at, detail, userId }) => ({ company_id: scope.companyId, campaign_id: id, user_id: userId, kind, detail, at })))
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
