import { findViewer } from '../../../src/auth/queries.ts'
import { saveSetting } from '../../../src/companies/queries.ts'
import type { Viewer } from '../../../src/web/viewer.ts'
import type { TestDatabase } from '../database.ts'
import { makeSending, type Sending } from './messaging.ts'

const EVERYWHERE = { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '00:00', closes: '24:00', onHolidays: true }

export type Arrived = Sending & { viewer: Viewer; recipientIds: number[] }

/** A completed campaign whose texts arrived an hour ago, each person's texts in the state given. */
export async function makeArrived(test: Pick<TestDatabase, 'db' | 'pool'>, states: readonly string[], given: { hours?: number } = {}): Promise<Arrived> {
  const sending = await makeSending(test.db, { recipients: states.length })
  const { campaignId, scope } = sending
  await saveSetting(test.db, scope, 'sms.windows', { FR: EVERYWHERE })
  await saveSetting(test.db, scope, 'campaign.undo_seconds', 0)
  const { pool } = test
  const steps: Record<string, string[]> = {
    delivered: ['leased', 'submitting', 'accepted', 'delivered'], accepted: ['leased', 'submitting', 'accepted'], undelivered: ['leased', 'submitting', 'undelivered'], rejected: ['leased', 'submitting', 'rejected'],
    in_doubt: ['leased', 'submitting', 'in_doubt'], skipped: ['skipped'], cancelled: ['cancelled'],
  }
  for (const [i, state] of states.entries()) {
    for (const step of steps[state] ?? []) {
      await pool.query("update message set state = $2, submitted_at = case when $2 = 'submitting' then app_now() - interval '1 hour' else submitted_at end, lease_until = case when $2 = 'leased' then app_now() end where id = $1", [sending.messageIds[i], step])
    }
  }
  await pool.query("insert into recipient_profile (company_id, recipient_id, candidate_id) select company_id, id, candidate_id from recipient where campaign_id = $1", [campaignId])
  if (!states.includes('queued')) {
    await pool.query("update batch set state = 'done', finished_at = app_now() - interval '1 hour' where campaign_id = $1", [campaignId])
    await pool.query("update campaign set status = 'completed', finished_at = (select max(finished_at) from batch where campaign_id = $1), remind_after_hours = $2 where id = $1", [campaignId, given.hours ?? null])
  }
  const { rows } = await pool.query<{ id: number }>('select id from recipient where campaign_id = $1 order by rank', [campaignId])
  return { ...sending, viewer: (await findViewer(test.db, sending.userId)) as Viewer, recipientIds: rows.map(({ id }) => id) }
}
