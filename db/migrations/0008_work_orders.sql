-- Work orders (SM-3, WO-01…53): the order, its jobs with parts and clockings, and what was decided, kept for ever.
-- Money is numeric(19,2) in the currency of the order; every sum that money depends on is a constraint.

create table work_orders (
  id uuid constraint work_orders_pkey primary key,
  number text not null constraint work_orders_number_key unique,
  station_id uuid not null constraint work_orders_station_id_fkey references stations (id),
  currency char(3) not null,
  state text not null constraint work_orders_state_check check (
    state in ('received', 'inspected', 'diagnosed', 'quoted', 'authorised', 'inWorkshop', 'inRepair',
      'awaitingCustomerApproval', 'awaitingParts', 'qualityCheck', 'ready', 'notified', 'accepted', 'settled',
      'delivered', 'closed', 'cancelled', 'convertedToAppointment', 'closedNoRepair')),
  version integer not null default 1 constraint work_orders_version_check check (version > 0),
  customer_id uuid not null,
  -- Null only until reception has identified the vehicle.
  vehicle_id uuid constraint work_orders_vehicle_id_fkey references vehicles (id),
  mode text not null constraint work_orders_mode_check check (mode in ('workshop', 'onSite', 'rescue')),
  service_type text not null constraint work_orders_service_type_check check (
    service_type in ('repair', 'partReplacement', 'maintenance', 'beauty', 'technicalUpgrade', 'consultation')),
  summary text not null,
  note text,
  contact_name text,
  contact_phone text,
  external_ids jsonb not null default '{}',
  odometer_km integer constraint work_orders_odometer_km_check check (odometer_km >= 0),
  inspection jsonb,
  diagnosis text,
  estimate_revision integer,
  estimate_hash text,
  estimate_total numeric(19, 2),
  estimate_quoted_at timestamptz(3),
  authorisation jsonb,
  promised_delivery_at timestamptz(3),
  promised_quality text,
  failed_inspections integer not null default 0,
  invoice_number text,
  delivered_at timestamptz(3),
  closed_at timestamptz(3),
  exit_reason text,
  rework_of uuid constraint work_orders_rework_of_fkey references work_orders (id),
  -- The highest number that a job line ever had: numbers of removed lines are not used again.
  last_line_number integer not null default 0,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- With the station, so that no document of one station hangs on another's: foreign keys do not ask row-level security.
  constraint work_orders_customer_id_fkey foreign key (customer_id, station_id) references customers (id, station_id),
  constraint work_orders_id_station_key unique (id, station_id),
  constraint work_orders_vehicle_check check (vehicle_id is not null or state in ('received', 'cancelled')),
  constraint work_orders_inspected_check check (inspection is not null or state in ('received', 'cancelled')),
  constraint work_orders_invoice_check check (
    invoice_number is not null or state not in ('settled', 'delivered', 'closed')),
  constraint work_orders_delivered_check check (delivered_at is not null or state not in ('delivered', 'closed'))
);
-- Lists: newest first within a station, or over the network; by state, customer and vehicle.
create index work_orders_station_created_idx on work_orders (station_id, created_at desc, id desc);
create index work_orders_created_idx on work_orders (created_at desc, id desc);
create index work_orders_station_state_idx on work_orders (station_id, state, created_at desc, id desc);
create index work_orders_customer_idx on work_orders (customer_id, created_at desc, id desc);
create index work_orders_vehicle_idx on work_orders (vehicle_id, created_at desc, id desc);
create index work_orders_promised_idx on work_orders (station_id, promised_delivery_at, id);
create index work_orders_rework_of_idx on work_orders (rework_of) where rework_of is not null;
alter table work_orders enable row level security;
alter table work_orders force row level security;
create policy work_orders_scope on work_orders using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update on work_orders to aftersales_app;

-- The transition table once more (SM-3), for whoever writes past the application: no statement of the application role takes
-- an order where the product would not. A test compares the pairs with WorkOrderLifecycle.
create table work_order_transitions (
  from_state text not null,
  to_state text not null,
  constraint work_order_transitions_pkey primary key (from_state, to_state)
);
insert into work_order_transitions (from_state, to_state) values
  ('received', 'inspected'),
  ('inspected', 'diagnosed'),
  ('diagnosed', 'quoted'),
  ('authorised', 'quoted'),
  ('quoted', 'authorised'),
  ('quoted', 'convertedToAppointment'),
  ('quoted', 'closedNoRepair'),
  ('authorised', 'inWorkshop'),
  ('inWorkshop', 'inRepair'),
  ('inRepair', 'awaitingCustomerApproval'),
  ('awaitingCustomerApproval', 'inRepair'),
  ('inRepair', 'awaitingParts'),
  ('awaitingParts', 'inRepair'),
  ('inRepair', 'qualityCheck'),
  ('qualityCheck', 'ready'),
  ('qualityCheck', 'inRepair'),
  ('ready', 'notified'),
  ('notified', 'accepted'),
  ('notified', 'qualityCheck'),
  ('accepted', 'settled'),
  ('settled', 'delivered'),
  ('delivered', 'closed'),
  ('received', 'cancelled'),
  ('inspected', 'cancelled'),
  ('diagnosed', 'cancelled'),
  ('quoted', 'cancelled');
