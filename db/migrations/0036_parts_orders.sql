-- Orders of parts to headquarters (SM-8, PO-01…17), shipments with their carriers (PRT-16), and claims for parts that did not arrive or
-- not as they should (SM-9, PCL-01…05).

-- Carriers and third-party logistics providers: reference data of the whole network.
create table carriers (
  id uuid constraint carriers_pkey primary key,
  code text not null constraint carriers_code_key unique
    constraint carriers_code_format check (code ~ '^[A-Z0-9]{2,12}$'),
  name text not null constraint carriers_name_check check (name <> ''),
  phone text,
  is_active boolean not null default true,
  external_ids jsonb not null default '{}'
    constraint carriers_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint carriers_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid
);
create index carriers_name_idx on carriers (name, id);
create index carriers_created_idx on carriers (created_at, id);
grant select, insert, update on carriers to aftersales_app;
create trigger external_identities_new after insert on carriers for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('carrier');
create trigger external_identities_changed after update of external_ids on carriers for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('carrier');

create table parts_orders (
  id uuid constraint parts_orders_pkey primary key,
  number text not null constraint parts_orders_number_key unique,
  station_id uuid not null constraint parts_orders_station_id_fkey references stations (id),
  state text not null constraint parts_orders_state_check check (
    state in ('draft', 'dealerApproved', 'submitted', 'onHold', 'confirmed', 'partiallyShipped', 'shipped',
      'partiallyReceived', 'received', 'discrepancy', 'closed', 'cancelled', 'rejected')),
  kind text not null constraint parts_orders_kind_check check (kind in ('stock', 'urgent', 'vor', 'startup', 'transfer')),
  currency char(3) not null,
  work_order_id uuid,
  vehicle_id uuid constraint parts_orders_vehicle_id_fkey references vehicles (id),
  source_station_id uuid constraint parts_orders_source_station_id_fkey references stations (id),
  letter_of_intent text,
  letter_of_intent_on date,
  required_on date,
  remark text,
  -- Everybody who wrote on the draft: none of them signs it (SEC-10).
  author_ids uuid[] not null default '{}',
  signed_by text,
  signed_by_id uuid,
  signed_at timestamptz(3),
  signed_amount numeric(19, 2),
  -- The day whose approved prices hold (PO-12).
  order_date date,
  policy_version text,
  surcharge_percent integer not null default 0
    constraint parts_orders_surcharge_check check (surcharge_percent between 0 and 100),
  submitted_at timestamptz(3),
  -- {"position", "required", "at"}, and why the order waits or goes on: {"reason", "by", "at"}.
  credit jsonb,
  hold jsonb,
  release jsonb,
  location_id uuid constraint parts_orders_location_id_fkey references stock_locations (id),
  confirmed_at timestamptz(3),
  supply_due_at timestamptz(3),
  shipped_at timestamptz(3),
  received_at timestamptz(3),
  -- Of orders vor: since when the vehicle is off the road.
  downtime_since timestamptz(3),
  closed_at timestamptz(3),
  exit_reason text,
  external_ids jsonb not null default '{}'
    constraint parts_orders_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint parts_orders_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint parts_orders_id_station_key unique (id, station_id),
  -- With the station, so that no order hangs on another station's work order.
  constraint parts_orders_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint parts_orders_vor_check check (
    kind <> 'vor' or work_order_id is not null and downtime_since is not null),
  constraint parts_orders_transfer_check check ((kind = 'transfer') = (source_station_id is not null)),
  constraint parts_orders_elsewhere_check check (source_station_id <> station_id),
  constraint parts_orders_letter_check check ((letter_of_intent is null) = (letter_of_intent_on is null)),
  -- Before a station operates (NET-11).
  constraint parts_orders_startup_check check (
    kind <> 'startup' or state in ('draft', 'dealerApproved', 'cancelled') or letter_of_intent is not null),
  constraint parts_orders_signed_check check (
    (signed_at is null) = (signed_by is null) and (signed_at is null) = (signed_amount is null)
    and (state in ('draft', 'cancelled') or signed_at is not null)),
  constraint parts_orders_other_signer check (not coalesce(signed_by_id = any (author_ids), false)),
  constraint parts_orders_submitted_check check (
    state in ('draft', 'dealerApproved', 'cancelled') or submitted_at is not null and order_date is not null),
  constraint parts_orders_held_check check ((state = 'onHold') <= (hold is not null)),
  constraint parts_orders_confirmed_check check (
    state not in ('confirmed', 'partiallyShipped', 'shipped', 'partiallyReceived', 'received', 'discrepancy', 'closed')
    or confirmed_at is not null and location_id is not null),
  constraint parts_orders_received_check check (
    state not in ('received', 'discrepancy', 'closed') or received_at is not null),
  constraint parts_orders_closed_check check ((state = 'closed') = (closed_at is not null)),
  constraint parts_orders_exit_check check (state not in ('cancelled', 'rejected') or exit_reason is not null)
);
create index parts_orders_created_idx on parts_orders (created_at desc, id desc);
create index parts_orders_updated_idx on parts_orders (updated_at, id);
create index parts_orders_state_idx on parts_orders (state, created_at desc, id desc);
create index parts_orders_station_created_idx on parts_orders (station_id, created_at desc, id desc);
create index parts_orders_station_state_idx on parts_orders (station_id, state, created_at desc, id desc);
create index parts_orders_work_order_idx on parts_orders (work_order_id, created_at desc, id desc)
  where work_order_id is not null;
