import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Several words as people compare them.
create function fold_all(entries text[]) returns text[] language sql immutable strict parallel safe as $$
  select coalesce(array_agg(public.fold(entry)), '{}') from unnest(entries) entry
$$;
create index candidate_by_skill on candidate using gin (fold_all(skills));
drop index candidate_by_tag;
create index candidate_by_tag on candidate using gin (fold_all(tags));
-- In the order of the list, whichever of the two is the rare one.
create index candidate_by_consent on candidate (company_id, kind, consent_given, sort_name, id);
create index candidate_import_row_person on candidate_import_row (import_id, candidate_id) where candidate_id is not null and applied;
  `.execute(db)
}
