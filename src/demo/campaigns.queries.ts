import { randomUUID } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { specFor } from '../campaigns/audience.domain.ts'
import { freezeGathered, gatherAudience, listGathered, type GatheredRecipient } from '../campaigns/audience.queries.ts'
import { compileTexts, textFor } from '../campaigns/message.domain.ts'
import { insertDraft, type CampaignEventKind } from '../campaigns/queries.ts'
import { SETTINGS } from '../companies/settings.ts'
import type { Config } from '../config.ts'
import { addDays, weekday, type CalendarDate } from '../core/dates.ts'
import type { DB } from '../db/schema.ts'
import { linkFor, mintCodes } from '../links/codes.ts'
import { insertLinks } from '../links/queries.ts'
import type { MessageState } from '../messaging/domain.ts'
import { measureSms } from '../sms/segments.ts'
import type { DemoAgency } from './agencies.ts'
import type { CampaignPlan } from './plans.ts'
import type { Random } from './random.ts'
import { insertRows } from './rows.queries.ts'
import type { Opened } from './setup.queries.ts'

export type Ground = { trx: Transaction<DB>; agency: DemoAgency; opened: Opened; random: Random; linkUrl: Config['linkUrl']; now: Date; today: CalendarDate; at: (date: CalendarDate, hour: number, minute: number) => Date }
/** A text that went out, with what came of it. */
export type Sent = { recipientId: number; candidateId: number | null; e164: string; code: string; state: MessageState; submittedAt: Date | null; batchAt: Date }
export type Launched = { id: number; plan: CampaignPlan; closesAt: Date; closedAt: Date | null; sent: Sent[] }

/** Provider codes and our word for them, as receipts bring them. */
const FAILURES = [['1190', 'permanent', 4], ['1180', 'temporary', 5], ['1210', 'content', 2], ['1170', 'permanent', 1]] as const

/** One campaign as it stands today: draft, or frozen with its batches and messages. Answers come after. */
export async function insertCampaign(ground: Ground, plan: CampaignPlan): Promise<Launched | undefined> {
  const { trx, agency, opened, random, today } = ground
  const { scope } = opened
  const template = opened.templates.get(plan.template)
  const texts = agency.templates.find(({ name }) => name === plan.template)?.texts ?? {}
  const createdBy = random.pick(opened.userIds)
  const audience = { mode: 'query' as const, filters: plan.filters, except: [] }
  const id = await insertDraft(trx, scope, {
    name: plan.name, kind: plan.kind, createdBy, senderId: opened.senderId, timeZone: 'Europe/Paris', audience, templateId: template?.id ?? null, templateVersion: template?.version ?? null, texts,
    startsNow: false, startOn: workday(addDays(today, 1), 1), startTime: '10:00', allowWeekends: false,
  })
  const launchDay = workday(addDays(today, plan.day), -1)
  // Made today means this morning or, early in the day, just now.
  const launchedAt = earlier(ground.at(launchDay, 9, 42), ground.now)
  const event = (kind: CampaignEventKind, at: Date, detail: Record<string, unknown> = {}, userId: number | null = createdBy) => ({ company_id: scope.companyId, campaign_id: id, user_id: userId, kind, detail, at })
  await trx.updateTable('campaign').set({ limit_to: plan.limitTo ?? null, internal_comment: plan.comment ?? null, created_at: launchedAt, updated_at: launchedAt }).where('id', '=', id).execute()
  await insertRows(trx, 'campaign_event', [event('created', earlier(ground.at(launchDay, 9, 31), launchedAt))])
  if (plan.status === 'draft') return undefined

  const days = batchDays(plan, today)
  const firstAt = ground.at(days[0] as CalendarDate, 10, 0)
  const closesAt = new Date(firstAt.getTime() + SETTINGS['campaign.open_days'].default * 86_400_000)
  const closedAt = closesAt <= ground.now ? closesAt : null
  const { batches, counts, recipients } = await freeze(ground, plan, id, { texts, audience, closesAt, days })
  const sent = await insertMessages(ground, { campaignId: id, texts, recipients, createdBy, launchedAt })
  const lastAt = batches.at(-1)?.at ?? firstAt
  const finishedAt = plan.status === 'completed' ? new Date(lastAt.getTime() + 240_000) : plan.status === 'cancelled' ? new Date(firstAt.getTime() + 5 * 3_600_000) : null
  await trx
    .updateTable('campaign')
    .set({
      status: plan.status, launch_key: randomUUID(), launched_at: launchedAt, launched_by: createdBy, start_on: days[0] as CalendarDate, start_time: '10:00', closes_at: closesAt, closed_at: closedAt,
      finished_at: finishedAt, status_reason: plan.statusReason ?? null, audience_counts: JSON.stringify(counts), updated_at: finishedAt ?? launchedAt,
    })
    .where('id', '=', id)
    .execute()
  await trx.updateTable('message_template').set({ last_used_at: launchedAt }).where('id', '=', template?.id ?? 0).execute()
  const done = batches.filter(({ plan: { state } }) => state === 'done')
  await insertRows(trx, 'campaign_event', [
    event('launched', launchedAt, { recipients: counts.recipients, batches: batches.length }),
    ...done.map(({ no, at, id: batchId }) => event('batch_sent', new Date(at.getTime() + 200_000), { no, messages: sent.filter((one) => one.batchAt === at && !['skipped', 'cancelled', 'rejected'].includes(one.state)).length, batchId }, null)),
    ...(plan.status === 'completed' ? [event('completed', finishedAt as Date, {}, null)] : []),
    ...(plan.status === 'cancelled' ? [event('cancelled', finishedAt as Date)] : []),
    ...(closedAt && plan.status === 'completed' ? [event('closed_by_time', closedAt, {}, null)] : []),
  ])
  return { id, plan, closesAt, closedAt, sent }
}

