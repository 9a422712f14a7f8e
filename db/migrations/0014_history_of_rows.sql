-- Reading the past (domain.md section 3): every row of every document as it stood at any instant.
--
-- A table that keeps its history has a twin, <table>_history, into which a trigger moves each row that is changed or deleted, with
-- the half-open interval [recorded_from, recorded_to) in which it held; the row in the table itself holds from recorded_from
-- to infinity. Both are children of <table>_versions, which has no rows of its own, so that one scan with one policy covers
-- both and every index is of use. The schema as_of has a view of the table's name over all versions at the instant app.as_of.
-- A session that reads the past sets search_path to as_of alone: every query of the product reads the past as it is written,
-- and a table without such a view is an error instead of a lie.

create schema as_of;
grant usage on schema as_of to aftersales_app;

-- The instant that a view shows; without one the statement fails.
create function as_of.instant() returns timestamptz language sql stable
  return current_setting('app.as_of')::timestamptz;
grant execute on function as_of.instant() to aftersales_app;

-- Gives a table its history, or brings it up to date after a column was added to the table: to be called again then. A column
-- is renamed or changed in <table>_versions, which does it in both children.
--
--   since     SQL expression over the row (alias t): since when a row that is there already holds
--   lookups   by which the past is looked up besides the primary key: lists of columns, e.g. '{work_order_id}'
--   hidden    columns that are not kept (secrets); null in the past
create procedure keep_history(tbl text, since text, lookups text[] default '{}', hidden text[] default '{}')
language plpgsql as $procedure$
declare
  twin constant text := tbl || '_history';
  versions constant text := tbl || '_versions';
  kept text[];
  key text;
  names text;
  shown text;
  col record;
  own_time text := '';
