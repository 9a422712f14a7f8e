-- Service requests (SM-1, CALL-01…24) and their dispatch over the network (CALL-03), with what dispatch must know about a
-- station; field visits of work orders, returns to the factory and exchanges (SM-12, FLD-01…19).

-- Opening hours are [{"weekday": "monday", "opens": 480, "closes": 1080}], minutes since midnight in the station's time zone.
alter table stations
  add column brands text[] not null default '{}',
  add column skills text[] not null default '{}',
  add column opening_hours jsonb not null default '[]'
    constraint stations_opening_hours_list check (jsonb_typeof(opening_hours) = 'array');
comment on column stations.brands is 'Makes that the station is authorised for; empty means every make of the network.';
comment on column stations.opening_hours is 'Empty: not kept yet.';
-- Stands in the numbers of headquarters' documents in the place of a station's code.
alter table stations add constraint stations_code_reserved check (code <> 'HQ') not valid;
alter table stations validate constraint stations_code_reserved;

-- Serial numbers of documents that belong to no station, beside document_counters. No row-level security: a number says
-- nothing about what it was given to, and only callers of the whole network draw one.
create table headquarters_counters (
  kind text not null constraint headquarters_counters_kind_check check (kind ~ '^[A-Z]{2,4}$'),
  year smallint not null,
  last integer not null constraint headquarters_counters_last_check check (last > 0),
  constraint headquarters_counters_pkey primary key (kind, year)
);
grant select, insert, update on headquarters_counters to aftersales_app;

