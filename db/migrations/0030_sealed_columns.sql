-- Telephone numbers, e-mail and postal addresses are kept sealed (SEC-04; quality S12): AES-256-GCM under keys that only the server has,
-- so that a copy of the database, a backup or a look with psql shows none. SQL cannot seal, so rows of before stay in clear until
-- `aftersales seal` has come by; the server reads both.

create table sealed_columns (
  table_name text not null,
  column_name text not null,
  constraint sealed_columns_pkey primary key (table_name, column_name)
);
comment on table sealed_columns is
  'Where texts are kept as aes256gcm:KEY:BASE64. A table has id as its key, and a past (keep_history), which is sealed with it.';
insert into sealed_columns (table_name, column_name) values
  ('appointments', 'contact_phone'),
  ('complaints', 'contact_phone'),
  ('customers', 'address'),
  ('customers', 'email'),
  ('customers', 'phone'),
  ('customers', 'phone2'),
  ('service_requests', 'address'),
  ('service_requests', 'contact_phone'),
  ('work_orders', 'contact_phone');
grant select on sealed_columns to aftersales_app;

-- The next rows of a table, or of its past, behind a place, with the texts of its sealed columns in the order of their names. With the
-- owner's rights, because the past is not the server's to write; rows of the present are locked against those who write them.
create function sealed_page(tbl text, is_past boolean, after_id uuid, after_since timestamptz, size integer)
  returns table (id uuid, since timestamptz, texts text[])
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  columns text;
begin
  select string_agg(format('t.%I', s.column_name), ', ' order by s.column_name) into strict columns
  from sealed_columns s where s.table_name = tbl;
  return query execute
    case when is_past
      then format(
        'select t.id, t.recorded_from, array[%s] from %I t where (t.id, t.recorded_from) > ($1, $2) '
          || 'order by t.id, t.recorded_from limit $3', columns, tbl || '_history')
      else format(
        'select t.id, t.recorded_from, array[%s] from %I t where t.id > $1 order by t.id limit $3 for no key update',
        columns, tbl)
    end
  using after_id, after_since, size;
end
$$;

-- Puts other texts in place of those that `sealed_page` gave. What a row says stays the same, so it makes no version: a change at the
-- instant from which the row holds already leaves none (0014).
create function store_sealed(tbl text, is_past boolean, ids uuid[], sinces timestamptz[], kept jsonb) returns integer
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  session_instant constant text := current_setting('app.at', true);
  changes text;
  count integer;
begin
  select string_agg(format('%1$I = coalesce(k.item ->> %1$L, t.%1$I)', s.column_name), ', ') into strict changes
  from sealed_columns s where s.table_name = tbl;
  perform set_config('app.at', '-infinity', true);
  execute format(
    'update %I t set %s from unnest($1, $2) with ordinality as r(id, since, place) '
      || 'join jsonb_array_elements($3) with ordinality as k(item, place) on k.place = r.place '
      || 'where t.id = r.id%s',
    tbl || case when is_past then '_history' else '' end, changes,
    case when is_past then ' and t.recorded_from = r.since' else '' end)
  using ids, sinces, kept;
  get diagnostics count = row_count;
  perform set_config('app.at', coalesce(session_instant, ''), true);
  return count;
end
$$;
revoke execute on function sealed_page(text, boolean, uuid, timestamptz, integer) from public;
revoke execute on function store_sealed(text, boolean, uuid[], timestamptz[], jsonb) from public;
grant execute on function sealed_page(text, boolean, uuid, timestamptz, integer) to aftersales_app;
grant execute on function store_sealed(text, boolean, uuid[], timestamptz[], jsonb) to aftersales_app;

-- Kept answers are sealed whole, which makes them a third longer. Which documents an answer names is noted beside it, so that an
-- erasure finds it.
alter table idempotency_keys
  drop constraint idempotency_keys_body_length,
  add constraint idempotency_keys_body_length check (length(body) <= 360448),
  add column mentions uuid[] not null default '{}';
comment on column idempotency_keys.mentions is 'Identities that the body names; empty for a body in clear, which names them itself.';

do $$
declare
  reader record;
  clear constant text := 'position\(convert_to\((\w+\.)?id::text, ''UTF8''\) in k\.body\) > 0';
begin
  for reader in
    select pg_get_functiondef(p.oid) as definition
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prosrc ~ clear
  loop
    execute regexp_replace(reader.definition, clear, '(\& or \1id = any (k.mentions))', 'g');
  end loop;
end
$$;

