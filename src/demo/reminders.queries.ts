import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { USUAL_REMINDER } from '../campaigns/reminders.domain.ts'
import { compileTexts, textFor } from '../campaigns/message.domain.ts'
import { linkFor } from '../links/codes.ts'
import { measureSms } from '../sms/segments.ts'
import type { Ground, Launched } from './campaigns.queries.ts'
import { insertRows } from './rows.queries.ts'

const HOUR = 3_600_000
const MINUTE = 60_000

/** The automatic reminder of a campaign, as it left so many hours after the first texts: to those who had not answered by then. */
export async function insertReminder(ground: Ground, { id: campaignId, sent, plan }: Launched): Promise<void> {
  const { trx, agency, opened: { scope } } = ground
  const hours = plan.remindAfterHours
  const last = Math.max(...sent.map(({ submittedAt }) => submittedAt?.getTime() ?? 0))
  if (hours === undefined || last === 0) return
  // Nobody is texted on a Sunday.
  const due = new Date(last + hours * HOUR)
  const at = due.getUTCDay() === 0 ? new Date(due.getTime() + 24 * HOUR) : due
  await trx.updateTable('campaign').set({ remind_after_hours: hours }).where('id', '=', campaignId).execute()
  if (at > ground.now) return
  const { rows: silent } = await sql<{ id: number; candidate_id: number; e164: string; language: 'fr' | 'en'; code: string; country: string; first_name: string }>`
    select r.id, r.candidate_id, r.e164, r.language, r.code, m.country, k.first_name
    from recipient r join message m on m.recipient_id = r.id and m.step = 1 and m.state in ('accepted', 'delivered')
    join candidate_textability t on t.company_id = r.company_id and t.candidate_id = r.candidate_id and t.reason is null join candidate k on k.id = r.candidate_id
    where r.campaign_id = ${campaignId} and not exists (select from answer a where a.recipient_id = r.id and a.first_answered_at <= ${at}) and not exists (
      select from reply p where p.company_id = r.company_id and p.e164 = r.e164 and p.received_at between m.submitted_at and ${at}) order by r.rank`.execute(trx)
  if (silent.length === 0) return
  const end = new Date(at.getTime() + 2 * MINUTE)
  const { rows: [batch] } = await sql<{ id: number; no: number }>`
    insert into batch (company_id, campaign_id, kind, no, local_date, due_at, state, started_at, finished_at)
    select ${scope.companyId}, ${campaignId}, 'reminder', 1 + max(no), (${at}::timestamptz at time zone 'Europe/Paris')::date, ${at}, 'done', ${at}, ${end} from batch where campaign_id = ${campaignId} returning id, no`.execute(trx)
  await sql`update batch set reminded_at = ${at} where campaign_id = ${campaignId} and kind <> 'reminder'`.execute(trx)
  const sender = agency.senders.find((one) => one.is_default)
  const compiled = compileTexts(USUAL_REMINDER, { stopText: sender?.stop_text ?? '' })
  await insertRows(trx, 'message', silent.map((person, index) => {
    const shared = { agency: agency.name, recruiter: '', link: linkFor({ linkUrl: ground.linkUrl }, person.code), stop: sender?.stop_text ?? '' }
    const body = textFor(compiled, { language: person.language, first_name: person.first_name, last_name: '', trade: '', town: '', branch: '' }, shared)?.text ?? ''
    const { encoding, segments } = measureSms(body)
    const submittedAt = new Date(at.getTime() + index * 40)
    return {
      company_id: scope.companyId, purpose: 'campaign', campaign_id: campaignId, batch_id: batch!.id, recipient_id: person.id, candidate_id: person.candidate_id, step: 2, e164: person.e164, country: person.country,
      sender: sender?.address ?? '', body, encoding, segments, state: 'delivered', next_attempt_at: at, submitted_at: submittedAt, settled_at: new Date(submittedAt.getTime() + 4_000), provider_id: randomUUID(), created_at: at,
    }
  }))
  await sql`
    insert into send_attempt (company_id, id, message_id, n, outcome, started_at, ended_at, provider_id)
    select company_id, gen_random_uuid(), id, 1, 'accepted', submitted_at, submitted_at + interval '180 milliseconds', provider_id from message where campaign_id = ${campaignId} and step = 2`.execute(trx)
  await sql`update campaign set ends_at = ${end}, finished_at = ${end}, updated_at = ${end} where id = ${campaignId} and status = 'completed'`.execute(trx)
  const event = (kind: string, when: Date, detail: Record<string, number>) => ({ company_id: scope.companyId, campaign_id: campaignId, user_id: null, kind, detail, at: when })
  await insertRows(trx, 'campaign_event', [event('reminded_by_time', at, { messages: silent.length }), event('reminder_sent', end, { no: batch!.no, messages: silent.length }), event('completed', end, {})])
}
