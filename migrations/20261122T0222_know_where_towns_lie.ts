import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Where a town of the company's country lies, by its name or postal code; « Lyon 3 » is in Lyon where no such district is known.
-- Called immutable so that the planner works it out first and knows how many people live around: half of them, or nobody. A
-- statement is planned when it runs, so newer data counts from the next one.
create function place_near(company bigint, asked text) returns public.place language sql immutable as $$
  select p.* from public.company o
  cross join lateral (values (1, public.place_key($2), ''), (2, '', btrim($2)), (3, regexp_replace(public.place_key($2), ' \\d+$', ''), '')) as way (rank, key, postal_code)
  join public.place p on p.country = o.country and p.key = way.key and p.postal_code = way.postal_code
  where o.id = $1 order by way.rank limit 1
$$;
create function place_latitude(company bigint, asked text) returns real language sql immutable as $$ select (public.place_near($1, $2)).latitude $$;
create function place_longitude(company bigint, asked text) returns real language sql immutable as $$ select (public.place_near($1, $2)).longitude $$;
  `.execute(db)
}
