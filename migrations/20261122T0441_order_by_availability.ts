import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Available longest first, without asking what day it is: who is free without an end by when that began, then by the last day; then
-- of whom nothing is known, who may be asked; then who is not free. Periods that are over come last of those with an end.
create function availability_rank(availability text, available_from date, available_until date) returns integer language sql immutable parallel safe as $$
  select case
    when availability = 'available' and available_until is null then least(99999, greatest(0, coalesce(available_from, date '2000-01-01') - date '2000-01-01'))
    when availability = 'available' then 100000 + (date '9999-12-31' - least(available_until, date '9999-12-31'))
    when availability = 'unknown' then 4000000 else 4000001 end
$$;
create index candidate_by_availability_rank on candidate (company_id, kind, (availability_rank(availability, available_from, available_until)), sort_name, id) include (availability, available_from, available_until);
  `.execute(db)
}