begin
  select array_agg(a.attname::text order by a.attnum) into kept
  from pg_attribute a
  where a.attrelid = format('public.%I', tbl)::regclass and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = '' and a.attname not in ('recorded_from', 'recorded_to')
    and not a.attname::text = any (hidden);
  names := (select string_agg(quote_ident(name), ', ' order by place) from unnest(kept) with ordinality as k(name, place));

  execute format(
    'create table if not exists public.%I (recorded_from timestamptz(3) not null, recorded_to timestamptz(3) not null, '
      || 'constraint %I check (false) no inherit)', versions, versions || '_empty');
  execute format('alter table public.%I add column if not exists recorded_from timestamptz(3)', tbl);
  execute format(
    'alter table public.%I add column if not exists recorded_to timestamptz(3) not null default ''infinity''', tbl);
  execute format(
    'update public.%I t set recorded_from = coalesce((%s), now()) where recorded_from is null', tbl, since);
  execute format('alter table public.%I alter column recorded_from set not null', tbl);
  for col in
    select a.attname, format_type(a.atttypid, a.atttypmod) as type
    from pg_attribute a
    where a.attrelid = format('public.%I', tbl)::regclass and a.attname::text = any (kept)
      and not exists (
        select from pg_attribute v
        where v.attrelid = format('public.%I', versions)::regclass and v.attname = a.attname)
    order by a.attnum
  loop
    execute format('alter table public.%I add column %I %s', versions, col.attname, col.type);
  end loop;
  execute format(
    'create table if not exists public.%I (constraint %I check (recorded_to > recorded_from)) inherits (public.%I)',
    twin, twin || '_forward', versions);
  if not exists (
    select from pg_inherits i
    where i.inhrelid = format('public.%I', tbl)::regclass and i.inhparent = format('public.%I', versions)::regclass
  ) then
    execute format('alter table public.%I inherit public.%I', tbl, versions);
  end if;

  select string_agg(quote_ident(a.attname), ', ' order by k.place) into key
  from pg_index i
    cross join unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where i.indrelid = format('public.%I', tbl)::regclass and i.indisprimary;
  if key is not null then
    execute format(
      'create index if not exists %I on public.%I (%s, recorded_from)', twin || '_key_idx', twin, key);
  end if;
  for col in select unnest(lookups) as columns loop
    execute format(
      'create index if not exists %I on public.%I (%s)',
      twin || '_' || regexp_replace(col.columns, '\W+', '_', 'g') || '_idx', twin, col.columns);
  end loop;

  -- Whoever may see a row may see its past, and nobody else.
  if (select c.relrowsecurity from pg_class c where c.oid = format('public.%I', tbl)::regclass) then
    for col in
      select r.name, p.policyname, regexp_replace(p.qual, '\m' || tbl || '\.', r.name || '.', 'g') as qual
      from pg_policies p cross join unnest(array[twin, versions]) as r(name)
      where p.schemaname = 'public' and p.tablename = tbl
    loop
      execute format('alter table public.%I enable row level security', col.name);
      execute format('alter table public.%I force row level security', col.name);
      execute format('drop policy if exists %I on public.%I', col.policyname, col.name);
      execute format('create policy %I on public.%I using (%s)', col.policyname, col.name, col.qual);
    end loop;
  end if;
  execute format('grant select on public.%I to aftersales_app', versions);

  -- The instant of a change: that of the request (app.at), else the one that the row says itself, else now. Never before the
  -- version that it ends; two changes at one instant leave one version.
  if 'updated_at' = any (kept) then own_time := 'new.updated_at, '; end if;
  execute format(
    $body$
      create or replace function public.%1$I() returns trigger
        language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
      declare
        instant timestamptz(3);
      begin
        if tg_op = 'DELETE' then
          instant := coalesce(nullif(current_setting('app.at', true), '')::timestamptz, clock_timestamp());
        else
          instant := coalesce(nullif(current_setting('app.at', true), '')::timestamptz, %2$s clock_timestamp());
        end if;
        if tg_op = 'INSERT' then
          new.recorded_from := instant;
          new.recorded_to := 'infinity';
          return new;
        end if;
        if tg_op = 'UPDATE' and new is not distinct from old then return new; end if;
        instant := greatest(instant, old.recorded_from);
        if instant > old.recorded_from then
          insert into public.%3$I (%4$s, recorded_from, recorded_to)
          values (%5$s, old.recorded_from, instant);
        end if;
        if tg_op = 'DELETE' then return old; end if;
        new.recorded_from := instant;
        new.recorded_to := 'infinity';
        return new;
      end
      $$
    $body$,
    tbl || '_keep_history', own_time, twin, names,
    (select string_agg('old.' || quote_ident(name), ', ' order by place)
      from unnest(kept) with ordinality as k(name, place)));
  execute format(
    'create or replace trigger %I before insert or update or delete on public.%I for each row execute function public.%I()',
    tbl || '_keep_history', tbl, tbl || '_keep_history');

  select string_agg(
      case
        when a.attname::text = any (hidden)
          then format('null::%s as %I', format_type(a.atttypid, a.atttypmod), a.attname)
        when a.attgenerated <> '' then format('(%s) as %I', pg_get_expr(d.adbin, d.adrelid), a.attname)
        else quote_ident(a.attname)
      end, ', ' order by a.attnum) into shown
  from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = format('public.%I', tbl)::regclass and a.attnum > 0 and not a.attisdropped
    and a.attname not in ('recorded_from', 'recorded_to');
  execute format(
    'create or replace view as_of.%I with (security_invoker = true) as select %s from public.%I '
      || 'where recorded_from <= as_of.instant() and recorded_to > as_of.instant()', tbl, shown, versions);
  execute format('grant select on as_of.%I to aftersales_app', tbl);
end
$procedure$;

-- A table whose rows are never changed needs no twin: a row is there from an instant of its own on.
create procedure show_history(tbl text, instant text) language plpgsql as $procedure$
begin
  execute format(
    'create or replace view as_of.%1$I with (security_invoker = true) as '
      || 'select * from public.%1$I where %2$I <= as_of.instant()', tbl, instant);
  execute format('grant select on as_of.%I to aftersales_app', tbl);
end
$procedure$;
revoke execute on procedure keep_history(text, text, text[], text[]) from public;
revoke execute on procedure show_history(text, text) from public;

set local app.scope = '*';

call keep_history('regions', 't.updated_at', '{"code"}');
call keep_history('stations', 't.updated_at', '{"code","region_id"}');
call keep_history('users', 't.updated_at', '{"username","station_id, username"}', '{password_hash}');
call keep_history('delegations', 'coalesce(t.revoked_at, t.created_at)', '{"from_user_id","to_user_id"}');
call keep_history(
  'clients', 't.updated_at', '{"client_id","station_id, client_id"}', '{secret_hash,previous_secret_hash}');
