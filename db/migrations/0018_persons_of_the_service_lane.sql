-- What a person leaves on the service lane: requests, appointments, visits, files, returns. His file waits for the open ones, and
-- erasing it reaches them all (SEC-04; 0013 and 0014 say how).

create trigger service_requests_customer_erased before insert or update of customer_id, contact_name, contact_phone
  on service_requests for each row when (new.customer_id is not null) execute function customer_not_erased();
create trigger appointments_customer_erased before insert or update of customer_id, contact_name, contact_phone
  on appointments for each row when (new.customer_id is not null) execute function customer_not_erased();

-- An attachment is taken off once, and what was written about it may still lose a person: by functions with the owner's rights.
create or replace trigger attachments_removed_once before update on attachments
  for each row when (old.removed_at is not null and current_user = session_user)
  execute function attachments_removed_once();

create or replace function customer_holds(files uuid[]) returns table (resource text, number text, state text)
  language sql stable as $$
  select 'workOrder', w.number, w.state
  from work_orders w
  where w.customer_id = any (files)
    and w.state not in ('closed', 'cancelled', 'convertedToAppointment', 'closedNoRepair')
  union all
  select 'serviceRequest', r.number, r.state
  from service_requests r
  where r.customer_id = any (files) and r.state not in ('closed', 'converted', 'cancelled')
  union all
  select 'appointment', a.number, a.state
  from appointments a
  where a.customer_id = any (files) and a.state in ('requested', 'negotiating', 'confirmed')
$$;

-- How he was called and reached there.
alter function customer_known_as(uuid[], uuid[]) rename to customer_known_on_orders_as;
create function customer_known_as(files uuid[], orders uuid[]) returns text[] language sql stable as $$
  select array_agg(distinct value)
  from (
    select unnest(customer_known_on_orders_as(files, orders)) as value
    union all
    select unnest(array[r.contact_name, r.contact_phone, r.address])
    from service_requests_versions r
    where r.customer_id = any (files)
    union all
    select unnest(array[a.contact_name, a.contact_phone])
    from appointments_versions a
    where a.customer_id = any (files)
  ) as known
  where value is not null
$$;

alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_on_orders;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  requests uuid[];
  visits uuid[];
  subjects uuid[];
