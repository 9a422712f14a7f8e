-- Field staff who are told of a job before anybody is put on it (FLD-05), and preventive visits by an engineer (FLD-17).

set local app.scope = '*';

alter table service_requests add column informed_staff_ids uuid[] not null default '{}';
comment on column service_requests.informed_staff_ids is
  'Field staff whom Technical Quality told of the request since it was dispatched; it is theirs as if they were on the job.';

-- {"rhythm": "regular" | "irregular", "plannedOn": "2026-03-09", "intervalDays": 180}
alter table service_requests add column inspection jsonb;
alter table service_requests drop constraint service_requests_kind_check;
alter table service_requests add constraint service_requests_kind_check check (
  kind in ('repair', 'installation', 'rescue', 'consultation', 'complaint', 'inspection')) not valid;
alter table service_requests validate constraint service_requests_kind_check;
alter table service_requests add constraint service_requests_inspection_check
  check ((kind = 'inspection') = (inspection is not null)) not valid;
alter table service_requests validate constraint service_requests_inspection_check;

-- As in 0015 and 0021, with those who were informed.
alter policy service_requests_scope on service_requests using (
  ((select current_setting('app.scope')) = '*'
    or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
    or registered_station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]))
  and ((select public.holder()) is null
    or created_by_id = any ((select public.holder())::uuid[])
    or customer_id = any ((select public.holder())::uuid[])
    or informed_staff_ids && (select public.holder())::uuid[]
    or public.holds_order(work_order_id)
    or recorded_to <> 'infinity' and public.holds_request(id)));

call keep_history(
  'service_requests', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","vehicle_id"}');