call keep_history('vehicle_models', 't.updated_at', '{"code"}');
call keep_history('labour_operations', 't.updated_at', '{"code"}');
call keep_history(
  'labour_operation_hours', 'select o.updated_at from public.labour_operations o where o.id = t.operation_id');
call keep_history('service_items', 't.updated_at', '{"code"}');
call keep_history(
  'service_item_operations', 'select i.updated_at from public.service_items i where i.id = t.service_item_id');
call keep_history('customers', 't.updated_at', '{"number","station_id, created_at, id","created_at, id"}');
call keep_history(
  'customer_telephones', 'select c.updated_at from public.customers c where c.id = t.customer_id', '{"digest"}');
call keep_history('customer_vehicles', 'coalesce(t.ended_at, t.created_at)', '{"customer_id","vehicle_id"}');
call keep_history('vehicles', 't.updated_at', '{"vin text_pattern_ops","created_at, id"}');
call keep_history(
  'work_orders', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","customer_id","vehicle_id"}');
call keep_history(
  'job_lines', 'select w.updated_at from public.work_orders w where w.id = t.work_order_id', '{"work_order_id"}');
call keep_history(
  'job_line_parts', 'select w.updated_at from public.work_orders w where w.id = t.work_order_id', '{"work_order_id"}');
call keep_history('technician_clockings', 'coalesce(t.stopped_at, t.started_at)', '{"work_order_id"}');
call keep_history(
  'customer_decisions', 'select w.updated_at from public.work_orders w where w.id = t.work_order_id');

call show_history('odometer_readings', 'recorded_at');
call show_history('estimates', 'issued_at');
call show_history('quality_inspections', 'inspected_at');
call show_history('invoices', 'issued_at');
call show_history('notes', 'created_at');
call show_history('events', 'occurred_at');
call show_history('personal_data_reads', 'read_at');

-- Erasure of a person reaches the past too: what he was called then is looked for, and no version keeps it.
create or replace function customer_known_as(files uuid[], orders uuid[]) returns text[] language sql stable as $$
  select array_agg(distinct value)
  from (
    select unnest(array[c.name, c.phone, c.phone2, c.email, c.address]) as value
    from customers_versions c
    where c.id = any (files)
    union all
    select unnest(array[w.contact_name, w.contact_phone, w.inspection ->> 'confirmedBy', w.authorisation ->> 'decidedBy'])
    from work_orders_versions w
    where w.id = any (orders)
    union all
    select d.decided_by from customer_decisions_versions d where d.work_order_id = any (orders)
  ) as known
  where value is not null
$$;

alter function erase_person(uuid[], uuid[], text[], text) rename to erase_present_person;

create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  perform erase_present_person(files, orders, patterns, pseudonym);
  -- Behind it, because what it changed has become past.
  update customers_history c
  set name = c.number, phone = '00000', phone2 = null, email = null, address = null, city = null,
    contact_preference = null, wished_service = null, note = null, external_ids = '{}'
  where c.id = any (files);
  delete from customer_telephones_history t where t.customer_id = any (files);
  update work_orders_history w
  set summary = without_person(w.summary, patterns, pseudonym), note = without_person(w.note, patterns, pseudonym),
    diagnosis = without_person(w.diagnosis, patterns, pseudonym),
    exit_reason = without_person(w.exit_reason, patterns, pseudonym),
    promised_quality = without_person(w.promised_quality, patterns, pseudonym),
    contact_name = null, contact_phone = null,
    inspection = jsonb_set(
      without_person(w.inspection, patterns, pseudonym), '{confirmedBy}', to_jsonb(pseudonym), false),
    authorisation = jsonb_set(
      without_person(w.authorisation, patterns, pseudonym), '{decidedBy}', to_jsonb(pseudonym), false)
  where w.id = any (orders);
  update customer_decisions_history d set decided_by = pseudonym where d.work_order_id = any (orders);
  update job_lines_history l
  set description = without_person(l.description, patterns, pseudonym),
    concern = without_person(l.concern, patterns, pseudonym), cause = without_person(l.cause, patterns, pseudonym),
    correction = without_person(l.correction, patterns, pseudonym),
    sublet_description = without_person(l.sublet_description, patterns, pseudonym),
    travel_description = without_person(l.travel_description, patterns, pseudonym)
  where l.work_order_id = any (orders);
  update job_line_parts_history p
  set description = without_person(p.description, patterns, pseudonym)
  where p.work_order_id = any (orders);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
