import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- The only clock for decisions. A function of ours, so that a test can set it.
create function app_now() returns timestamptz language sql stable as $$ select clock_timestamp() $$;

-- Text as people compare it: no case, no accents. Immutable so that it can be indexed; the dictionary never changes here.
create function fold(value text) returns text language sql immutable strict parallel safe as $$
  select lower(public.unaccent('public.unaccent'::regdictionary, value))
$$;
  `.execute(db)
}
