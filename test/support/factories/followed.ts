import type { TestApp } from '../app.ts'
import type { TestDatabase } from '../database.ts'
import { makeUser } from './accounts.ts'
import { makePlanned, moveMessages, SENT } from './batches.ts'

/**
 * A campaign to twenty people in the middle of its life, seen by an administrator. First batch of fourteen: eight delivered,
 * one not, one refused, one on its way, one in doubt, one blocked, one waiting for the hours; second batch of six: not yet due.
 * Three answered, two opted out because of it.
 */
export async function makeFollowed(database: TestDatabase, app: TestApp) {
  const { pool } = database
  const planned = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 14, due: '-1 hour', state: 'running' }, { recipients: 6, due: '1 day' }] })
  const { campaignId, scope, e164, company } = planned
  const move = (steps: readonly string[], limit: number) => moveMessages(database, campaignId, steps, { batchId: planned.batchIds[0]!, limit })
  await move([...SENT, 'delivered'], 8)
  await move([...SENT, 'undelivered'], 1)
  await move(['leased', 'submitting', 'rejected'], 1)
  await move(SENT, 1)
  await move(['leased', 'submitting', 'in_doubt'], 1)
  await move(['skipped'], 1)
  await pool.query("update message set failure_reason = case state when 'undelivered' then 'permanent' when 'rejected' then 'sender' when 'skipped' then 'opted_out' end where campaign_id = $1 and state in ('undelivered', 'rejected', 'skipped')", [campaignId])
  await pool.query("update message set wait_reason = 'window', next_attempt_at = '2027-01-11T07:00:00Z' where batch_id = $1 and state = 'queued'", [planned.batchIds[0]])
  await pool.query("insert into send_attempt (company_id, id, message_id, n, outcome) select company_id, gen_random_uuid(), id, 1, 'in_doubt' from message where campaign_id = $1 and state = 'in_doubt'", [campaignId])
  await pool.query("insert into answer (company_id, recipient_id, choice, source) select company_id, id, case when rank = 3 then 'no' else 'yes' end, 'link' from recipient where campaign_id = $1 and rank <= 3", [campaignId])
  await pool.query('insert into recipient_profile (company_id, recipient_id, candidate_id) select company_id, id, candidate_id from recipient where campaign_id = $1', [campaignId])
  // One of them twice, and somebody else's by another campaign.
  for (const [number, campaign] of [[e164[0], campaignId], [e164[0], campaignId], [e164[1], campaignId], [e164[2], null]] as const) {
    await pool.query('insert into phone (company_id, e164, opted_out_at, opt_out_source) values ($1, $2, now(), $3) on conflict do nothing', [scope.companyId, number, 'sms'])
    await pool.query("insert into opt_out_event (company_id, e164, kind, source, campaign_id) values ($1, $2, 'opt_out', 'sms', $3)", [scope.companyId, number, campaign])
  }
  const counts = { total: 25, recipients: 20, no_number: 2, invalid_number: 0, bounced: 0, opted_out: 1, no_consent: 1, country_blocked: 0, duplicate_number: 0, over_limit: 1 }
  const excluded = ['no_number', 'no_number', 'opted_out', 'no_consent', 'over_limit']
  const { rows: others } = await pool.query<{ id: number }>("insert into candidate (company_id, first_name, last_name) select $1, 'Sans', 'SMS ' || g from generate_series(1, 5) g returning id", [scope.companyId])
  for (const [index, reason] of excluded.entries()) await pool.query('insert into campaign_exclusion (company_id, campaign_id, candidate_id, reason) values ($1, $2, $3, $4)', [scope.companyId, campaignId, others[index]!.id, reason])
  await pool.query('update campaign set audience_counts = $2 where id = $1', [campaignId, JSON.stringify(counts)])
  const visitor = await app.signIn(await makeUser(database.db, scope, { role: 'administrator', name: 'Claire Bernard' }))
  return { ...planned, company, counts, visitor }
}