create index parts_orders_vehicle_idx on parts_orders (vehicle_id, created_at desc, id desc) where vehicle_id is not null;
create index parts_orders_submitted_idx on parts_orders (submitted_at) where submitted_at is not null;
alter table parts_orders enable row level security;
alter table parts_orders force row level security;
create policy parts_orders_scope on parts_orders using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on parts_orders to aftersales_app;
create trigger external_identities_new after insert on parts_orders for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('partsOrder');
create trigger external_identities_changed after update of external_ids on parts_orders for each row
  when (old.external_ids is distinct from new.external_ids)
  execute function external_identities_follow('partsOrder');

-- The life cycle (SM-8) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('parts_orders', 'draft', 'dealerApproved'),
  ('parts_orders', 'dealerApproved', 'draft'),
  ('parts_orders', 'dealerApproved', 'submitted'),
  ('parts_orders', 'dealerApproved', 'onHold'),
  ('parts_orders', 'submitted', 'onHold'),
  ('parts_orders', 'onHold', 'submitted'),
  ('parts_orders', 'submitted', 'confirmed'),
  ('parts_orders', 'confirmed', 'shipped'),
  ('parts_orders', 'confirmed', 'partiallyShipped'),
  ('parts_orders', 'partiallyShipped', 'shipped'),
  ('parts_orders', 'partiallyShipped', 'partiallyReceived'),
  ('parts_orders', 'partiallyShipped', 'received'),
  ('parts_orders', 'shipped', 'partiallyReceived'),
  ('parts_orders', 'shipped', 'received'),
  ('parts_orders', 'partiallyReceived', 'received'),
  ('parts_orders', 'received', 'discrepancy'),
  ('parts_orders', 'received', 'closed'),
  ('parts_orders', 'discrepancy', 'closed'),
  -- A replacement is added (PO-07).
  ('parts_orders', 'received', 'partiallyReceived'),
  ('parts_orders', 'discrepancy', 'partiallyReceived'),
  ('parts_orders', 'draft', 'cancelled'),
  ('parts_orders', 'dealerApproved', 'cancelled'),
  ('parts_orders', 'submitted', 'cancelled'),
  ('parts_orders', 'onHold', 'cancelled'),
  ('parts_orders', 'confirmed', 'cancelled'),
  ('parts_orders', 'submitted', 'rejected');
create trigger parts_orders_transition before update of state on parts_orders
  for each row when (old.state is distinct from new.state) execute function guard_transition('a parts order');

