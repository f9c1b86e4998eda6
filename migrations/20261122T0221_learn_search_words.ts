import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- The words that stand on records, to find the one that a mistyped word means: far fewer than records, so that a look takes
-- milliseconds. No unique key on purpose: two imports that learn the same word at once must not wait for each other, and a word
-- that stands here twice does no harm. Nor does one whose record is gone: a word is only offered when it finds somebody.
create table search_word (
  company_id bigint not null references company on delete cascade,
  word text collate "C" not null
);
create index search_word_known on search_word (company_id, word);
create index search_word_alike on search_word using gin (word gin_trgm_ops);

-- The words of a text worth correcting: long enough, and without digits.
create function words_to_learn(search_text text) returns setof text language sql immutable parallel safe as $$
  select distinct word from regexp_split_to_table(translate(search_text, chr(1) || chr(2) || chr(3) || chr(4), ''), ' +') word
  where length(word) between 4 and 40 and word !~ '[0-9]'
$$;

create function learn_new_words() returns trigger language plpgsql as $$
begin
  insert into public.search_word (company_id, word)
  select distinct n.company_id, w from new_rows n cross join lateral public.words_to_learn(n.search_text) w
  where not exists (select from public.search_word k where k.company_id = n.company_id and k.word = w collate "C");
  return null;
end $$;
create trigger candidate_words_new after insert on candidate referencing new table as new_rows for each statement execute function learn_new_words();

create function learn_changed_words() returns trigger language plpgsql as $$
begin
  insert into public.search_word (company_id, word)
  select new.company_id, w from public.words_to_learn(new.search_text) w
  where not exists (select from public.search_word k where k.company_id = new.company_id and k.word = w collate "C");
  return null;
end $$;
create trigger candidate_words_changed after update of first_name, last_name, trade, skills, town, tags, organisation on candidate
  for each row when (old.search_text is distinct from new.search_text) execute function learn_changed_words();

insert into search_word (company_id, word)
select distinct c.company_id, w from candidate c cross join lateral words_to_learn(c.search_text) w;

-- Words that share some letters with the one asked for, likest first; who asks compares them closely.
select show_limit();
create function near_words(company bigint, asked text) returns setof text language sql stable set pg_trgm.similarity_threshold = 0.2 as $$
  select word from public.search_word where company_id = company and word operator(public.%) asked
  group by word order by public.similarity(word, asked) desc, word limit 80
$$;
  `.execute(db)
}
