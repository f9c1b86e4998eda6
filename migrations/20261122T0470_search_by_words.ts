import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Folded words with one space between them: letters and digits alone, so that nothing a person writes means anything to a query.
-- Said by code points, to be the same in every locale; chr(1) stays, which stands between fields. Nobody types the sixty-first
-- letter of a word.
create function search_folded(value text) returns text language plpgsql immutable parallel safe as $$
declare
  words text collate "C" := translate(public.fold(left(value, 20000)), '-''.,/()', '       ');
begin
  -- Looking once is far cheaper than replacing, and most texts are plain.
  if words ~ '[^a-z0-9 \\u0001]' then
    words := regexp_replace(words, '[\\u0002-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u00bf\\u00d7\\u00f7\\u02b0-\\u02ff\\u2000-\\u206f\\u20a0-\\u20cf\\u2190-\\u2bff\\u3000-\\u303f\\ufe00-\\ufe0f\\ufeff\\ufffd\\U0001f000-\\U0001faff]+', ' ', 'g');
  end if;
  if words ~ '[^ \\u0001]{61}' then
    words := regexp_replace(words, '([^ \\u0001]{60})[^ \\u0001]+', '\\1', 'g');
  end if;
  while position('  ' in words) > 0 loop
    words := replace(words, '  ', ' ');
  end loop;
  return btrim(words);