-- Every ordered piece is somewhere, once: open, back-ordered, shipped or cancelled; and of those shipped on its way, received or
-- short (domain.md section 11).
create table parts_order_lines (
  order_id uuid not null,
  number integer not null constraint parts_order_lines_number_check check (number > 0),
  station_id uuid not null,
  part_id uuid not null constraint parts_order_lines_part_id_fkey references parts (id),
  part_number text not null constraint parts_order_lines_part_number_check check (part_number <> ''),
  description text not null,
  quantity integer not null constraint parts_order_lines_quantity_check check (quantity between 1 and 99999),
  unit_price numeric(19, 2) constraint parts_order_lines_unit_price_check check (unit_price >= 0),
  -- The line whose pieces this one replaces, free of charge.
  replaces integer,
  open_quantity integer not null constraint parts_order_lines_open_check check (open_quantity >= 0),
  -- Of the open ones, those that lie ready.
  allocated_quantity integer not null default 0 constraint parts_order_lines_allocated_check check (
    allocated_quantity between 0 and open_quantity),
  backordered_quantity integer not null default 0 constraint parts_order_lines_backordered_check check (
    backordered_quantity >= 0),
  shipped_quantity integer not null default 0 constraint parts_order_lines_shipped_check check (shipped_quantity >= 0),
  cancelled_quantity integer not null default 0 constraint parts_order_lines_cancelled_check check (
    cancelled_quantity >= 0),
  in_transit_quantity integer not null default 0 constraint parts_order_lines_in_transit_check check (
    in_transit_quantity >= 0),
  received_quantity integer not null default 0 constraint parts_order_lines_received_check check (
    received_quantity >= 0),
  short_quantity integer not null default 0 constraint parts_order_lines_short_check check (short_quantity >= 0),
  -- Of those received: damaged, wrong or defective on arrival.
  rejected_quantity integer not null default 0 constraint parts_order_lines_rejected_check check (
    rejected_quantity between 0 and received_quantity),
  -- No piece is claimed for twice.
  claimed_short integer not null default 0 constraint parts_order_lines_claimed_short_check check (
    claimed_short between 0 and short_quantity),
  claimed_received integer not null default 0 constraint parts_order_lines_claimed_received_check check (
    claimed_received between 0 and received_quantity),
  -- In stock when availability was first asked for.
  filled_quantity integer not null default 0 constraint parts_order_lines_filled_check check (
    filled_quantity between 0 and quantity),
  expected_on date,
  shipped_at timestamptz(3),
  constraint parts_order_lines_pkey primary key (order_id, number),
  constraint parts_order_lines_order_fkey foreign key (order_id, station_id) references parts_orders (id, station_id),
  constraint parts_order_lines_replaces_fkey foreign key (order_id, replaces)
    references parts_order_lines (order_id, number),
  constraint parts_order_lines_ordered_balanced check (
    quantity = open_quantity + backordered_quantity + shipped_quantity + cancelled_quantity),
  constraint parts_order_lines_shipped_balanced check (
    shipped_quantity = in_transit_quantity + received_quantity + short_quantity)
);
create index parts_order_lines_part_idx on parts_order_lines (part_id, order_id);
create index parts_order_lines_part_number_idx on parts_order_lines (part_number, order_id);
-- What may be taken for a vehicle that is off the road.
create index parts_order_lines_allocated_idx on parts_order_lines (part_id) where allocated_quantity > 0;
alter table parts_order_lines enable row level security;
alter table parts_order_lines force row level security;
create policy parts_order_lines_scope on parts_order_lines using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update, delete on parts_order_lines to aftersales_app;

-- A line goes only as long as its order is a draft.
create function parts_order_lines_only_of_drafts() returns trigger language plpgsql as $$
begin
  if (select o.state from parts_orders o where o.id = old.order_id) <> 'draft' then
    raise exception 'the lines of an order that was signed stand' using errcode = 'check_violation',
      constraint = 'parts_order_lines_only_of_drafts', table = 'parts_order_lines';
  end if;
  return old;
end
$$;
create trigger parts_order_lines_only_of_drafts before delete on parts_order_lines
  for each row execute function parts_order_lines_only_of_drafts();

create table shipments (
  id uuid constraint shipments_pkey primary key,
  number text not null constraint shipments_number_key unique,
  station_id uuid not null,
  order_id uuid not null,
  -- Copied: a carrier does not see the order.
  order_number text not null,
  state text not null constraint shipments_state_check check (
    state in ('prepared', 'inTransit', 'delivered', 'received')),
  location_id uuid not null constraint shipments_location_id_fkey references stock_locations (id),
  carrier_id uuid constraint shipments_carrier_id_fkey references carriers (id),
  tracking_number text,
  -- [{"number", "weightGrams"}]
  packages jsonb not null default '[]' constraint shipments_packages_list check (jsonb_typeof(packages) = 'array'),
  expected_at timestamptz(3),
  note text,
  -- [{"status", "place", "note", "at", "by"}]
  tracking jsonb not null default '[]' constraint shipments_tracking_list check (jsonb_typeof(tracking) = 'array'),
  dispatched_at timestamptz(3),
  delivered_at timestamptz(3),
  delivered_to text,
  received_at timestamptz(3),
  external_ids jsonb not null default '{}'
    constraint shipments_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint shipments_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint shipments_id_station_key unique (id, station_id),
  constraint shipments_order_fkey foreign key (order_id, station_id) references parts_orders (id, station_id),
  constraint shipments_dispatched_check check ((state = 'prepared') = (dispatched_at is null)),
  constraint shipments_delivered_check check ((state in ('delivered', 'received')) = (delivered_at is not null)),
  constraint shipments_received_check check ((state = 'received') = (received_at is not null))
);
create index shipments_created_idx on shipments (created_at desc, id desc);
create index shipments_updated_idx on shipments (updated_at, id);
create index shipments_state_idx on shipments (state, created_at desc, id desc);
create index shipments_station_created_idx on shipments (station_id, created_at desc, id desc);
create index shipments_carrier_created_idx on shipments (carrier_id, created_at desc, id desc) where carrier_id is not null;
create index shipments_order_idx on shipments (order_id, created_at desc, id desc);
create index shipments_tracking_number_idx on shipments (tracking_number) where tracking_number is not null;
alter table shipments enable row level security;
alter table shipments force row level security;
-- Stations see what comes to them, a carrier what it was given; a session of a carrier says in app.holder who it is.
create policy shipments_scope on shipments using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
  or carrier_id = any ((select public.holder())::uuid[]));