type Batch = { id: number; no: number; at: Date; plan: CampaignPlan['batches'][number]; from: number; to: number }

type Recipient = GatheredRecipient & { recipientId: number; code: string; batch: Batch }

/** Recipients, exclusions and links by the product's own statements, spread over the batches by rank. */
async function freeze(ground: Ground, plan: CampaignPlan, campaignId: number, given: { texts: Record<string, string>; audience: Parameters<typeof specFor>[0]['audience']; closesAt: Date; days: readonly CalendarDate[] }) {
  const { trx, opened: { scope } } = ground
  const batchRows = plan.batches.map((batch, index) => {
    const local_date = given.days[index] as CalendarDate
    const at = ground.at(local_date, 10, 0)
    const ran = batch.state === 'done'
    return { company_id: scope.companyId, campaign_id: campaignId, no: index + 1, local_date, due_at: at, state: batch.state, started_at: ran ? at : null, finished_at: ran ? new Date(at.getTime() + 200_000) : null }
  })
  const inserted = await insertRows<{ id: number; no: number }>(trx, 'batch', batchRows, ['id', 'no'])
  const settings = { 'campaign.recipient_limit': SETTINGS['campaign.recipient_limit'].default, 'sms.allowed_countries': SETTINGS['sms.allowed_countries'].default }
  const counts = await gatherAudience(trx, scope, specFor({ audience: given.audience, limit_to: plan.limitTo ?? null, texts: given.texts }, settings, 'fr'))

  let from = 1
  const batches = plan.batches.map((batch, index): Batch => {
    const to = index === plan.batches.length - 1 ? counts.recipients : Math.min(counts.recipients, from - 1 + Math.round(counts.recipients * batch.share))
    const made = { id: inserted.find(({ no }) => no === index + 1)?.id as number, no: index + 1, at: batchRows[index]?.due_at as Date, plan: batch, from, to }
    from = to + 1
    return made
  })
  const all = { afterRank: 0, size: counts.total }
  const people = await listGathered(trx, all)
  const codes = mintCodes(people.length)
  await insertLinks(trx, scope, codes, new Date(given.closesAt.getTime() + SETTINGS['link.days_after_closing'].default * 86_400_000))
  const batchOf = people.map(({ position }) => batches.find((batch) => position >= batch.from && position <= batch.to) as Batch)
  const ids = await freezeGathered(trx, scope, all, { campaignId, codes, batchIds: batchOf.map(({ id }) => id) })
  const recipients = people.map((person, index): Recipient => ({ ...person, recipientId: ids[index] as number, code: codes[index] as string, batch: batchOf[index] as Batch }))
  return { batches, counts, recipients }
}