begin
  perform erase_person_on_orders(files, orders, patterns, pseudonym);
  select coalesce(array_agg(r.id), '{}') into requests from service_requests r where r.customer_id = any (files);
  select coalesce(array_agg(a.id), '{}') into visits from appointments a where a.customer_id = any (files);
  subjects := files || orders || requests || visits;
  update work_orders w
  set visits = (
    select coalesce(
      jsonb_agg(without_person(visit - 'position' - 'latitude' - 'longitude', patterns, pseudonym) order by place), '[]')
    from jsonb_array_elements(w.visits) with ordinality as parts(visit, place))
  where w.id = any (orders) and w.visits is not null;
  update work_orders_history w
  set visits = (
    select coalesce(
      jsonb_agg(without_person(visit - 'position' - 'latitude' - 'longitude', patterns, pseudonym) order by place), '[]')
    from jsonb_array_elements(w.visits) with ordinality as parts(visit, place))
  where w.id = any (orders) and w.visits is not null;
  update service_requests r
  set contact_name = pseudonym, contact_phone = null, address = null, latitude_microdegrees = null,
    longitude_microdegrees = null, need = without_person(r.need, patterns, pseudonym),
    symptom = without_person(r.symptom, patterns, pseudonym), answer = without_person(r.answer, patterns, pseudonym),
    refusals = without_person(r.refusals, patterns, pseudonym),
    resolution = without_person(r.resolution, patterns, pseudonym),
    receipts = without_person(r.receipts, patterns, pseudonym),
    call_back = without_person(r.call_back, patterns, pseudonym),
    conversion = without_person(r.conversion, patterns, pseudonym),
    dispatch_reason = without_person(r.dispatch_reason, patterns, pseudonym),
    exit_reason = without_person(r.exit_reason, patterns, pseudonym)
  where r.id = any (requests);
  update service_requests_history r
  set contact_name = pseudonym, contact_phone = null, address = null, latitude_microdegrees = null,
    longitude_microdegrees = null, need = without_person(r.need, patterns, pseudonym),
    symptom = without_person(r.symptom, patterns, pseudonym), answer = without_person(r.answer, patterns, pseudonym),
    refusals = without_person(r.refusals, patterns, pseudonym),
    resolution = without_person(r.resolution, patterns, pseudonym),
    receipts = without_person(r.receipts, patterns, pseudonym),
    call_back = without_person(r.call_back, patterns, pseudonym),
    conversion = without_person(r.conversion, patterns, pseudonym),
    dispatch_reason = without_person(r.dispatch_reason, patterns, pseudonym),
    exit_reason = without_person(r.exit_reason, patterns, pseudonym)
  where r.id = any (requests);
  update service_request_dispatches d
  set reason = without_person(d.reason, patterns, pseudonym), ranking = without_person(d.ranking, patterns, pseudonym)
  where d.service_request_id = any (requests);
  update appointments a
  set contact_name = pseudonym, contact_phone = '00000', note = without_person(a.note, patterns, pseudonym),
    fault_description = without_person(a.fault_description, patterns, pseudonym),
    vehicle_description = without_person(a.vehicle_description, patterns, pseudonym),
    exit_reason = without_person(a.exit_reason, patterns, pseudonym)
  where a.id = any (visits);
  update appointments_history a
  set contact_name = pseudonym, contact_phone = '00000', note = without_person(a.note, patterns, pseudonym),
    fault_description = without_person(a.fault_description, patterns, pseudonym),
    vehicle_description = without_person(a.vehicle_description, patterns, pseudonym),
    exit_reason = without_person(a.exit_reason, patterns, pseudonym)
  where a.id = any (visits);
  update product_returns p
  set fault = without_person(p.fault, patterns, pseudonym), reason = without_person(p.reason, patterns, pseudonym),
    shipment = without_person(p.shipment, patterns, pseudonym), exchange = without_person(p.exchange, patterns, pseudonym),
    exit_reason = without_person(p.exit_reason, patterns, pseudonym)
  where p.work_order_id = any (orders);
  update product_returns_history p
  set fault = without_person(p.fault, patterns, pseudonym), reason = without_person(p.reason, patterns, pseudonym),
    shipment = without_person(p.shipment, patterns, pseudonym), exchange = without_person(p.exchange, patterns, pseudonym),
    exit_reason = without_person(p.exit_reason, patterns, pseudonym)
  where p.work_order_id = any (orders);
  -- What was written about attached files; what they show nobody can tell from here.
  update attachments a
  set file_name = left(without_person(a.file_name, patterns, pseudonym), 200),
    description = without_person(a.description, patterns, pseudonym),
    removal_reason = without_person(a.removal_reason, patterns, pseudonym)
  where a.subject_id = any (subjects);
  update attachments_history a
  set file_name = left(without_person(a.file_name, patterns, pseudonym), 200),
    description = without_person(a.description, patterns, pseudonym),
    removal_reason = without_person(a.removal_reason, patterns, pseudonym)
  where a.subject_id = any (subjects);
  update notes n set text = without_person(n.text, patterns, pseudonym) where n.subject_id = any (requests || visits);
  update events e
  set reason = without_person(e.reason, patterns, pseudonym), data = without_person(e.data, patterns, pseudonym),
    changes = without_person(e.changes, patterns, pseudonym)
  where e.subject_id = any (requests || visits);
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8')
  where exists (
    select from unnest(requests || visits) as s(id)
    where position(convert_to(id::text, 'UTF8') in k.body) > 0 or position(id::text in k.operation) > 0);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