-- As in 0013, but a number that comes twice, as one that was sealed twice does, is one number: its digits are not counted twice.
create or replace function personal_patterns(known text[]) returns text[] language sql immutable as $$
  select coalesce(array_agg(distinct pattern), '{}')
  from (
    -- A telephone number, however it is grouped, not within a longer number.
    select '(?<![0-9])(\+?(00)?86[ -]*)?' || string_agg(digit, '[ -]*' order by place) || '(?![0-9])' as pattern
    from (
      select value, regexp_replace(regexp_replace(value, '\D', '', 'g'), '^(00)?86(?=1[3-9]\d{9}$)', '') as digits
      from (select distinct unnest(known) as value) as each
      where value ~ '^\+?[0-9][0-9 -]*$'
    ) as telephones, regexp_split_to_table(digits, '') with ordinality as parts(digit, place)
    where length(digits) >= 5
    group by value
    union all
    -- Anything else as it was written, with any white space. One character alone says nothing and would match anywhere.
    select regexp_replace(regexp_replace(trim(value), '([.^$*+?()\[\]{}|\\-])', '\\\1', 'g'), '\s+', '\\s+', 'g')
    from unnest(known) as value
    where value !~ '^\+?[0-9][0-9 -]*$' and length(trim(value)) >= 2
  ) as patterns
$$;

-- How a person is called and reached in everything that names him, as it is kept: sealed texts are opened by the server, which hands
-- them to erase_customer().
create function person_known_as(subject uuid) returns setof text
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  session_scope constant text := current_setting('app.scope');
  files constant uuid[] := customer_files(subject);
begin
  perform set_config('app.scope', '*', true);
  return query
    select unnest(customer_known_as(files, array(select w.id from work_orders w where w.customer_id = any (files))));
  perform set_config('app.scope', session_scope, true);
end
$$;

-- As in 0013; the words by which he is known come from the server.
create function erase_customer(
  subject uuid, erased_at timestamptz, erased_by text, erased_by_id uuid, known text[]
) returns table (order_id uuid, order_number text, order_version integer)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  session_scope constant text := current_setting('app.scope');
  files constant uuid[] := customer_files(subject);
  orders uuid[];
  pseudonym text;
begin
  select c.number into pseudonym from customers c where c.id = subject;
  if pseudonym is null then return; end if;
  perform set_config('app.scope', '*', true);
  perform from customers c where c.id = any (files) order by c.id for update;
  select coalesce(array_agg(w.id), '{}') into orders from work_orders w where w.customer_id = any (files);
  if exists (select from customer_holds(files)) then
    raise exception using errcode = 'check_violation', constraint = 'customers_legal_hold', table = 'customers',
      message = 'open documents need the personal data';
  end if;

  perform erase_person(files, orders, personal_patterns(known), pseudonym);
  update customers c
  set version = c.version + 1, updated_at = erased_at, updated_by = erased_by, updated_by_id = erased_by_id
  where c.id = any (files) and c.id <> subject;
  return query
    update work_orders w
    set version = w.version + 1, updated_at = erased_at, updated_by = erased_by, updated_by_id = erased_by_id
    where w.id = any (orders)
    returning w.id, w.number, w.version;
  perform set_config('app.scope', session_scope, true);
end
$$;
-- The release before knows nothing sealed.
create or replace function erase_customer(
  subject uuid, erased_at timestamptz, erased_by text, erased_by_id uuid
) returns table (order_id uuid, order_number text, order_version integer)
  language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  select e.order_id, e.order_number, e.order_version
  from erase_customer($1, $2, $3, $4, array(select person_known_as($1))) e
$$;

-- Of kept answers that the server opened, takes away those that call somebody by one of the names.
create function erase_kept_answers(subjects uuid[], operations text[], keys text[], bodies text[], known text[])
  returns integer
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  patterns constant text[] := personal_patterns(known);
  count integer;
begin
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8'), mentions = '{}'
  from unnest(subjects, operations, keys, bodies) as o(subject_id, operation, key, body)
  where k.subject_id = o.subject_id and k.operation = o.operation and k.key = o.key and o.body ~* any (patterns);
  get diagnostics count = row_count;
  return count;
end
$$;
revoke execute on function person_known_as(uuid) from public;
revoke execute on function erase_customer(uuid, timestamptz, text, uuid, text[]) from public;
revoke execute on function erase_kept_answers(uuid[], text[], text[], text[], text[]) from public;
grant execute on function person_known_as(uuid) to aftersales_app;
grant execute on function erase_customer(uuid, timestamptz, text, uuid, text[]) to aftersales_app;
grant execute on function erase_kept_answers(uuid[], text[], text[], text[], text[]) to aftersales_app;