grant select, insert, update on shipments to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('shipments', 'prepared', 'inTransit'),
  ('shipments', 'inTransit', 'delivered'),
  ('shipments', 'prepared', 'delivered'),
  ('shipments', 'prepared', 'received'),
  ('shipments', 'inTransit', 'received'),
  ('shipments', 'delivered', 'received');
create trigger shipments_transition before update of state on shipments
  for each row when (old.state is distinct from new.state) execute function guard_transition('a shipment');

create table shipment_lines (
  shipment_id uuid not null,
  station_id uuid not null,
  order_id uuid not null,
  line integer not null,
  part_number text not null,
  description text not null,
  quantity integer not null constraint shipment_lines_quantity_check check (quantity > 0),
  received_quantity integer not null default 0 constraint shipment_lines_received_check check (received_quantity >= 0),
  short_quantity integer not null default 0 constraint shipment_lines_short_check check (short_quantity >= 0),
  -- Of those received.
  damaged_quantity integer not null default 0 constraint shipment_lines_damaged_check check (damaged_quantity >= 0),
  wrong_quantity integer not null default 0 constraint shipment_lines_wrong_check check (wrong_quantity >= 0),
  defective_quantity integer not null default 0 constraint shipment_lines_defective_check check (defective_quantity >= 0),
  updated_at timestamptz(3) not null,
  constraint shipment_lines_pkey primary key (shipment_id, line),
  constraint shipment_lines_shipment_fkey foreign key (shipment_id, station_id) references shipments (id, station_id),
  constraint shipment_lines_order_line_fkey foreign key (order_id, line) references parts_order_lines (order_id, number),
  constraint shipment_lines_received_covered check (received_quantity + short_quantity <= quantity),
  constraint shipment_lines_rejected_covered check (
    damaged_quantity + wrong_quantity + defective_quantity <= received_quantity)
);
create index shipment_lines_order_idx on shipment_lines (order_id, line);
alter table shipment_lines enable row level security;
alter table shipment_lines force row level security;
-- Whoever sees the shipment sees what is in it.
create policy shipment_lines_scope on shipment_lines using (
  exists (select from public.shipments s where s.id = shipment_id));
grant select, insert, update on shipment_lines to aftersales_app;

