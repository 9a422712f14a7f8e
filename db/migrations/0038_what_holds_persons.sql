-- One table says what holds persons: a family is one row, its functions are its own, and nothing is wrapped any more.

create table person_families (
  family text not null,
  place integer generated always as identity,
  -- erases(files uuid[], orders uuid[], patterns text[], pseudonym text): takes the person out of the family's rows.
  erases text,
  -- knows(files uuid[], orders uuid[]) returns text[]: how he is called and reached there.
  knows text,
  -- holds(files uuid[]) returns table (resource text, number text, state text): open documents that still need him.
  holds text,
  constraint person_families_pkey primary key (family),
  constraint person_families_place_key unique (place),
  constraint person_families_does_something check (coalesce(erases, knows, holds) is not null)
);
comment on table person_families is 'In the order of place; read by erase_person(), customer_known_as() and customer_holds().';

-- Adds a family, or a function to one that is there. A name that is no function of this shape is refused at once.
create procedure hold_persons(family text, erases text default null, knows text default null, holds text default null)
language plpgsql as $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      (erases, '(uuid[], uuid[], text[], text)', 'void'), (knows, '(uuid[], uuid[])', 'text[]'),
      (holds, '(uuid[])', 'record')) as w(name, arguments, result)
    where w.name is not null
  loop
    if (select p.prorettype::regtype::text from pg_proc p
        where p.oid = to_regprocedure('public.' || quote_ident(wanted.name) || wanted.arguments))
      is distinct from wanted.result then
      raise exception 'there is no function % % that returns %', wanted.name, wanted.arguments, wanted.result
        using errcode = 'undefined_function';
    end if;
  end loop;
  insert into person_families (family, erases, knows, holds)
  values (hold_persons.family, hold_persons.erases, hold_persons.knows, hold_persons.holds)
  on conflict on constraint person_families_pkey do update
  set erases = coalesce(excluded.erases, person_families.erases), knows = coalesce(excluded.knows, person_families.knows),
    holds = coalesce(excluded.holds, person_families.holds);
end
$$;
revoke execute on procedure hold_persons(text, text, text, text) from public;

-- What was a chain of functions, each calling the one before it, becomes one function a family without the call. A link of the chain
-- is known by the name under which it calls the one before; that of a link which came later names its family.
do $$
declare
  shape constant text := '(uuid[], uuid[], text[], text)';
  call constant text := 'perform (erase_\w+)\(files, orders, patterns, pseudonym\);';
  known constant jsonb := '{
    "erase_present_person": "past", "erase_person_on_orders": "service_lane", "erase_person_but_identities": "identities",
    "erase_person_on_documents": "accounts", "erase_person_but_hotline": "hotline",
    "erase_person_but_for_files": "files", "erase_person_beside_complaints": "complaints",
    "erase_person_before_follow_ups": "follow_ups", "erase_person_before_quality": "quality"}';
  link text := 'erase_person';
  before text;
  definition text;
  family text;
  chain text[] := '{}';
  families text[] := '{}';
  links text[] := '{}';
begin
  loop
    definition := pg_get_functiondef(to_regprocedure('public.' || link || shape));
    before := (regexp_match(definition, call))[1];
    family := coalesce(known ->> before, regexp_replace(before, '^erase_person_(before|beside|but|on|without)_', ''), 'orders');
    chain := array[definition] || chain;
    families := array[family] || families;
    exit when before is null;
    links := links || before;
    link := before;
  end loop;
  for i in 1 .. cardinality(chain) loop
    definition := regexp_replace(chain[i], '^(create or replace function public\.)\w+', '\1erase_person_of_' || families[i], 'i');
    definition := regexp_replace(definition, call, '');
    execute definition;
    execute format('revoke execute on function %I%s from public', 'erase_person_of_' || families[i], shape);
    call hold_persons(families[i], erases => 'erase_person_of_' || families[i]);
  end loop;
  foreach link in array links loop
    execute format('drop function %I%s', link, shape);
  end loop;
end
$$;

-- The chains of names and of open documents are the first entries as they stand.
alter function customer_known_as(uuid[], uuid[]) rename to customer_known_before_families;
alter function customer_holds(uuid[]) rename to customer_holds_before_families;
call hold_persons('orders', knows => 'customer_known_before_families', holds => 'customer_holds_before_families');

create or replace function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  family text;
begin
  for family in select f.erases from person_families f where f.erases is not null order by f.place loop
    execute format('select %I($1, $2, $3, $4)', family) using files, orders, patterns, pseudonym;
  end loop;
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;

create function customer_known_as(files uuid[], orders uuid[]) returns text[] language plpgsql stable as $$
declare
  family text;
  known text[] := '{}';
  more text[];
begin
  for family in select f.knows from person_families f where f.knows is not null order by f.place loop
    execute format('select %I($1, $2)', family) into more using files, orders;
    known := known || more;
  end loop;
  return (select array_agg(distinct value) from unnest(known) as value where value is not null);
end
$$;

create function customer_holds(files uuid[]) returns table (resource text, number text, state text)
  language plpgsql stable as $$
declare
  family text;
begin
  for family in select f.holds from person_families f where f.holds is not null order by f.place loop
    return query execute format('select h.resource, h.number, h.state from %I($1) h', family) using files;
  end loop;
end
$$;
grant select on person_families to aftersales_app;
