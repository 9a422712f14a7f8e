-- The record of shown personal data costs what a request costs, not what a page of customers costs (SEC-04): one row a request and
-- station in place of one a customer (of somebody without a file one a document, as before), narrow rows that lead from customers to
-- it, and none of the locks that a foreign key takes on every customer shown.

set local app.scope = '*';

-- Which customers a row of personal_data_reads showed. An array in that row would be cheaper to write, but could not be searched:
-- operators of arrays are not leakproof, so PostgreSQL uses no index for them under row-level security.
create table personal_data_read_customers (
  customer_id uuid not null,
  read_at timestamptz(3) not null,
  read_id uuid not null,
  part integer not null,
  station_id uuid not null,
  constraint personal_data_read_customers_pkey primary key (customer_id, read_at, read_id)
);
comment on table personal_data_read_customers is
  'Customers are never deleted, and record_personal_data_reads() looks each of them up, so there is no foreign key.';
alter table personal_data_read_customers enable row level security;
alter table personal_data_read_customers force row level security;
create policy personal_data_read_customers_scope on personal_data_read_customers using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select on personal_data_read_customers to aftersales_app;
insert into personal_data_read_customers (customer_id, read_at, read_id, part, station_id)
select r.customer_id, r.read_at, r.id, 1, r.station_id from personal_data_reads r where r.customer_id is not null;

drop view as_of.personal_data_reads;
alter table personal_data_reads
  add column part integer not null default 1,
  -- The key, which came first in personal_data_reads_customer_id_idx, goes with its column.
  drop constraint personal_data_reads_of_somebody,
  drop column customer_id,
  drop constraint personal_data_reads_pkey,
  add constraint personal_data_reads_pkey primary key (id, part),
  add constraint personal_data_reads_of_somebody check ((subject_id is null) = (subject_resource is null));
alter table personal_data_reads alter column part drop default;
comment on column personal_data_reads.part is
  'Rows of one request share its identity: a request of the whole network has one a station, as rows are seen by station.';
call show_history('personal_data_reads', 'read_at');
call show_history('personal_data_read_customers', 'read_at');

-- Writes down what requests showed. Element n of the first arrays is request n. Those from `places` on name, each once, the persons
-- whom the request in that place showed: by the file, or by the document that names somebody without one. With the owner's rights,
-- because a request may show a customer of another station than the caller's (a service request that was handed over). A customer
-- who does not exist has no station, and then nothing is recorded, so nothing is shown.
create function record_personal_data_reads(
  ids uuid[], instants timestamptz[], actor_kinds text[], actor_ids uuid[], actor_names text[], role_lists text[],
  request_ids text[], operations text[], purposes text[],
  places integer[], customers uuid[], subject_resources text[], subject_ids uuid[], subject_stations uuid[]
) returns void
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  session_scope constant text := current_setting('app.scope');
begin
  perform set_config('app.scope', '*', true);
  with persons as materialized (
    select n.place, n.customer_id, n.subject_resource, n.subject_id, coalesce(c.station_id, n.station_id) as station_id,
      min(n.part) over (partition by n.place, coalesce(c.station_id, n.station_id), n.subject_id)::integer as part,
      n.part as own_part
    from unnest(places, record_personal_data_reads.customers, subject_resources, subject_ids, subject_stations)
        with ordinality as n(place, customer_id, subject_resource, subject_id, station_id, part)
      left join customers c on c.id = n.customer_id
  ), reads as (
    insert into personal_data_reads (id, part, station_id, subject_resource, subject_id, read_at, actor_kind, actor_id,
      actor_name, actor_roles, request_id, operation, purpose)
    select ids[p.place], p.part, p.station_id, p.subject_resource, p.subject_id, instants[p.place], actor_kinds[p.place],
      actor_ids[p.place], actor_names[p.place], string_to_array(role_lists[p.place], ','), request_ids[p.place],
      operations[p.place], purposes[p.place]
    from persons p
    where p.part = p.own_part
  )
  insert into personal_data_read_customers (customer_id, read_at, read_id, part, station_id)
  select p.customer_id, instants[p.place], ids[p.place], p.part, p.station_id
  from persons p
  where p.customer_id is not null;
  perform set_config('app.scope', session_scope, true);
end
$$;
revoke execute on function record_personal_data_reads(
  uuid[], timestamptz[], text[], uuid[], text[], text[], text[], text[], text[], integer[], uuid[], text[], uuid[], uuid[])
  from public;
grant execute on function record_personal_data_reads(
  uuid[], timestamptz[], text[], uuid[], text[], text[], text[], text[], text[], integer[], uuid[], text[], uuid[], uuid[])
  to aftersales_app;
revoke insert on personal_data_reads from aftersales_app;

-- The erasure of a person finds the rows through the new table, and is otherwise as it stands in 0013.
do $$
declare
  body constant text := pg_get_functiondef('erase_present_person(uuid[], uuid[], text[], text)'::regprocedure);
begin
  assert position('where r.customer_id = any (files)' in body) > 0;
  execute replace(body, 'where r.customer_id = any (files)',
    'where (r.id, r.part) in (select c.read_id, c.part from personal_data_read_customers c where c.customer_id = any (files))');
end
$$;
