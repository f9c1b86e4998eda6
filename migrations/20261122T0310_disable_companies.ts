import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
alter table company
  add column disabled_at timestamptz,
  -- What the switch said when the company was disabled, so that enabling it brings back what was.
  add column sent_before_disabling boolean not null default false,
  -- Whatever sends asks the switch: a disabled company cannot text, whoever forgets to ask whether it is disabled.
  add constraint company_disabled_is_silent check (disabled_at is null or not can_send_sms);
  `.execute(db)
}
