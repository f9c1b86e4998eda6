import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { sendingRules, type SendingRules } from './sending-rules.ts'
import { settingsFrom } from './settings.ts'

/** What these companies decided, by company: the worker sends for all, and every row carries its own. */
export async function readSendingRules(db: Db, companyIds: readonly number[]): Promise<Map<number, SendingRules>> {
  const { rows } = await sql<{ id: number; zone: string; stored: { name: string; value: unknown }[] }>`
    select c.id, c.time_zone as zone,
      coalesce((select jsonb_agg(jsonb_build_object('name', s.name, 'value', s.value)) from company_setting s where s.company_id = c.id), '[]') as stored
    from company c where c.id = any(${companyIds}::bigint[])`.execute(db)
  return new Map(rows.map(({ id, zone, stored }) => [id, sendingRules(settingsFrom(stored), zone)]))
}