end $$;
-- A tag or a qualification as a whole; the mark keeps it apart from words. A sign that would end it becomes one that fold never gives.
create function search_label(mark text, value text) returns text language sql immutable strict parallel safe as $$
  select mark || translate(left(public.fold(value), 300), '''\\' || chr(1), '′‵')
$$;
-- The words of a record as a tsvector is written, with the field as their weight, and its labels. « R489 » is found by « 489 » too.
create function candidate_search_words(first_name text, last_name text, trade text, skills text[], town text, tags text[], organisation text) returns tsvector
  language plpgsql immutable parallel safe as $$
declare
  fields text[] := string_to_array(public.search_folded(concat(first_name, ' ', last_name, chr(1), trade, ' ', organisation, chr(1), array_to_string(skills, ' '), ' ', array_to_string(tags, ' '), chr(1), town)), chr(1));
  weights text[] := '{A,B,C,D}';
  words text;
  label text;
  written text := '';
begin
  for n in 1..4 loop
    words := btrim(fields[n]);
    if words ~ '[a-z][0-9]|[0-9][a-z]' then
      words := words || ' ' || btrim(regexp_replace(words, '(^| )([a-z]+(?=[0-9])|[0-9]+(?=[a-z]))', '\\1', 'g'));
    end if;
    if words <> '' then
      written := written || '''' || replace(words, ' ', ''':1' || weights[n] || ' ''') || ''':1' || weights[n] || ' ';
    end if;
  end loop;
  foreach label in array tags loop
    written := written || coalesce('''' || public.search_label('#', label) || ''' ', '');
  end loop;
  foreach label in array skills loop
    written := written || coalesce('''' || public.search_label('+', label) || ''' ', '');
  end loop;
  return written::tsvector;
end $$;

-- An index of words whose entries name company and kind, and a shelf of 65,536 neighbours: a search reads nothing of other
-- companies, and a count that may stop does not gather a million people first.
create function search_shelf(company bigint, kind text, shelf bigint) returns text language sql immutable parallel safe as $$
  select company || case kind when 'contact' then 'k' else 'c' end || shelf || '/'
$$;
create function candidate_search_keys(company bigint, kind text, id bigint, words tsvector) returns tsvector language sql immutable parallel safe as $$
  select replace(' ' || strip(words)::text, ' ''', ' ''' || public.search_shelf(company, kind, id >> 16))::tsvector
$$;

drop trigger candidate_words_new on candidate;
drop trigger candidate_words_changed on candidate;
-- One rewrite of the table for all of it.
alter table candidate drop column search_text, drop column folded_tags, drop column folded_skills,
  add column search_words tsvector not null generated always as (candidate_search_words(first_name, last_name, trade, skills, town, tags, organisation)) stored;
drop function candidate_search_text, candidate_search_words(text, text), fold_all;
-- Without a list of entries that wait to be put in order: every search of every shelf would read it from one end to the other.
create index candidate_search on candidate using gin (candidate_search_keys(company_id, kind, id, search_words)) with (fastupdate = off);

create function search_shelves(company bigint, kind text) returns text[] language sql stable parallel safe as $$
  select array_agg(public.search_shelf($1, $2, shelf)) from generate_series(
    (select min(c.id) from public.candidate c where c.company_id = $1 and c.kind = $2) >> 16,
    (select max(c.id) from public.candidate c where c.company_id = $1 and c.kind = $2) >> 16) shelf
$$;

-- What is asked for, as a query in which chr(1) stands for the shelf: every word begins a word of the record. Null finds nobody.
create function search_asked(words text[], tag text, skill text) returns text language sql immutable parallel safe as $$
  select string_agg(part, ' & ') from (
    select '''' || chr(1) || word || ''':*' as part from regexp_split_to_table(public.search_folded(array_to_string(words, ' ')), ' ') word where word <> ''
    union all select '''' || chr(1) || public.search_label('#', tag) || '''' where tag <> ''
    union all select '''' || chr(1) || public.search_label('+', skill) || '''' where skill <> '') parts
$$;
-- The same, asking for words that stand on records where few begin so: an index finds a word far sooner than a beginning.
create function search_asked_known(company bigint, words text[], tag text, skill text) returns text language sql stable parallel safe as $$
  select nullif(concat_ws(' & ', string_agg('(' || case cardinality(known.words) when 0 then given.exact when 13 then given.exact || ':*' else array_to_string(known.words, ' | ') end || ')', ' & '),
    public.search_asked('{}', tag, skill)), '')
  from regexp_split_to_table(public.search_folded(array_to_string(words, ' ')), ' ') asked
  cross join lateral (select '''' || chr(1) || asked || '''' as exact) given
  cross join lateral (select array(
    select '''' || chr(1) || k.word || '''' from public.search_word k
    where k.company_id = company and k.word between (asked collate "C") and (asked || chr(1114111)) order by k.word limit 13) as words) known
  where asked <> ''
$$;
create function search_everywhere(company bigint, kind text, asked text) returns tsquery language sql stable parallel safe as $$
  select string_agg('(' || replace(asked, chr(1), shelf) || ')', ' | ')::tsquery from unnest(public.search_shelves(company, kind)) shelf
$$;

create function is_word_used(company bigint, word text) returns boolean language sql stable as $$
  select exists (
    select from unnest(array['candidate', 'contact']) kind cross join lateral unnest(public.search_shelves(company, kind)) shelf
    cross join lateral (select from public.candidate c where public.candidate_search_keys(c.company_id, c.kind, c.id, c.search_words) @@ ('''' || shelf || word || '''')::tsquery offset 0) c)
$$;

-- All words of records, so that a search may rely on them; they are only taken away while nobody learns new ones.
drop function words_to_learn(text);
create function words_to_learn(words tsvector) returns setof text language sql immutable parallel safe as $$
  select lexeme from unnest(tsvector_to_array(words)) lexeme where left(lexeme, 1) not in ('#', '+')
$$;
create function hold_words(company bigint) returns void language sql as $$ select pg_advisory_xact_lock_shared(hashtext('search_word'), company::int) $$;
-- Word by word through the index, whatever the statistics say of a table that was empty when they were made.
create or replace function learn_new_words() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  perform public.hold_words(company_id) from (select distinct company_id from new_rows) n;
  insert into public.search_word (company_id, word)
  select n.company_id, n.word from (select distinct r.company_id, w as word from new_rows r cross join lateral public.words_to_learn(r.search_words) w) n
  where (select true from public.search_word k where k.company_id = n.company_id and k.word = n.word collate "C" limit 1) is null;
  return null;
end $$;
create or replace function learn_changed_words() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  perform public.hold_words(new.company_id);
  insert into public.search_word (company_id, word)
  select new.company_id, w from public.words_to_learn(new.search_words) w
  where (select true from public.search_word k where k.company_id = new.company_id and k.word = w collate "C" limit 1) is null;
  return null;
end $$;
create trigger candidate_words_new after insert on candidate referencing new table as new_rows for each statement execute function learn_new_words();
create trigger candidate_words_changed after update of first_name, last_name, trade, skills, town, tags, organisation on candidate
  for each row when (old.search_words is distinct from new.search_words) execute function learn_changed_words();

drop index search_word_alike;
truncate search_word;
insert into search_word (company_id, word) select distinct c.company_id, w from candidate c cross join lateral words_to_learn(c.search_words) w;
-- Only words worth correcting: long enough, and without digits.
create index search_word_alike on search_word using gin (word gin_trgm_ops) with (fastupdate = off) where length(word) between 4 and 40 and word !~ '[0-9]';
create or replace function near_words(company bigint, asked text) returns setof text language sql stable set pg_trgm.similarity_threshold = 0.2 as $$
  select word from public.search_word where company_id = company and length(word) between 4 and 40 and word !~ '[0-9]' and word operator(public.%) asked
  group by word order by public.similarity(word, asked) desc, word limit 80
$$;
analyze candidate, search_word;
  `.execute(db)
}
