-- Warranty: what delivered orders did to a vehicle (parts fitted, the first maintenance, repairs counted under the three guarantees
-- 三包), what was signalled about its counters, and pre-authorisations with what claims drew of them. With their past and what a
-- person leaves in them (db/README.md).

set local app.scope = '*';

-- Repairs of a vehicle over the whole network (T-40…T-43, A9): facts of delivered orders, which do not change any more. No row-level
-- security: the law counts per vehicle, wherever it was repaired, and a row says neither whose vehicle it was nor by whom it was done;
-- the order itself is shown to those alone who see it.
create table vehicle_repairs (
  work_order_id uuid constraint vehicle_repairs_pkey primary key
    constraint vehicle_repairs_work_order_id_fkey references work_orders (id),
  vehicle_id uuid not null constraint vehicle_repairs_vehicle_id_fkey references vehicles (id),
  -- When the vehicle came in: which decides whether it was in time.
  received_at timestamptz(3) not null,
  -- Agreed on, and finished: the repair time (P-03).
  began_at timestamptz(3) not null,
  finished_at timestamptz(3) not null,
  delivered_at timestamptz(3) not null,
  -- Kilometres driven in the vehicle's life on that day; null: nobody read them.
  distance_km integer constraint vehicle_repairs_distance_km_check check (distance_km >= 0),
  is_maintenance boolean not null,
  is_rework boolean not null,
  constraint vehicle_repairs_order_check check (began_at <= finished_at)
);
create index vehicle_repairs_vehicle_idx on vehicle_repairs (vehicle_id, delivered_at);
grant select, insert on vehicle_repairs to aftersales_app;

create table vehicle_repair_lines (
  work_order_id uuid not null constraint vehicle_repair_lines_work_order_id_fkey references vehicle_repairs (work_order_id),
  line integer not null,
  causal_part_number text,
  labour_operation_code text,
  fault_code text,
  payers text[] not null,
  recorded_at timestamptz(3) not null,
  constraint vehicle_repair_lines_pkey primary key (work_order_id, line)
);
grant select, insert on vehicle_repair_lines to aftersales_app;

-- Parts that orders put in: a guarantee of their own from that day (WO-29, WAR-07), and what is replaced how often.
create table vehicle_fitted_parts (
  id uuid constraint vehicle_fitted_parts_pkey primary key,
  work_order_id uuid not null
    constraint vehicle_fitted_parts_work_order_id_fkey references vehicle_repairs (work_order_id),
  line integer not null,
  vehicle_id uuid not null constraint vehicle_fitted_parts_vehicle_id_fkey references vehicles (id),
  part_number text not null,
  quantity integer not null constraint vehicle_fitted_parts_quantity_check check (quantity > 0),
  origin text not null constraint vehicle_fitted_parts_origin_check check (
    origin in ('oem', 'certifiedSubstitute', 'customerSupplied')),
  guarantee_months integer,
  guarantee_km integer,
  -- The day in China.
  fitted_on date not null,
  fitted_at_km integer,
  under_warranty boolean not null,
  recorded_at timestamptz(3) not null
);
create index vehicle_fitted_parts_vehicle_idx on vehicle_fitted_parts (vehicle_id, fitted_on desc, id);
create index vehicle_fitted_parts_order_idx on vehicle_fitted_parts (work_order_id);
grant select, insert on vehicle_fitted_parts to aftersales_app;

-- The one maintenance of a vehicle at the maker's cost (WAR-03): whoever comes second finds it taken.
create table vehicle_first_maintenances (
  vehicle_id uuid constraint vehicle_first_maintenances_pkey primary key
    constraint vehicle_first_maintenances_vehicle_id_fkey references vehicles (id),
  work_order_id uuid not null
    constraint vehicle_first_maintenances_work_order_id_fkey references vehicle_repairs (work_order_id),
  line integer not null,
  taken_on date not null,
  recorded_at timestamptz(3) not null
);
create index vehicle_first_maintenances_order_idx on vehicle_first_maintenances (work_order_id);
grant select, insert on vehicle_first_maintenances to aftersales_app;

