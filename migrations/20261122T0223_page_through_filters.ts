import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Folded once when a record is written, not for every row that a page passes by.
drop index candidate_by_tag;
drop index candidate_by_skill;
alter table candidate
  add column folded_tags text[] not null generated always as (fold_all(tags)) stored,
  add column folded_skills text[] not null generated always as (fold_all(skills)) stored;
create index candidate_by_tag on candidate using gin (folded_tags);
create index candidate_by_skill on candidate using gin (folded_skills);
-- A page of one trade, in the order of the list, however rare or common the trade is.
drop index candidate_by_trade;
create index candidate_by_trade on candidate (company_id, kind, (fold(trade) collate "C"), sort_name, id);
drop index candidate_by_town;
create index candidate_by_town on candidate (company_id, kind, (fold(town) collate "C"));
  `.execute(db)
}
