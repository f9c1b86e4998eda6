import { sql, type Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import { isoUtc } from '../webhooks/emit.queries.ts'
import { makeSecret, sealSecret } from '../webhooks/secrets.ts'
import type { Opened } from './setup.queries.ts'

/** Days of answers that the log tells; it keeps no more. */
const TOLD_DAYS = 20

/**
 * Two addresses with what they were told: one that took everything and is paused, one that answered with errors until it was switched off.
 * Neither is ever called, because nobody has these addresses.
 */
export async function insertWebhooks(trx: Transaction<DB>, { scope, userIds }: Opened, secretKey: string): Promise<void> {
  const { companyId } = scope
  const endpoints = [
    { url: 'https://ats.example/hooks/dispo', note: 'Notre ATS', state: 'paused', off: null, failures: 0 },
    { url: 'https://tableaux.example/dispo', note: 'Tableau de bord', state: 'off', off: 'failing', failures: 40 },
  ]
  for (const { url, note, state, off, failures } of endpoints) {
    const { rows: [endpoint] } = await sql<{ id: number }>`
      insert into webhook_endpoint (company_id, url, note, types, secret, state, off_reason, failures, failing_since, delivered_at, changed_at, created_by, created_at)
      select ${companyId}, ${url}, ${note}, array['answer.created', 'answer.updated', 'opt_out.created'], ${sealSecret(secretKey, makeSecret())}, ${state}, ${off}, ${failures},
        case when ${failures} > 0 then app_now() - interval '4 days' end, case when ${failures} = 0 then app_now() - interval '3 hours' end, app_now() - interval '1 hour', ${userIds[0] ?? null}, app_now() - make_interval(days => ${TOLD_DAYS})
      returning id`.execute(trx)
    await sql`
      with told as (
        insert into webhook_delivery (company_id, endpoint_id, event_id, type, body, campaign_id, candidate_id, state, reason, answer_status, tries, attempts, created_at, next_attempt_at, gives_up_at, settled_at)
        select ${companyId}, ${endpoint!.id}, 'msg_' || md5(v.recipient_id || '.' || v.version), happened.type,
          json_build_object('type', happened.type, 'timestamp', ${isoUtc(sql`v.answered_at`)}, 'data', json_build_object('campaign_id', r.campaign_id, 'recipient_id', r.id, 'candidate_id', r.candidate_id, 'version', v.version,
            'choice', v.choice, 'available_from', v.available_from, 'available_until', v.available_until, 'comment', v.comment, 'source', v.source, 'answered_at', ${isoUtc(sql`v.answered_at`)}))::text,
          r.campaign_id, r.candidate_id, ended.state, ended.reason, ended.status, 1, 1, v.answered_at, v.answered_at, v.answered_at + interval '24 hours', v.answered_at + interval '1 second'
        from answer_version v
        join recipient r on r.id = v.recipient_id
        cross join lateral (select case when v.version = 1 then 'answer.created' else 'answer.updated' end as type) happened
        cross join lateral (select case when ${failures} > 0 then 'failed' else 'delivered' end as state, case when ${failures} > 0 then 'status' end as reason, case when ${failures} > 0 then 503 else 204 end as status) ended
        where v.company_id = ${companyId} and v.answered_at > app_now() - make_interval(days => ${TOLD_DAYS})
        order by v.answered_at, v.recipient_id, v.version limit 120
        returning id, created_at, reason, answer_status
      )
      insert into webhook_attempt (delivery_id, no, at, duration_ms, status, answer, reason)
      select id, 1, created_at, 80 + (id % 7) * 15, answer_status, case when reason is null then '' else 'Service Unavailable' end, reason from told`.execute(trx)
  }
}
