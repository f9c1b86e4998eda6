import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What a search is filtered by, in the order of the list, with all that its count and its page ask: neither reads the records,
-- which lie all over the table. (An index on what a function makes of a column is read alone only if it holds the column too.)
drop index candidate_by_branch;
create index candidate_by_branch on candidate (company_id, branch_id, kind, sort_name, id) where branch_id is not null;
drop index candidate_by_availability;
create index candidate_by_availability on candidate (company_id, kind, availability, sort_name, id) include (available_until);
drop index candidate_by_trade;
create index candidate_by_trade on candidate (company_id, kind, (fold(trade) collate "C"), sort_name, id) include (trade);
drop index candidate_by_town;
create index candidate_by_town on candidate (company_id, kind, (fold(town) collate "C"), sort_name, id) include (town);
-- For those whom a list, an import or a number names.
create index candidate_by_id on candidate (company_id, kind, id) include (sort_name);

-- The globe in belts of a quarter of a degree: a circle asks the few belts it touches, each from west to east.
create function belt_of(latitude real) returns integer language sql immutable strict parallel safe as $$ select floor(latitude * 4)::integer $$;
drop index candidate_by_place;
create index candidate_by_place on candidate (company_id, kind, belt_of(latitude), longitude) include (latitude, sort_name, id) where latitude is not null;
-- Of whom nobody could place, the name of the town has to do.
create index candidate_without_place on candidate (company_id, kind, (fold(town) collate "C")) include (town, sort_name, id) where latitude is null and town is not null;

-- Where a town lies, as longitude and latitude; called immutable like place_near.
create function place_point(company bigint, asked text) returns point language sql immutable as $$ select point(p.longitude, p.latitude) from public.place_near($1, $2) p where p.latitude is not null $$;
create function belts_around(place point, degrees float8) returns integer[] language sql immutable strict parallel safe as $$
  select array_agg(belt) from generate_series(public.belt_of((place[1] - degrees)::real), public.belt_of((place[1] + degrees)::real)) belt
$$;
-- How far west a circle reaches; with less than nothing, how far east. Degrees of longitude are narrower towards the poles.
create function west_of(place point, degrees float8) returns float8 language sql immutable strict parallel safe as $$
  select place[0] - degrees / greatest(cos(radians(least(abs(place[1]) + abs(degrees), 89))), 0.02)
$$;
create function is_within(latitude real, longitude real, place point, degrees float8) returns boolean language sql immutable parallel safe as $$
  select power(latitude - place[1], 2) + power((longitude - place[0]) * cos(radians(place[1])), 2) <= power(degrees, 2)
$$;
drop function place_latitude(bigint, text);
drop function place_longitude(bigint, text);

drop index phone_opted_out;
create index phone_opted_out on phone (company_id, e164) where opted_out_at is not null;
drop index candidate_phone_number;
create index candidate_phone_number on candidate_phone (company_id, e164, candidate_id) where e164 is not null;
  `.execute(db)
}
