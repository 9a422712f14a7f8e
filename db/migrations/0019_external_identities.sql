-- Who is known to another system by which identity: what an upsert finds a document by (domain.md section 13). The documents
-- keep their identities in external_ids; triggers write them here, so that one identity names one document only, however
-- many writers come at once.

create table external_identities (
  resource text not null,
  subject_id uuid not null,
  -- The station whose document it is; null: of the whole network.
  station_id uuid,
  system text not null,
  external_id text not null,
  constraint external_identities_pkey primary key (resource, subject_id, system),
  constraint external_identities_key unique nulls not distinct (resource, system, external_id, station_id)
);
comment on table external_identities is 'Written by triggers on the documents'' external_ids, never by statements of the server.';

alter table external_identities enable row level security;
alter table external_identities force row level security;
create policy external_identities_scope on external_identities using (
  station_id is null
  or (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

grant select, insert, delete on external_identities to aftersales_app;

-- The first argument is the resource; a table without station_id belongs to the whole network.
create function external_identities_follow() returns trigger language plpgsql as $$
begin
  delete from external_identities e
  where e.resource = tg_argv[0] and e.subject_id = new.id
    and new.external_ids ->> e.system is distinct from e.external_id;
  insert into external_identities (resource, subject_id, station_id, system, external_id)
  select tg_argv[0], new.id, (to_jsonb(new) ->> 'station_id')::uuid, i.system, i.external_id
  from jsonb_each_text(new.external_ids) as i(system, external_id)
  where not exists (
    select from external_identities e
    where e.resource = tg_argv[0] and e.subject_id = new.id and e.system = i.system);
  return null;
end
$$;

do $$
declare
  family record;
  since text;
begin
  set local app.scope = '*';
  for family in
    select f.resource, f.documents
    from (values
      ('region', 'regions'), ('station', 'stations'), ('vehicleModel', 'vehicle_models'),
      ('labourOperation', 'labour_operations'), ('serviceItem', 'service_items'), ('calendar', 'calendars'),
      ('customer', 'customers'), ('vehicle', 'vehicles'), ('workOrder', 'work_orders')) as f(resource, documents)
  loop
    execute format(
      'create trigger external_identities_new after insert on %I for each row
       when (new.external_ids <> ''{}'') execute function external_identities_follow(%L)',
      family.documents, family.resource);
    execute format(
      'create trigger external_identities_changed after update of external_ids on %I for each row
       when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow(%L)',
      family.documents, family.resource);
    -- Of documents that shared an identity before this was guarded, the oldest keeps it.
    execute format(
      'insert into external_identities (resource, subject_id, station_id, system, external_id)
       select %L, d.id, (to_jsonb(d) ->> ''station_id'')::uuid, i.system, i.external_id
       from %I d cross join lateral jsonb_each_text(d.external_ids) as i(system, external_id)
       order by d.created_at, d.id
       on conflict do nothing',
      family.resource, family.documents);
    since := concat_ws(
      ', ', since, format('(select d.updated_at from public.%I d where d.id = t.subject_id)', family.documents));
  end loop;
  call keep_history('external_identities', format('coalesce(%s)', since));
end
$$;

-- By which number another system knows a person tells who he is, in the past too. What stands in the file goes with it.
alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_but_identities;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  perform erase_person_but_identities(files, orders, patterns, pseudonym);
  delete from external_identities_history i where i.resource = 'customer' and i.subject_id = any (files);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