create table service_requests (
  id uuid constraint service_requests_pkey primary key,
  number text not null constraint service_requests_number_key unique,
  -- Null: headquarters registered it. Never changes.
  registered_station_id uuid
    constraint service_requests_registered_station_id_fkey references stations (id),
  -- Who has it, or had it last; before any dispatch who registered it.
  station_id uuid constraint service_requests_station_id_fkey references stations (id),
  state text not null constraint service_requests_state_check check (
    state in ('received', 'forwarded', 'escalated', 'dispatched', 'accepted', 'inProgress', 'resolved',
      'resolvedByPhone', 'receipted', 'closed', 'converted', 'cancelled')),
  kind text not null constraint service_requests_kind_check check (
    kind in ('repair', 'installation', 'rescue', 'consultation', 'complaint')),
  source text not null constraint service_requests_source_check check (
    source in ('callCentre', 'station', 'customer', 'dealer')),
  medium text not null constraint service_requests_medium_check check (
    medium in ('hotline', 'phone', 'fax', 'letter', 'email', 'counter', 'online')),
  urgency text not null constraint service_requests_urgency_check check (
    urgency in ('low', 'normal', 'high', 'emergency')),
  contact_name text not null,
  contact_phone text,
  customer_id uuid constraint service_requests_customer_id_fkey references customers (id),
  vehicle_id uuid constraint service_requests_vehicle_id_fkey references vehicles (id),
  vin text,
  plate text,
  latitude_microdegrees int,
  longitude_microdegrees int,
  address text,
  city text,
  region_id uuid constraint service_requests_region_id_fkey references regions (id),
  mode text not null constraint service_requests_mode_check check (mode in ('workshop', 'onSite', 'rescue')),
  city_minor_repair boolean not null,
  -- What the customer needs, mandatory before anything is passed on (CALL-16).
  need text not null constraint service_requests_need_check check (need <> ''),
  symptom text,
  repair_type text,
  brand text,
  skill text,
  forwarded_to text,
  answer jsonb,
  first_response_at timestamptz(3),
  -- The present dispatch; all of them stand in service_request_dispatches.
  dispatch_attempt integer,
  dispatch_overruled boolean,
  dispatch_reason text,
  dispatched_at timestamptz(3),
  dispatched_by text,
  dispatches integer not null default 0 constraint service_requests_dispatches_check check (dispatches >= 0),
  refusals jsonb not null default '[]',
  accepted_at timestamptz(3),
  expected_arrival_at timestamptz(3),
  work_order_id uuid,
  started_at timestamptz(3),
  arrived_at timestamptz(3),
  resolution jsonb,
  receipts jsonb not null default '[]',
  call_back jsonb,
  reopenings integer not null default 0,
  conversion jsonb,
  exit_reason text,
  closed_at timestamptz(3),
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint service_requests_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- With the station, so that no request hangs on another station's order.
  constraint service_requests_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint service_requests_position_whole check (
    (latitude_microdegrees is null) = (longitude_microdegrees is null)
    and latitude_microdegrees between -90000000 and 90000000
    and longitude_microdegrees between -180000000 and 180000000),
  constraint service_requests_dispatch_whole check (
    (dispatched_at is null) = (dispatch_attempt is null) and (dispatched_at is null) = (dispatched_by is null)
    and (dispatched_at is null) = (dispatch_overruled is null) and (dispatched_at is null or station_id is not null)),
  constraint service_requests_dispatched_check check (
    dispatched_at is not null or state not in ('dispatched', 'accepted', 'inProgress', 'resolved')),
  constraint service_requests_started_check check (
    work_order_id is not null or state not in ('inProgress', 'resolved')),
  constraint service_requests_resolved_check check (
    resolution is not null or state not in ('resolved', 'resolvedByPhone', 'receipted', 'closed')),
  constraint service_requests_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
create index service_requests_created_idx on service_requests (created_at desc, id desc);
create index service_requests_station_created_idx on service_requests (station_id, created_at desc, id desc);
create index service_requests_station_state_idx on service_requests (station_id, state, created_at desc, id desc);
create index service_requests_registered_idx on service_requests (registered_station_id, created_at desc, id desc)
  where registered_station_id is not null;
create index service_requests_state_idx on service_requests (state, created_at desc, id desc);
create index service_requests_updated_idx on service_requests (updated_at, id);
create index service_requests_vehicle_idx on service_requests (vehicle_id, created_at desc, id desc)
  where vehicle_id is not null;
create index service_requests_vin_idx on service_requests (vin, created_at desc, id desc) where vin is not null;
create index service_requests_customer_idx on service_requests (customer_id) where customer_id is not null;
create index service_requests_work_order_idx on service_requests (work_order_id) where work_order_id is not null;
alter table service_requests enable row level security;
alter table service_requests force row level security;
-- Two stations may see a request: the one that registered it and the one that has it.
create policy service_requests_scope on service_requests using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
  or registered_station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on service_requests to aftersales_app;

-- The life cycle (SM-1) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('service_requests', 'received', 'forwarded'),
  ('service_requests', 'received', 'resolvedByPhone'),
  ('service_requests', 'forwarded', 'resolvedByPhone'),
  ('service_requests', 'received', 'escalated'),
  ('service_requests', 'forwarded', 'escalated'),
  ('service_requests', 'dispatched', 'escalated'),
  ('service_requests', 'received', 'dispatched'),
  ('service_requests', 'forwarded', 'dispatched'),
  ('service_requests', 'escalated', 'dispatched'),
  ('service_requests', 'dispatched', 'accepted'),
  ('service_requests', 'dispatched', 'received'),
  ('service_requests', 'accepted', 'inProgress'),
  ('service_requests', 'inProgress', 'resolved'),
  ('service_requests', 'resolved', 'receipted'),
  ('service_requests', 'resolvedByPhone', 'receipted'),
  ('service_requests', 'receipted', 'closed'),
  ('service_requests', 'receipted', 'dispatched'),
  ('service_requests', 'receipted', 'received'),
  ('service_requests', 'received', 'converted'),
  ('service_requests', 'forwarded', 'converted'),
  ('service_requests', 'escalated', 'converted'),
  ('service_requests', 'dispatched', 'converted'),
  ('service_requests', 'accepted', 'converted'),
  ('service_requests', 'inProgress', 'converted'),
  ('service_requests', 'resolved', 'converted'),
  ('service_requests', 'resolvedByPhone', 'converted'),
  ('service_requests', 'receipted', 'converted'),
  ('service_requests', 'received', 'cancelled'),
  ('service_requests', 'forwarded', 'cancelled'),
  ('service_requests', 'escalated', 'cancelled'),
  ('service_requests', 'dispatched', 'cancelled');
create trigger service_requests_transition before update of state on service_requests
  for each row when (old.state is distinct from new.state) execute function guard_transition('a service request');

-- Every dispatch with the ranking it was based on (CALL-03): immutable, so that the choice can be explained years later.
create table service_request_dispatches (
  service_request_id uuid not null
    constraint service_request_dispatches_service_request_id_fkey references service_requests (id),
  attempt integer not null constraint service_request_dispatches_attempt_check check (attempt > 0),
  station_id uuid not null constraint service_request_dispatches_station_id_fkey references stations (id),
  overruled boolean not null,
  reason text,
  rules_version integer not null,
  ranking jsonb not null,
  dispatched_at timestamptz(3) not null,
  dispatched_by text not null,
  -- One dispatch wins, however many people decide at once.
  constraint service_request_dispatches_pkey primary key (service_request_id, attempt),
  constraint service_request_dispatches_reason_check check (not overruled or reason is not null)
);
create index service_request_dispatches_station_idx on service_request_dispatches (station_id, dispatched_at desc);
alter table service_request_dispatches enable row level security;
alter table service_request_dispatches force row level security;
create policy service_request_dispatches_scope on service_request_dispatches using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on service_request_dispatches to aftersales_app;

-- Drives to the customer, on site or as a rescue, stand on the order they belong to (FLD-03, FLD-16).
alter table work_orders add column visits jsonb not null default '[]'
  constraint work_orders_visits_list check (jsonb_typeof(visits) = 'array');

-- Returns to the factory and exchanges (SM-12).
create table product_returns (
  id uuid constraint product_returns_pkey primary key,
  number text not null constraint product_returns_number_key unique,
  -- Null: the maker's own field service.
  station_id uuid constraint product_returns_station_id_fkey references stations (id),
  state text not null constraint product_returns_state_check check (
    state in ('verified', 'returned', 'scheduled', 'scheduledPaid', 'repaired', 'sentBack', 'scrapped', 'exchanging',
      'exchanged', 'cancelled')),
  channel text not null constraint product_returns_channel_check check (channel in ('oemSupply', 'market')),
  product_kind text not null constraint product_returns_product_kind_check check (
    product_kind in ('part', 'assembly', 'vehicle')),
  product_description text not null,
  part_number text,
  serial_number text,
  quantity integer not null constraint product_returns_quantity_check check (quantity > 0),
  work_order_id uuid,
  vehicle_id uuid constraint product_returns_vehicle_id_fkey references vehicles (id),
  fault text not null,
  reason text not null,
  shipment jsonb,
  appraisal jsonb,
  repair jsonb,
  sent_back jsonb,
  scrapping jsonb,
  exchange jsonb,
  exit_reason text,
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint product_returns_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- With the station, so that no return hangs on another station's order.
  constraint product_returns_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint product_returns_work_order_check check (work_order_id is null or station_id is not null),
  -- A product sold on the market does not go back to the factory for repair (FLD-02).
  constraint product_returns_market_check check (
    channel = 'oemSupply' or state in ('verified', 'exchanging', 'exchanged', 'cancelled')),
  constraint product_returns_returned_check check (
    shipment is not null or state in ('verified', 'exchanging', 'exchanged', 'cancelled')),
  constraint product_returns_appraised_check check (
    appraisal is not null or state not in ('scheduled', 'scheduledPaid', 'repaired', 'sentBack')),
  constraint product_returns_exchange_check check (
    exchange is not null or state not in ('exchanging', 'exchanged')),
  constraint product_returns_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
create index product_returns_created_idx on product_returns (created_at desc, id desc);
create index product_returns_station_created_idx on product_returns (station_id, created_at desc, id desc);
create index product_returns_station_state_idx on product_returns (station_id, state, created_at desc, id desc);
create index product_returns_state_idx on product_returns (state, created_at desc, id desc);
create index product_returns_updated_idx on product_returns (updated_at, id);
create index product_returns_work_order_idx on product_returns (work_order_id) where work_order_id is not null;
create index product_returns_vehicle_idx on product_returns (vehicle_id) where vehicle_id is not null;
alter table product_returns enable row level security;
alter table product_returns force row level security;
create policy product_returns_scope on product_returns using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on product_returns to aftersales_app;

-- The life cycle (SM-12) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('product_returns', 'verified', 'returned'),
  ('product_returns', 'returned', 'scheduled'),
  ('product_returns', 'returned', 'scheduledPaid'),
  ('product_returns', 'scheduled', 'repaired'),
  ('product_returns', 'scheduledPaid', 'repaired'),
  ('product_returns', 'repaired', 'sentBack'),
  ('product_returns', 'returned', 'scrapped'),
  ('product_returns', 'verified', 'exchanging'),
  ('product_returns', 'exchanging', 'exchanged'),
  ('product_returns', 'verified', 'cancelled');
create trigger product_returns_transition before update of state on product_returns
  for each row when (old.state is distinct from new.state) execute function guard_transition('a product return');