grant select on work_order_transitions to aftersales_app;

create function work_orders_transition() returns trigger language plpgsql as $$
begin
  if not exists (
    select from work_order_transitions where from_state = old.state and to_state = new.state
  ) then
    raise exception 'a work order does not go from % to %', old.state, new.state
      using errcode = 'check_violation', constraint = 'work_orders_transition', table = 'work_orders';
  end if;
  return new;
end
$$;
create trigger work_orders_transition before update of state on work_orders
  for each row when (old.state is distinct from new.state) execute function work_orders_transition();

create table job_lines (
  id uuid constraint job_lines_pkey primary key,
  work_order_id uuid not null,
  station_id uuid not null,
  number integer not null constraint job_lines_line_number_check check (number > 0),
  additional boolean not null,
  decision text not null constraint job_lines_decision_check check (decision in ('open', 'approved', 'refused')),
  description text not null,
  concern text,
  cause text,
  correction text,
  fault_code text,
  diagnostic_trouble_codes text[] not null,
  causal_part_number text,
  labour_operation_code text,
  technician_id uuid constraint job_lines_technician_id_fkey references users (id),
  standard_hours numeric(8, 2) not null constraint job_lines_standard_hours_check check (standard_hours >= 0),
  labour_rate numeric(19, 2) not null constraint job_lines_labour_rate_check check (labour_rate >= 0),
  labour_amount numeric(19, 2) not null,
  parts_amount numeric(19, 2) not null constraint job_lines_parts_amount_check check (parts_amount >= 0),
  sublet_description text,
  sublet_amount numeric(19, 2) not null default 0 constraint job_lines_sublet_amount_check check (sublet_amount >= 0),
  travel_description text,
  travel_amount numeric(19, 2) not null default 0 constraint job_lines_travel_amount_check check (travel_amount >= 0),
  amount numeric(19, 2) not null,
  customer_amount numeric(19, 2) not null default 0,
  warranty_amount numeric(19, 2) not null default 0,
  goodwill_amount numeric(19, 2) not null default 0,
  campaign_amount numeric(19, 2) not null default 0,
  internal_amount numeric(19, 2) not null default 0,
  insurance_amount numeric(19, 2) not null default 0,
  constraint job_lines_number_key unique (work_order_id, number),
  -- numeric round() is half away from zero, which for these non-negative amounts is half-up.
  constraint job_lines_labour_amount_check check (labour_amount = round(standard_hours * labour_rate, 2)),
  constraint job_lines_amount_check check (amount = labour_amount + parts_amount + sublet_amount + travel_amount),
  constraint work_order_payer_split_sums check (
    customer_amount + warranty_amount + goodwill_amount + campaign_amount + internal_amount + insurance_amount = amount
    and least(customer_amount, warranty_amount, goodwill_amount, campaign_amount, internal_amount, insurance_amount)
      >= 0),
  constraint job_lines_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
create index job_lines_technician_idx on job_lines (technician_id) where technician_id is not null;
alter table job_lines enable row level security;
alter table job_lines force row level security;
create policy job_lines_scope on job_lines using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update, delete on job_lines to aftersales_app;

create table job_line_parts (
  id uuid constraint job_line_parts_pkey primary key,
  job_line_id uuid not null constraint job_line_parts_job_line_id_fkey references job_lines (id) on delete cascade,
  work_order_id uuid not null,
  station_id uuid not null,
  part_number text not null,
  description text not null,
  quantity integer not null constraint job_line_parts_quantity_check check (quantity > 0),
  unit_price numeric(19, 2) not null constraint job_line_parts_unit_price_check check (unit_price >= 0),
  origin text not null constraint job_line_parts_origin_check check (
    origin in ('oem', 'certifiedSubstitute', 'customerSupplied')),
  guarantee_months integer,
  guarantee_km integer,
  constraint job_line_parts_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
create index job_line_parts_order_idx on job_line_parts (work_order_id, id);
create index job_line_parts_line_idx on job_line_parts (job_line_id);
alter table job_line_parts enable row level security;
alter table job_line_parts force row level security;
create policy job_line_parts_scope on job_line_parts using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, delete on job_line_parts to aftersales_app;

-- A line's parts_amount is the sum of its parts: checked when the transaction commits, because line and parts are written one
-- after the other.
create function job_line_parts_sum() returns trigger language plpgsql as $$
declare
  line uuid;
begin
  if tg_table_name = 'job_lines' then
    line := new.id;
  elsif tg_op = 'DELETE' then
    line := old.job_line_id;
  else
    line := new.job_line_id;
  end if;
  if exists (
    select from job_lines l
    where l.id = line
      and l.parts_amount <> (
        select coalesce(sum(p.quantity * p.unit_price), 0) from job_line_parts p where p.job_line_id = line)
  ) then
    raise exception 'the parts of job line % do not sum to its parts amount', line
      using errcode = 'check_violation', constraint = 'job_lines_parts_sum', table = 'job_lines';
  end if;
  return null;
end
$$;
create constraint trigger job_lines_parts_sum after insert or update of parts_amount on job_lines
  deferrable initially deferred for each row execute function job_line_parts_sum();
create constraint trigger job_line_parts_sum after insert or delete on job_line_parts
  deferrable initially deferred for each row execute function job_line_parts_sum();

create table technician_clockings (
  id uuid constraint technician_clockings_pkey primary key,
  job_line_id uuid not null constraint technician_clockings_job_line_id_fkey references job_lines (id),
  work_order_id uuid not null,
  station_id uuid not null,
  technician_id uuid not null constraint technician_clockings_technician_id_fkey references users (id),
  started_at timestamptz(3) not null,
  stopped_at timestamptz(3),
  constraint technician_clockings_order_check check (stopped_at >= started_at),
  -- One person does not work on two jobs at once.
  constraint technician_clockings_one_job_at_a_time exclude using gist (
    technician_id with =, tstzrange(started_at, stopped_at) with &&),
  constraint technician_clockings_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
create index technician_clockings_order_idx on technician_clockings (work_order_id, started_at);
alter table technician_clockings enable row level security;
alter table technician_clockings force row level security;
create policy technician_clockings_scope on technician_clockings using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update (stopped_at) on technician_clockings to aftersales_app;

-- Estimates as issued, decisions of the customer, quality inspections, invoices with payments: immutable (SEC-09). The
-- application role can add rows and read them, nothing else.
create table estimates (
  work_order_id uuid not null,
  revision integer not null constraint estimates_revision_check check (revision > 0),
  station_id uuid not null,
  hash text not null,
  total numeric(19, 2) not null,
  currency char(3) not null,
  additional boolean not null,
  promised_delivery_at timestamptz(3),
  issued_at timestamptz(3) not null,
  issued_by text not null,
  content text not null,
  constraint estimates_pkey primary key (work_order_id, revision),
  constraint estimates_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
alter table estimates enable row level security;
alter table estimates force row level security;
create policy estimates_scope on estimates using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert on estimates to aftersales_app;

create table quality_inspections (
  work_order_id uuid not null,
  attempt integer not null constraint quality_inspections_attempt_check check (attempt > 0),
  station_id uuid not null,
  passed boolean not null,
  findings text,
  inspected_by text not null,
  inspected_by_id uuid,
  inspected_at timestamptz(3) not null,
  constraint quality_inspections_pkey primary key (work_order_id, attempt),
  constraint quality_inspections_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
alter table quality_inspections enable row level security;
alter table quality_inspections force row level security;
create policy quality_inspections_scope on quality_inspections using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert on quality_inspections to aftersales_app;

create table invoices (
  number text constraint invoices_pkey primary key,
  work_order_id uuid not null constraint invoices_work_order_id_key unique,
  station_id uuid not null,
  currency char(3) not null,
  total numeric(19, 2) not null,
  customer_amount numeric(19, 2) not null,
  items jsonb not null,
  payments jsonb not null,
  issued_at timestamptz(3) not null,
  issued_by text not null,
  constraint invoices_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
alter table invoices enable row level security;
alter table invoices force row level security;
create policy invoices_scope on invoices using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert on invoices to aftersales_app;

create table notes (
  id uuid constraint notes_pkey primary key,
  resource text not null,
  subject_id uuid not null,
  station_id uuid,
  text text not null,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid
);
create index notes_subject_idx on notes (subject_id, created_at desc, id desc);
alter table notes enable row level security;
alter table notes force row level security;
create policy notes_scope on notes using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert on notes to aftersales_app;

-- Every decision of the customer, kept for ever (WO-04, WO-07, SEC-09): the authorisation of an estimate, the answers on
-- additional items, the acceptance of the finished work.
create table customer_decisions (
  work_order_id uuid not null,
  -- The version of the order that the decision made.
  order_version integer not null,
  station_id uuid not null,
  kind text not null constraint customer_decisions_kind_check check (
    kind in ('authorisation', 'additionalItems', 'acceptance', 'acceptanceRefused')),
  estimate_hash text not null,
  decided_by text not null,
  channel text not null constraint customer_decisions_channel_check check (
    channel in ('inPerson', 'phone', 'message', 'email', 'signature')),
  decided_at timestamptz(3) not null,
  recorded_by text not null,
  constraint customer_decisions_pkey primary key (work_order_id, order_version),
  constraint customer_decisions_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
alter table customer_decisions enable row level security;
alter table customer_decisions force row level security;
create policy customer_decisions_scope on customer_decisions using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert on customer_decisions to aftersales_app;
