-- Requests, appointments and returns are found by the identity that another system gave them, as orders are (domain.md section 13).

-- A request belongs, for this, to the desk that registered it, however often it is dispatched; the station that has it may not see that
-- desk's rows, so the identity is written with the owner's rights.
create function external_identities_of_request() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  session_scope constant text := current_setting('app.scope');
begin
  perform set_config('app.scope', '*', true);
  delete from external_identities e
  where e.resource = 'serviceRequest' and e.subject_id = new.id
    and new.external_ids ->> e.system is distinct from e.external_id;
  insert into external_identities (resource, subject_id, station_id, system, external_id)
  select 'serviceRequest', new.id, new.registered_station_id, i.system, i.external_id
  from jsonb_each_text(new.external_ids) as i(system, external_id)
  where not exists (
    select from external_identities e
    where e.resource = 'serviceRequest' and e.subject_id = new.id and e.system = i.system);
  perform set_config('app.scope', session_scope, true);
  return null;
end
$$;
create trigger external_identities_new after insert on service_requests for each row
  when (new.external_ids <> '{}') execute function external_identities_of_request();
create trigger external_identities_changed after update of external_ids on service_requests for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_of_request();

create trigger external_identities_new after insert on appointments for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('appointment');
create trigger external_identities_changed after update of external_ids on appointments for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('appointment');
create trigger external_identities_new after insert on product_returns for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('productReturn');
create trigger external_identities_changed after update of external_ids on product_returns for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('productReturn');

-- Of documents that shared an identity before this was guarded, the oldest keeps it.
set local app.scope = '*';
insert into external_identities (resource, subject_id, station_id, system, external_id)
select f.resource, f.id, f.station_id, i.system, i.external_id
from (
    select 'serviceRequest' as resource, id, registered_station_id as station_id, external_ids, created_at
    from service_requests
    union all
    select 'appointment', id, station_id, external_ids, created_at from appointments
    union all
    select 'productReturn', id, station_id, external_ids, created_at from product_returns
  ) f
  cross join lateral jsonb_each_text(f.external_ids) as i(system, external_id)
order by f.created_at, f.id
on conflict do nothing;
