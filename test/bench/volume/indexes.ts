import type pg from 'pg'

/** What grows with the recipients, beside people and their numbers. */
export const GROWING = [
  'short_link', 'recipient', 'recipient_profile', 'message', 'send_attempt', 'answer', 'answer_version', 'follow_up_note', 'availability_change', 'reply',
  'campaign_exclusion', 'provider_event', 'opt_out_event', 'phone', 'journal', 'mail', 'consent_event', 'candidate_edit',
] as const

/**
 * Takes indexes away that only make reading quicker, until the rows are there: building them once takes a fraction of the time.
 * What they were is kept beside them, so that a run that was killed gives them back with the next one.
 */
export async function holdIndexes(admin: pg.Client, tables: readonly string[]): Promise<void> {
  await admin.query('begin')
  const { rows } = await admin.query<{ name: string }>(`
    insert into volume.held (name, definition)
    select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
    where i.indrelid = any($1::text[]::regclass[]) and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    returning name`, [tables])
  for (const { name } of rows) await admin.query(`drop index ${name}`)
  await admin.query('commit')
}

export async function buildIndexes(admin: pg.Client, say: (text: string) => void): Promise<void> {
  const { rows } = await admin.query<{ name: string; definition: string }>('select name, definition from volume.held order by name')
  for (const { name, definition } of rows) {
    const from = performance.now()
    await admin.query('begin')
    await admin.query(definition)
    await admin.query('delete from volume.held where name = $1', [name])
    await admin.query('commit')
    say(`index ${name}: ${((performance.now() - from) / 1000).toFixed(1)} s`)
  }
}
