-- Old parts on their way from the workshop to headquarters and the supplier (SM-10, OLD-01…09), suppliers with what they have agreed
-- to pay, and what is recovered from them (SM-7, CLM-13, SET-05).

create table suppliers (
  id uuid constraint suppliers_pkey primary key,
  code text not null constraint suppliers_code_key unique,
  name text not null constraint suppliers_name_check check (name <> ''),
  name_en text,
  phone text,
  email text,
  discontinued boolean not null default false,
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint suppliers_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint suppliers_code_format check (code ~ '^[A-Z0-9]{2,12}$'),
  constraint suppliers_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
comment on table suppliers is 'Reference data of the whole network, hence no row-level security.';
create index suppliers_name_idx on suppliers (name, id);
create index suppliers_created_idx on suppliers (created_at, id);
grant select, insert, update on suppliers to aftersales_app;
create trigger external_identities_new after insert on suppliers for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('supplier');
create trigger external_identities_changed after update of external_ids on suppliers for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('supplier');

-- Whose fault a failed part is: a part number is one supplier's.
create table supplier_parts (
  supplier_id uuid not null constraint supplier_parts_supplier_id_fkey references suppliers (id),
  part_number text not null constraint supplier_parts_part_number_check check (part_number <> ''),
  constraint supplier_parts_pkey primary key (supplier_id, part_number),
  constraint supplier_parts_part_number_key unique (part_number)
);
grant select, insert, delete on supplier_parts to aftersales_app;

-- What a supplier pays, from a day on: a factor on the price of the part and a rate for each hour of the standard time, up to a cap a
-- claim line. Another agreement is another row; none is changed.
create table supplier_contracts (
  id uuid constraint supplier_contracts_pkey primary key,
  supplier_id uuid not null constraint supplier_contracts_supplier_id_fkey references suppliers (id),
  reference text not null constraint supplier_contracts_reference_check check (reference <> ''),
  valid_from date not null,
  currency char(3) not null,
  parts_factor numeric(5,2) not null constraint supplier_contracts_parts_factor_check check (parts_factor >= 0),
  labour_rate numeric(19,2) not null constraint supplier_contracts_labour_rate_check check (labour_rate >= 0),
  line_cap numeric(19,2) constraint supplier_contracts_line_cap_check check (line_cap > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  constraint supplier_contracts_day_key unique (supplier_id, valid_from)
);
alter table supplier_contracts enable row level security;
alter table supplier_contracts force row level security;
-- Headquarters' and the supplier's own; a session of a supplier says in app.holder who it is.
create policy supplier_contracts_scope on supplier_contracts using (
  (select current_setting('app.scope')) = '*' or supplier_id = any ((select public.holder())::uuid[]));
grant select, insert on supplier_contracts to aftersales_app;

create table old_parts (
  id uuid constraint old_parts_pkey primary key,
  number text not null constraint old_parts_number_key unique,
  station_id uuid not null constraint old_parts_station_id_fkey references stations (id),
  state text not null constraint old_parts_state_check check (
    state in ('tagged', 'due', 'overdue', 'shipped', 'received', 'accepted', 'mismatch', 'sentToSupplier', 'reused',
      'scrapped', 'closed')),
  work_order_id uuid,
  vehicle_id uuid constraint old_parts_vehicle_id_fkey references vehicles (id),
  -- The line of a warranty claim; null: nobody has claimed it yet.
  claim_id uuid,
  claim_number text,
  claim_line integer constraint old_parts_claim_line_positive check (claim_line > 0),
  part_number text not null constraint old_parts_part_number_check check (part_number <> ''),
  part_description text not null,
  serial_number text,
  quantity integer not null constraint old_parts_quantity_check check (quantity > 0),
  fault_code text,
  fault text not null constraint old_parts_fault_check check (fault <> ''),
  removed_on date,
  storage_place text,
  supplier_id uuid constraint old_parts_supplier_id_fkey references suppliers (id),
  -- Who got it, and sees it since.
  recipient_supplier_id uuid constraint old_parts_recipient_supplier_id_fkey references suppliers (id),
  recovery_id uuid,
  tagged_at timestamptz(3),
  requested_at timestamptz(3),
  overdue_at timestamptz(3),
  packing_list text,
  tag jsonb,
  request jsonb,
  shipment jsonb,
  receipt jsonb,
  inspection jsonb,
  forwarding jsonb,
  disposal jsonb,
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint old_parts_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- With the station, so that no part comes from another station's order.
  constraint old_parts_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint old_parts_claim_check check (
    (claim_id is null) = (claim_number is null) and (claim_id is null) = (claim_line is null)),
  -- What has left the workshop bears a tag (OLD-04).
  constraint old_parts_tagged_check check (state in ('due', 'overdue') or tag is not null),
  constraint old_parts_shipped_check check (
    state not in ('shipped', 'received', 'accepted', 'mismatch', 'sentToSupplier') or shipment is not null),
  constraint old_parts_inspected_check check (
    state not in ('accepted', 'mismatch', 'sentToSupplier', 'reused') or inspection is not null),
  constraint old_parts_forwarded_check check (
    state <> 'sentToSupplier' or forwarding is not null and recipient_supplier_id is not null),
  constraint old_parts_disposed_check check (state not in ('reused', 'scrapped') or disposal is not null),
  constraint old_parts_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
-- One part for a line of a claim (OLD-04), however often it is approved.
create unique index old_parts_claim_key on old_parts (claim_id, claim_line) where claim_id is not null;
create index old_parts_created_idx on old_parts (created_at desc, id desc);
create index old_parts_updated_idx on old_parts (updated_at, id);
create index old_parts_station_created_idx on old_parts (station_id, created_at desc, id desc);
create index old_parts_station_state_idx on old_parts (station_id, state, created_at desc, id desc);
create index old_parts_state_idx on old_parts (state, created_at desc, id desc);
create index old_parts_work_order_idx on old_parts (work_order_id) where work_order_id is not null;
create index old_parts_vehicle_idx on old_parts (vehicle_id) where vehicle_id is not null;
create index old_parts_packing_list_idx on old_parts (packing_list, id) where packing_list is not null;
create index old_parts_supplier_idx on old_parts (supplier_id, created_at desc, id desc) where supplier_id is not null;
create index old_parts_recipient_idx on old_parts (recipient_supplier_id, created_at desc, id desc)
  where recipient_supplier_id is not null;
create index old_parts_recovery_idx on old_parts (recovery_id) where recovery_id is not null;
create index old_parts_requested_idx on old_parts (requested_at) where requested_at is not null;
alter table old_parts enable row level security;
alter table old_parts force row level security;
-- The station's, headquarters', and of a supplier what was sent to it (OLD-05).
create policy old_parts_scope on old_parts using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
  or recipient_supplier_id = any ((select public.holder())::uuid[]));
grant select, insert, update on old_parts to aftersales_app;

create table supplier_recoveries (
  id uuid constraint supplier_recoveries_pkey primary key,
  number text not null constraint supplier_recoveries_number_key unique,
  state text not null constraint supplier_recoveries_state_check check (
    state in ('compiled', 'sent', 'accepted', 'disputed', 'agreed', 'settled')),
  supplier_id uuid not null constraint supplier_recoveries_supplier_id_fkey references suppliers (id),
  period_from date not null,
  period_before date not null,
  currency char(3) not null,
  amount numeric(19,2) not null constraint supplier_recoveries_amount_check check (amount >= 0),
  agreed_amount numeric(19,2) constraint supplier_recoveries_agreed_amount_check check (
    agreed_amount between 0 and amount),
  sending jsonb,
  answer jsonb,
  agreement jsonb,
  settlement jsonb,
  compiled_by_id uuid,
  sent_at timestamptz(3),
  settled_at timestamptz(3),
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint supplier_recoveries_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint supplier_recoveries_period_check check (period_from < period_before),
  constraint supplier_recoveries_sent_check check ((state = 'compiled') = (sent_at is null)),
  constraint supplier_recoveries_agreed_check check (
    (state in ('accepted', 'agreed', 'settled')) = (agreed_amount is not null)),
  constraint supplier_recoveries_settled_check check ((state = 'settled') = (settled_at is not null)),
  constraint supplier_recoveries_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
create index supplier_recoveries_created_idx on supplier_recoveries (created_at desc, id desc);
create index supplier_recoveries_updated_idx on supplier_recoveries (updated_at, id);
create index supplier_recoveries_supplier_idx on supplier_recoveries (supplier_id, created_at desc, id desc);
create index supplier_recoveries_state_idx on supplier_recoveries (state, created_at desc, id desc);
alter table supplier_recoveries enable row level security;
alter table supplier_recoveries force row level security;
-- Headquarters', and of a supplier what was sent to it.
create policy supplier_recoveries_scope on supplier_recoveries using (
  (select current_setting('app.scope')) = '*'
  or supplier_id = any ((select public.holder())::uuid[]) and state <> 'compiled');
grant select, insert, update on supplier_recoveries to aftersales_app;

create table supplier_recovery_lines (
  recovery_id uuid not null constraint supplier_recovery_lines_recovery_id_fkey references supplier_recoveries (id),
  line integer not null constraint supplier_recovery_lines_line_check check (line > 0),
  -- The formula by which it was computed.
  contract_id uuid not null constraint supplier_recovery_lines_contract_id_fkey references supplier_contracts (id),
  claim_id uuid not null,
  claim_number text not null,
  claim_item integer not null,
  station_id uuid not null constraint supplier_recovery_lines_station_id_fkey references stations (id),
  vin text not null,
  part_number text not null,
  fault_code text,
  decided_on date not null,
  -- What the maker paid for the part, and the standard time of the work.
  parts_cost numeric(19,2) not null constraint supplier_recovery_lines_parts_cost_check check (parts_cost >= 0),
  labour_hours numeric(8,2) not null constraint supplier_recovery_lines_labour_hours_check check (labour_hours >= 0),
  parts_amount numeric(19,2) not null constraint supplier_recovery_lines_parts_amount_check check (parts_amount >= 0),
  labour_amount numeric(19,2) not null constraint supplier_recovery_lines_labour_amount_check check (labour_amount >= 0),
  -- At most the cap of the contract.
  amount numeric(19,2) not null,
  agreed_amount numeric(19,2),
  dispute_reason text,
  old_part_id uuid constraint supplier_recovery_lines_old_part_id_fkey references old_parts (id),
  constraint supplier_recovery_lines_pkey primary key (recovery_id, line),
  -- An item of a claim is recovered once.
  constraint supplier_recovery_lines_claim_key unique (claim_id, claim_item),
  constraint supplier_recovery_lines_amount_check check (amount between 0 and parts_amount + labour_amount),
  constraint supplier_recovery_lines_agreed_check check (agreed_amount between 0 and amount)
);
create index supplier_recovery_lines_old_part_idx on supplier_recovery_lines (old_part_id) where old_part_id is not null;
alter table supplier_recovery_lines enable row level security;
alter table supplier_recovery_lines force row level security;
-- Seen by whoever sees the recovery.
create policy supplier_recovery_lines_scope on supplier_recovery_lines using (
  exists (select from supplier_recoveries r where r.id = recovery_id));
grant select, insert, update, delete on supplier_recovery_lines to aftersales_app;
alter table old_parts add constraint old_parts_recovery_id_fkey foreign key (recovery_id)
  references supplier_recoveries (id);

-- The life cycles (SM-7, SM-10) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('old_parts', 'tagged', 'due'),
  ('old_parts', 'due', 'overdue'),
  ('old_parts', 'due', 'shipped'), ('old_parts', 'overdue', 'shipped'),
  ('old_parts', 'shipped', 'received'),
  ('old_parts', 'received', 'accepted'), ('old_parts', 'received', 'mismatch'),
  ('old_parts', 'accepted', 'sentToSupplier'),
  ('old_parts', 'accepted', 'reused'),
  ('old_parts', 'accepted', 'scrapped'), ('old_parts', 'tagged', 'scrapped'),
  ('old_parts', 'sentToSupplier', 'closed'), ('old_parts', 'reused', 'closed'), ('old_parts', 'scrapped', 'closed'),
  ('supplier_recoveries', 'compiled', 'sent'),
  ('supplier_recoveries', 'sent', 'accepted'), ('supplier_recoveries', 'sent', 'disputed'),
  ('supplier_recoveries', 'disputed', 'agreed'),
  ('supplier_recoveries', 'accepted', 'settled'), ('supplier_recoveries', 'agreed', 'settled');
create trigger old_parts_transition before update of state on old_parts
  for each row when (old.state is distinct from new.state) execute function guard_transition('an old part');
create trigger supplier_recoveries_transition before update of state on supplier_recoveries
  for each row when (old.state is distinct from new.state) execute function guard_transition('a recovery');

-- The past.
call keep_history('suppliers', 't.updated_at', '{"code","name"}');
call keep_history('supplier_parts', '(select s.updated_at from public.suppliers s where s.id = t.supplier_id)');
call show_history('supplier_contracts', 'created_at');
call keep_history('old_parts', 't.updated_at', '{"number","station_id, created_at desc, id desc","created_at desc, id desc"}');
call keep_history('supplier_recoveries', 't.updated_at', '{"number","created_at desc, id desc"}');
call keep_history(
  'supplier_recovery_lines', '(select r.updated_at from public.supplier_recoveries r where r.id = t.recovery_id)');

-- What was written about the parts of a person's orders may name him.
alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_without_old_parts;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  parts uuid[];
begin
  perform erase_person_without_old_parts(files, orders, patterns, pseudonym);
  select coalesce(array_agg(o.id), '{}') into parts from old_parts o where o.work_order_id = any (orders);
  update old_parts o
  set fault = without_person(o.fault, patterns, pseudonym), tag = without_person(o.tag, patterns, pseudonym),
    request = without_person(o.request, patterns, pseudonym), shipment = without_person(o.shipment, patterns, pseudonym),
    receipt = without_person(o.receipt, patterns, pseudonym),
    inspection = without_person(o.inspection, patterns, pseudonym),
    forwarding = without_person(o.forwarding, patterns, pseudonym),
    disposal = without_person(o.disposal, patterns, pseudonym)
  where o.id = any (parts);
  update old_parts_history o
  set fault = without_person(o.fault, patterns, pseudonym), tag = without_person(o.tag, patterns, pseudonym),
    request = without_person(o.request, patterns, pseudonym), shipment = without_person(o.shipment, patterns, pseudonym),
    receipt = without_person(o.receipt, patterns, pseudonym),
    inspection = without_person(o.inspection, patterns, pseudonym),
    forwarding = without_person(o.forwarding, patterns, pseudonym),
    disposal = without_person(o.disposal, patterns, pseudonym)
  where o.id = any (parts);
  perform erase_person_around(parts, patterns, pseudonym);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