async function insertMessages(ground: Ground, given: { campaignId: number; texts: Record<string, string>; recipients: readonly Recipient[]; createdBy: number; launchedAt: Date }): Promise<Sent[]> {
  const { trx, agency, opened: { scope, userIds }, random } = ground
  const sender = agency.senders.find((one) => one.is_default)
  const compiled = compileTexts(given.texts, { stopText: sender?.stop_text ?? '' })
  const recruiter = agency.users[userIds.indexOf(given.createdBy)]?.name ?? ''
  const sent: Sent[] = []
  const rows = given.recipients.map((recipient, index) => {
    const { batch, recipientId, id: candidateId, e164, country, code } = recipient
    const text = textFor(compiled, recipient, { agency: agency.name, recruiter, link: linkFor({ linkUrl: ground.linkUrl }, code), stop: sender?.stop_text ?? '' })?.text ?? ''
    const { encoding, segments } = measureSms(text)
    const state = batch.plan.mix ? random.weighted(batch.plan.mix) : 'queued'
    const wasHandedOver = !['queued', 'cancelled', 'skipped'].includes(state)
    // Twenty-five a second, and the networks take from seconds to a minute.
    const submittedAt = wasHandedOver ? new Date(batch.at.getTime() + index * 40) : null
    const failure = state === 'undelivered' ? random.weighted(FAILURES.map((one) => [one, one[2]] as const)) : undefined
    sent.push({ recipientId, candidateId, e164, code, state, submittedAt, batchAt: batch.at })
    return {
      company_id: scope.companyId, purpose: 'campaign', campaign_id: given.campaignId, batch_id: batch.id, recipient_id: recipientId, candidate_id: candidateId, step: 1, e164, country,
      sender: sender?.address ?? '', body: text, encoding, segments, state, next_attempt_at: batch.at, submitted_at: submittedAt,
      settled_at: submittedAt && ['delivered', 'undelivered', 'rejected'].includes(state) ? new Date(submittedAt.getTime() + random.whole(2, 60) * 1_000) : ['skipped', 'cancelled'].includes(state) ? batch.at : null,
      provider_id: submittedAt && !['rejected', 'in_doubt'].includes(state) ? randomUUID() : null,
      failure_code: failure?.[0] ?? (state === 'rejected' ? '1120' : null),
      failure_reason: failure?.[1] ?? ({ rejected: 'sender', skipped: 'opted_out', cancelled: 'cancelled' } as Partial<Record<MessageState, string>>)[state] ?? null,
      created_at: given.launchedAt,
    }
  })
  await insertRows(trx, 'message', rows)
  await sql`
    insert into send_attempt (company_id, id, message_id, n, outcome, started_at, ended_at, provider_id, error_code)
    select company_id, gen_random_uuid(), id, 1, case state when 'rejected' then 'rejected' when 'in_doubt' then 'in_doubt' else 'accepted' end,
      submitted_at, submitted_at + interval '180 milliseconds', provider_id, case when state in ('rejected', 'in_doubt') then coalesce(failure_code, 'timeout') end
    from message where campaign_id = ${given.campaignId} and submitted_at is not null`.execute(trx)
  await sql`
    insert into phone (company_id, e164, last_submit_at, bounced_at, bounce_code)
    select company_id, e164, submitted_at, case when state = 'undelivered' and failure_reason = 'permanent' then settled_at end, case when state = 'undelivered' and failure_reason = 'permanent' then failure_code end
    from message where campaign_id = ${given.campaignId} and submitted_at is not null
    on conflict (company_id, e164) do update set last_submit_at = excluded.last_submit_at, bounced_at = coalesce(phone.bounced_at, excluded.bounced_at), bounce_code = coalesce(phone.bounce_code, excluded.bounce_code)`.execute(trx)
  return sent
}

/** A day for each batch: past ones move back from a weekend, later ones on, and no two share a day. */
function batchDays(plan: CampaignPlan, today: CalendarDate): CalendarDate[] {
  const days: CalendarDate[] = []
  for (const { day } of plan.batches) {
    const wanted = workday(addDays(today, day), day < 0 ? -1 : 1)
    const last = days.at(-1)
    days.push(last && wanted <= last ? workday(addDays(last, 1), 1) : wanted)
  }
  return days
}

function workday(date: CalendarDate, step: 1 | -1): CalendarDate {
  return weekday(date) > 5 ? workday(addDays(date, step), step) : date
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