-- What was said about a counter, once: a warning or a limit. One that the facts do not bear out any more is withdrawn, and may be
-- reached again.
create table three_guarantee_signals (
  id uuid constraint three_guarantee_signals_pkey primary key,
  vehicle_id uuid not null constraint three_guarantee_signals_vehicle_id_fkey references vehicles (id),
  counter text not null constraint three_guarantee_signals_counter_check check (
    counter in ('repairDays', 'sameProblem', 'safetyRepairs', 'assemblyReplacements', 'mainPartReplacements',
      'immediateReplacement', 'earlySafetyFailure')),
  -- What is counted: a fault code, a part, an assembly. Empty where there is one counter alone.
  counted text not null,
  level text not null constraint three_guarantee_signals_level_check check (level in ('warning', 'limit')),
  counted_value integer not null,
  limit_value integer not null,
  policy_version integer not null,
  -- The order that reached it; null: something else that became known of the vehicle.
  work_order_id uuid constraint three_guarantee_signals_work_order_id_fkey references work_orders (id),
  reached_at timestamptz(3) not null,
  withdrawn_at timestamptz(3)
);
create unique index three_guarantee_signals_live_key on three_guarantee_signals (vehicle_id, counter, counted, level)
  where withdrawn_at is null;
create index three_guarantee_signals_vehicle_idx on three_guarantee_signals (vehicle_id, reached_at, id);
grant select, insert, update (withdrawn_at) on three_guarantee_signals to aftersales_app;

-- Orders delivered before.
insert into vehicle_repairs (work_order_id, vehicle_id, received_at, began_at, finished_at, delivered_at, distance_km,
  is_maintenance, is_rework)
select w.id, w.vehicle_id, w.created_at, b.began_at, greatest(b.began_at, coalesce(i.inspected_at, w.delivered_at)),
  w.delivered_at, coalesce(r.km + r.offset_km, w.odometer_km), w.service_type = 'maintenance', w.rework_of is not null
from work_orders w
  cross join lateral (
    select coalesce(min(d.decided_at), w.created_at) as began_at
    from customer_decisions d
    where d.work_order_id = w.id and d.kind = 'authorisation'
  ) b
  left join lateral (
    select max(q.inspected_at) as inspected_at from quality_inspections q where q.work_order_id = w.id and q.passed
  ) i on true
  left join lateral (
    select o.km, (
      select coalesce(sum(x.replaced_km - x.km), 0)::int
      from odometer_readings x
      where x.vehicle_id = o.vehicle_id and x.replaced_km is not null and x.cluster <= o.cluster
    ) as offset_km
    from odometer_readings o
    where o.vehicle_id = w.vehicle_id and o.work_order_id = w.id
    order by o.read_at desc
    limit 1
  ) r on true
where w.state in ('delivered', 'closed') and w.vehicle_id is not null;
insert into vehicle_repair_lines (work_order_id, line, causal_part_number, labour_operation_code, fault_code, payers,
  recorded_at)
select l.work_order_id, l.number, l.causal_part_number, l.labour_operation_code, l.fault_code,
  l.payers,
  r.delivered_at
from job_lines l join vehicle_repairs r on r.work_order_id = l.work_order_id
where l.decision <> 'refused';
insert into vehicle_fitted_parts (id, work_order_id, line, vehicle_id, part_number, quantity, origin, guarantee_months,
  guarantee_km, fitted_on, fitted_at_km, under_warranty, recorded_at)
select p.id, p.work_order_id, l.number, r.vehicle_id, p.part_number, p.quantity, p.origin, p.guarantee_months,
  p.guarantee_km, (r.delivered_at at time zone 'Asia/Shanghai')::date, r.distance_km, 'warranty' = any (l.payers),
  r.delivered_at
from job_line_parts p
  join job_lines l on l.id = p.job_line_id
  join vehicle_repairs r on r.work_order_id = p.work_order_id
where l.decision <> 'refused';
insert into vehicle_first_maintenances (vehicle_id, work_order_id, line, taken_on, recorded_at)
select distinct on (r.vehicle_id) r.vehicle_id, r.work_order_id, l.line,
  (r.delivered_at at time zone 'Asia/Shanghai')::date, r.delivered_at
from vehicle_repairs r join vehicle_repair_lines l on l.work_order_id = r.work_order_id
where r.is_maintenance and 'warranty' = any (l.payers)
order by r.vehicle_id, r.delivered_at, l.line;

