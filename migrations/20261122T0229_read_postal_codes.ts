import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- A town as people write it in a search, with its postal code or without: « 69100 Villeurbanne », « Villeurbanne (69100) ».
create or replace function place_near(company bigint, asked text) returns public.place language sql immutable as $$
  select p.* from public.company o
  cross join lateral (select coalesce(substring($2 from '(?:^|[^0-9])([0-9]{4,5})(?:[^0-9]|$)'), '') as written) w
  cross join lateral (select coalesce(public.place_key(replace($2, w.written, ' ')), '') as key, case when o.country = 'FR' and w.written <> '' then lpad(w.written, 5, '0') else w.written end as code) a
  cross join lateral (values (1, a.key, a.code), (2, '', a.code), (3, a.key, ''), (4, regexp_replace(a.key, ' \\d+$', ''), '')) as way (rank, key, postal_code)
  join public.place p on p.country = o.country and p.key = way.key and p.postal_code = way.postal_code
  where o.id = $1 order by way.rank limit 1
$$;
  `.execute(db)
}