create table parts_claims (
  id uuid constraint parts_claims_pkey primary key,
  number text not null constraint parts_claims_number_key unique,
  station_id uuid not null,
  state text not null constraint parts_claims_state_check check (
    state in ('draft', 'submitted', 'underReview', 'approvedReplenish', 'approvedCompensate', 'rejected', 'settled',
      'recovering', 'closed')),
  kind text not null constraint parts_claims_kind_check check (kind in ('short', 'damaged', 'wrong', 'defective')),
  order_id uuid not null,
  order_number text not null,
  shipment_id uuid not null,
  line integer not null,
  part_number text not null,
  unit_price numeric(19, 2) not null,
  currency char(3) not null,
  received_at timestamptz(3) not null,
  claim_before timestamptz(3),
  quantity integer not null constraint parts_claims_quantity_check check (quantity > 0),
  description text not null constraint parts_claims_description_check check (description <> ''),
  submitted_at timestamptz(3),
  submitted_by_id uuid,
  -- {"quantity", "amount", "replacementLine", "returnsParts", "reason", "by", "byId", "at"}
  decision jsonb,
  settled_at timestamptz(3),
  -- {"party", "partyId", "amount", "reason", "by", "at"}
  recovery jsonb,
  closed_at timestamptz(3),
  external_ids jsonb not null default '{}'
    constraint parts_claims_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint parts_claims_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint parts_claims_shipment_fkey foreign key (shipment_id, station_id) references shipments (id, station_id),
  constraint parts_claims_shipment_line_fkey foreign key (shipment_id, line) references shipment_lines (shipment_id, line),
  constraint parts_claims_order_line_fkey foreign key (order_id, line) references parts_order_lines (order_id, number),
  constraint parts_claims_submitted_check check (state = 'draft' or submitted_at is not null),
  constraint parts_claims_window_check check (submitted_at <= claim_before),
  constraint parts_claims_decided_check check ((state in ('draft', 'submitted', 'underReview')) = (decision is null)),
  constraint parts_claims_settled_check check ((state in ('settled', 'recovering', 'closed')) = (settled_at is not null)),
  constraint parts_claims_recovering_check check (state <> 'recovering' or recovery is not null),
  constraint parts_claims_closed_check check ((state = 'closed') = (closed_at is not null))
);
create index parts_claims_created_idx on parts_claims (created_at desc, id desc);
create index parts_claims_updated_idx on parts_claims (updated_at, id);
create index parts_claims_state_idx on parts_claims (state, created_at desc, id desc);
create index parts_claims_station_created_idx on parts_claims (station_id, created_at desc, id desc);
create index parts_claims_order_idx on parts_claims (order_id, created_at desc, id desc);
create index parts_claims_shipment_idx on parts_claims (shipment_id, created_at desc, id desc);
alter table parts_claims enable row level security;
alter table parts_claims force row level security;
create policy parts_claims_scope on parts_claims using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on parts_claims to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('parts_claims', 'draft', 'submitted'),
  ('parts_claims', 'submitted', 'underReview'),
  ('parts_claims', 'underReview', 'approvedReplenish'),
  ('parts_claims', 'underReview', 'approvedCompensate'),
  ('parts_claims', 'underReview', 'rejected'),
  ('parts_claims', 'approvedReplenish', 'settled'),
  ('parts_claims', 'approvedCompensate', 'settled'),
  ('parts_claims', 'settled', 'recovering'),
  ('parts_claims', 'settled', 'closed'),
  ('parts_claims', 'recovering', 'closed');
create trigger parts_claims_transition before update of state on parts_claims
  for each row when (old.state is distinct from new.state) execute function guard_transition('a parts claim');

-- Reservations of headquarters' stock name the order that they are for.
alter table reservations add constraint reservations_parts_order_id_fkey foreign key (parts_order_id)
  references parts_orders (id);

-- The past.
set local app.scope = '*';
call keep_history('carriers', 't.updated_at', '{"code"}');
call keep_history(
  'parts_orders', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","work_order_id"}');
call keep_history(
  'parts_order_lines', 'select o.updated_at from public.parts_orders o where o.id = t.order_id', '{"part_number"}');
call keep_history(
  'shipments', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","carrier_id, created_at desc","order_id"}');
call keep_history('shipment_lines', 't.updated_at');
call keep_history(
  'parts_claims', 't.updated_at', '{"number","station_id, created_at desc, id desc","created_at desc, id desc","order_id"}');

-- What a station wrote on an order for a customer's vehicle may say who he is.
alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_before_parts_orders;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  ordered uuid[];
  claimed uuid[];
begin
  perform erase_person_before_parts_orders(files, orders, patterns, pseudonym);
  select coalesce(array_agg(o.id), '{}') into ordered from parts_orders o where o.work_order_id = any (orders);
  select coalesce(array_agg(c.id), '{}') into claimed from parts_claims c where c.order_id = any (ordered);
  update parts_orders o
  set remark = without_person(o.remark, patterns, pseudonym), exit_reason = without_person(o.exit_reason, patterns, pseudonym),
    hold = without_person(o.hold, patterns, pseudonym), release = without_person(o.release, patterns, pseudonym)
  where o.id = any (ordered);
  update parts_orders_history o
  set remark = without_person(o.remark, patterns, pseudonym), exit_reason = without_person(o.exit_reason, patterns, pseudonym),
    hold = without_person(o.hold, patterns, pseudonym), release = without_person(o.release, patterns, pseudonym)
  where o.id = any (ordered);
  update parts_claims c
  set description = without_person(c.description, patterns, pseudonym),
    decision = without_person(c.decision, patterns, pseudonym), recovery = without_person(c.recovery, patterns, pseudonym)
  where c.id = any (claimed);
  update parts_claims_history c
  set description = without_person(c.description, patterns, pseudonym),
    decision = without_person(c.decision, patterns, pseudonym), recovery = without_person(c.recovery, patterns, pseudonym)
  where c.id = any (claimed);
  perform erase_person_around(ordered || claimed, patterns, pseudonym);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