-- The maker's word before a repair (M5).
create table pre_authorisations (
  id uuid constraint pre_authorisations_pkey primary key,
  number text not null constraint pre_authorisations_number_key unique,
  station_id uuid not null constraint pre_authorisations_station_id_fkey references stations (id),
  work_order_id uuid not null,
  vehicle_id uuid not null constraint pre_authorisations_vehicle_id_fkey references vehicles (id),
  currency char(3) not null,
  state text not null constraint pre_authorisations_state_check check (
    state in ('draft', 'submitted', 'infoRequested', 'approved', 'rejected', 'expired')),
  kind text not null constraint pre_authorisations_kind_check check (kind in ('warranty', 'goodwill')),
  reason text not null,
  submitted_at timestamptz(3),
  submitted_by text,
  submitted_by_id uuid,
  questions jsonb not null default '[]'
    constraint pre_authorisations_questions_list check (jsonb_typeof(questions) = 'array'),
  outcome text constraint pre_authorisations_outcome_check check (
    outcome in ('approved', 'partiallyApproved', 'rejected')),
  decided_at timestamptz(3),
  decided_by text,
  decided_by_id uuid,
  decision_reason text,
  -- The last day in China on which it holds.
  valid_until date,
  expired_at timestamptz(3),
  external_ids jsonb not null default '{}'
    constraint pre_authorisations_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint pre_authorisations_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint pre_authorisations_id_station_key unique (id, station_id),
  constraint pre_authorisations_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint pre_authorisations_submitted_check check (submitted_at is not null or state = 'draft'),
  constraint pre_authorisations_decided_whole check (
    (outcome is null) = (decided_at is null) and (outcome is null) = (decided_by is null)),
  constraint pre_authorisations_approved_check check (
    state <> 'approved' or outcome in ('approved', 'partiallyApproved') and valid_until is not null),
  constraint pre_authorisations_rejected_check check (state <> 'rejected' or outcome = 'rejected'),
  -- Two persons (SEC-10), whoever writes.
  constraint pre_authorisations_decided_by_another check (
    decided_by_id is null or decided_by_id is distinct from submitted_by_id and decided_by_id is distinct from created_by_id)
);
create index pre_authorisations_created_idx on pre_authorisations (created_at desc, id desc);
create index pre_authorisations_updated_idx on pre_authorisations (updated_at, id);
create index pre_authorisations_valid_until_idx on pre_authorisations (valid_until, id);
create index pre_authorisations_valid_until_last_idx on pre_authorisations (valid_until desc nulls last, id desc);
create index pre_authorisations_station_created_idx on pre_authorisations (station_id, created_at desc, id desc);
create index pre_authorisations_station_updated_idx on pre_authorisations (station_id, updated_at, id);
create index pre_authorisations_station_valid_until_idx on pre_authorisations (station_id, valid_until, id);
create index pre_authorisations_station_valid_until_last_idx
  on pre_authorisations (station_id, valid_until desc nulls last, id desc);
create index pre_authorisations_state_idx on pre_authorisations (state, created_at desc, id desc);
create index pre_authorisations_work_order_idx on pre_authorisations (work_order_id);
create index pre_authorisations_vehicle_idx on pre_authorisations (vehicle_id, created_at desc);
create index pre_authorisations_running_idx on pre_authorisations (valid_until) where state = 'approved';
alter table pre_authorisations enable row level security;
alter table pre_authorisations force row level security;
create policy pre_authorisations_scope on pre_authorisations using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on pre_authorisations to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('pre_authorisations', 'draft', 'submitted'),
  ('pre_authorisations', 'submitted', 'infoRequested'),
  ('pre_authorisations', 'infoRequested', 'submitted'),
  ('pre_authorisations', 'submitted', 'approved'),
  ('pre_authorisations', 'submitted', 'rejected'),
  ('pre_authorisations', 'infoRequested', 'rejected'),
  ('pre_authorisations', 'approved', 'expired'),
  ('pre_authorisations', 'infoRequested', 'expired');
create trigger pre_authorisations_transition before update of state on pre_authorisations
  for each row when (old.state is distinct from new.state) execute function guard_transition('a pre-authorisation');

