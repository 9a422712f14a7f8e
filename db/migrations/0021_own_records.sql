-- Own jobs and own records (requirements.md section 33): technicians, field staff and outsourced providers see the orders that are
-- their job, a customer his own.
--
-- A session of somebody who sees nothing but his own says whose that is in app.holder, beside app.scope (db/README.md). A session
-- that does not set it (the release before, a migration) is not narrowed.

create function holder() returns uuid[] language sql stable as $$
  select nullif(current_setting('app.holder', true), '')::uuid[]
$$;
comment on function holder() is
  'For policies: … and ((select holder()) is null or created_by_id = any ((select holder())::uuid[]))';
grant execute on function holder() to aftersales_app;

set local app.scope = '*';

-- Whose job an order is: who was assigned to it or to one of its lines, and who worked on it.
alter table work_orders add column technician_ids uuid[] not null default '{}';
comment on column work_orders.technician_ids is 'Sorted, each once: assigned to the order or a line of it, or worked on it.';
alter table work_orders disable trigger user;
update work_orders w
set technician_ids = t.ids
from (
  select p.work_order_id, array_agg(distinct p.technician_id order by p.technician_id) as ids
  from (
    select work_order_id, technician_id from job_lines where technician_id is not null
    union all
    select work_order_id, technician_id from technician_clockings
  ) p
  group by p.work_order_id
) t
where t.work_order_id = w.id;
alter table work_orders enable trigger user;
create index work_orders_technician_ids_idx on work_orders using gin (technician_ids);

-- The customer for whom a user of the customer front end speaks (D-27).
alter table users add column customer_id uuid;
alter table users add constraint users_customer_id_fkey foreign key (customer_id, station_id)
  references customers (id, station_id);
alter table users add constraint users_customer_at_station check (customer_id is null or station_id is not null);
create index users_customer_id_idx on users (customer_id) where customer_id is not null;

-- The second wall: in documents that say themselves whose they are. What hangs on them is reached through them. A version of the past
-- is own if its document is own now: these look at the present row, by its own policy.
create function holds_order(document uuid) returns boolean language plpgsql stable cost 10 as $$
begin
  return exists (select from public.work_orders d where d.id = document);
end
$$;
create function holds_request(document uuid) returns boolean language plpgsql stable cost 10 as $$
begin
  return exists (select from public.service_requests d where d.id = document);
end
$$;
create function holds_appointment(document uuid) returns boolean language plpgsql stable cost 10 as $$
begin
  return exists (select from public.appointments d where d.id = document);
end
$$;
grant execute on function holds_order(uuid), holds_request(uuid), holds_appointment(uuid) to aftersales_app;

create procedure narrow_to_holder(tbl text, own text) language plpgsql as $$
declare
  policy record;
begin
  for policy in
    select tablename, policyname, qual from pg_policies
    where schemaname = 'public' and policyname = tbl || '_scope'
      and tablename in (tbl, tbl || '_history', tbl || '_versions')
  loop
    execute format(
      'alter policy %I on public.%I using ((%s) and ((select public.holder()) is null or %s))',
      policy.policyname, policy.tablename, policy.qual, own);
  end loop;
end
$$;
revoke execute on procedure narrow_to_holder(text, text) from public;

call keep_history(
  'work_orders', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","customer_id","vehicle_id"}');
call keep_history('users', 't.updated_at', '{"username","station_id, username"}', '{password_hash}');

call narrow_to_holder(
  'work_orders',
  'technician_ids && (select public.holder())::uuid[] or customer_id = any ((select public.holder())::uuid[]) '
    || 'or recorded_to <> ''infinity'' and public.holds_order(id)');
call narrow_to_holder(
  'appointments',
  'created_by_id = any ((select public.holder())::uuid[]) or customer_id = any ((select public.holder())::uuid[]) '
    || 'or recorded_to <> ''infinity'' and public.holds_appointment(id)');
call narrow_to_holder(
  'service_requests',
  'created_by_id = any ((select public.holder())::uuid[]) or customer_id = any ((select public.holder())::uuid[]) '
    || 'or public.holds_order(work_order_id) or recorded_to <> ''infinity'' and public.holds_request(id)');

-- Who may be put on a job: people of the station, and the maker's field staff who work there (ORG-S-5), who may belong to the region
-- or to no place at all. Of those that are named, that they may crosses the scope, and nothing else.
create function assignable_people(people uuid[], at_station uuid) returns table (id uuid) language plpgsql as $$
declare
  scope text := current_setting('app.scope');
begin
  perform set_config('app.scope', '*', true);
  return query
    select u.id
    from users u
    where u.id = any (people) and u.state = 'active'
      and (u.station_id = at_station
        or u.roles @> array['fieldService'] and u.station_id is null and u.supplier_id is null
          and (u.region_id is null or u.region_id = (select s.region_id from stations s where s.id = at_station)));
  perform set_config('app.scope', scope, true);
end
$$;
revoke execute on function assignable_people(uuid[], uuid) from public;
grant execute on function assignable_people(uuid[], uuid) to aftersales_app;

-- Whoever erases a customer ends and erases his account with it; what he wrote under his own name names him no more.
alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_on_documents;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  accounts uuid[];
  author record;
  wrote boolean;
begin
  perform erase_person_on_documents(files, orders, patterns, pseudonym);
  select coalesce(array_agg(u.id), '{}') into accounts from users u where u.customer_id = any (files);
  if cardinality(accounts) = 0 then return; end if;
  update users u
  set username = 'erased-' || u.id, display_name = pseudonym, state = 'disabled', external_ids = '{}',
    not_before = now(), version = u.version + 1, updated_at = now()
  where u.id = any (accounts);
  update users_history u
  set username = 'erased-' || u.id, display_name = pseudonym, external_ids = '{}'
  where u.id = any (accounts);
  update tokens t set revoked_at = now() where t.user_id = any (accounts) and t.revoked_at is null;
  perform pg_notify('access_changed', 'user:' || account) from unnest(accounts) as a(account);
  update events e
  set subject_number = 'erased-' || e.subject_id, changes = '[]'
  where e.resource = 'user' and e.subject_id = any (accounts);
  update events e set actor_name = pseudonym where e.actor_id = any (accounts);
  -- Every table that says who did what, the present first, because what it changes becomes past.
  for author in
    select c.table_name, left(c.column_name, -3) as named, c.column_name as identity
    from information_schema.columns c
      join information_schema.columns n
        on n.table_schema = c.table_schema and n.table_name = c.table_name and n.column_name || '_id' = c.column_name
      join information_schema.tables t
        on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
    where c.table_schema = 'public' and c.column_name ~ '_by_id$' and c.table_name !~ '_versions$'
    order by c.table_name ~ '_history$', c.table_name, c.column_name
  loop
    -- A table that takes no change must not be asked for none.
    execute format('select exists (select from public.%I where %I = any ($1))', author.table_name, author.identity)
      into wrote using accounts;
    if wrote then
      execute format(
        'update public.%I set %I = $1 where %I = any ($2)', author.table_name, author.named, author.identity)
        using pseudonym, accounts;
    end if;
  end loop;
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8')
  where k.subject_id = any (accounts) or exists (
    select from unnest(accounts) as a(id) where position(convert_to(a.id::text, 'UTF8') in k.body) > 0);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