create table pre_authorisation_lines (
  pre_authorisation_id uuid not null,
  line integer not null,
  station_id uuid not null,
  description text not null,
  causal_part_number text,
  labour_operation_code text,
  fault_code text,
  requested numeric(19, 2) not null constraint pre_authorisation_lines_requested_check check (requested >= 0),
  -- What the rules said when it was submitted.
  covered boolean,
  policy_version integer,
  reasons text[],
  proof text constraint pre_authorisation_lines_proof_check check (proof ~ '^[0-9a-f]{64}$'),
  approved numeric(19, 2) constraint pre_authorisation_lines_approved_check check (approved between 0 and requested),
  -- What claims took of it; never more than was approved, however many come at once.
  drawn numeric(19, 2) not null default 0,
  constraint pre_authorisation_lines_pkey primary key (pre_authorisation_id, line),
  constraint pre_authorisation_lines_pre_authorisation_id_fkey foreign key (pre_authorisation_id, station_id)
    references pre_authorisations (id, station_id),
  constraint pre_authorisation_lines_judged_whole check (
    (covered is null) = (policy_version is null) and (covered is null) = (reasons is null)
    and (covered is null) = (proof is null)),
  constraint pre_authorisation_lines_drawn_check check (drawn between 0 and coalesce(approved, 0))
);
alter table pre_authorisation_lines enable row level security;
alter table pre_authorisation_lines force row level security;
create policy pre_authorisation_lines_scope on pre_authorisation_lines using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update, delete on pre_authorisation_lines to aftersales_app;

-- Which claim took how much; one that is withdrawn or reduced gives it back.
create table pre_authorisation_draws (
  pre_authorisation_id uuid not null,
  line integer not null,
  claim_id uuid not null,
  station_id uuid not null,
  amount numeric(19, 2) not null constraint pre_authorisation_draws_amount_check check (amount >= 0),
  drawn_at timestamptz(3) not null,
  constraint pre_authorisation_draws_pkey primary key (pre_authorisation_id, line, claim_id),
  constraint pre_authorisation_draws_line_fkey foreign key (pre_authorisation_id, line)
    references pre_authorisation_lines (pre_authorisation_id, line)
);
create index pre_authorisation_draws_claim_idx on pre_authorisation_draws (claim_id);
alter table pre_authorisation_draws enable row level security;
alter table pre_authorisation_draws force row level security;
create policy pre_authorisation_draws_scope on pre_authorisation_draws using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on pre_authorisation_draws to aftersales_app;

-- The past. What orders did to a vehicle is known since they were delivered.
call show_history('vehicle_repairs', 'delivered_at');
call show_history('vehicle_repair_lines', 'recorded_at');
call show_history('vehicle_fitted_parts', 'recorded_at');
call show_history('vehicle_first_maintenances', 'recorded_at');
call keep_history('three_guarantee_signals', 'coalesce(t.withdrawn_at, t.reached_at)', '{"vehicle_id"}');
call keep_history(
  'pre_authorisations', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","work_order_id","vehicle_id"}');
call keep_history(
  'pre_authorisation_lines',
  'select p.updated_at from public.pre_authorisations p where p.id = t.pre_authorisation_id');
call keep_history('pre_authorisation_draws', 't.drawn_at', '{"claim_id"}');

-- Own records: what was asked for one's jobs.
call narrow_to_holder(
  'pre_authorisations',
  'created_by_id = any ((select public.holder())::uuid[]) or public.holds_order(work_order_id)');

-- What a person leaves in a request: why it was made, what was asked and said about it (0013 says how).
alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_before_warranty;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  requests uuid[];
begin
  perform erase_person_before_warranty(files, orders, patterns, pseudonym);
  select coalesce(array_agg(p.id), '{}') into requests from pre_authorisations p where p.work_order_id = any (orders);
  update pre_authorisations p
  set reason = without_person(p.reason, patterns, pseudonym), questions = without_person(p.questions, patterns, pseudonym),
    decision_reason = without_person(p.decision_reason, patterns, pseudonym)
  where p.id = any (requests);
  update pre_authorisations_history p
  set reason = without_person(p.reason, patterns, pseudonym), questions = without_person(p.questions, patterns, pseudonym),
    decision_reason = without_person(p.decision_reason, patterns, pseudonym)
  where p.id = any (requests);
  update pre_authorisation_lines l set description = without_person(l.description, patterns, pseudonym)
  where l.pre_authorisation_id = any (requests);
  update pre_authorisation_lines_history l set description = without_person(l.description, patterns, pseudonym)
  where l.pre_authorisation_id = any (requests);
  perform erase_person_around(requests, patterns, pseudonym);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
