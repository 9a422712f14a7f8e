-- Complaints, general and major (SM-4, CMP-01…34), with compensations and vehicle returns of major ones.

insert into policy_keys (key) values ('complaints');

create table complaints (
  id uuid constraint complaints_pkey primary key,
  number text not null constraint complaints_number_key unique,
  -- Null: headquarters has it.
  station_id uuid constraint complaints_station_id_fkey references stations (id),
  state text not null constraint complaints_state_check check (
    state in ('received', 'assigned', 'investigating', 'escalated', 'solutionProposed', 'inExecution', 'resolved',
      'closed', 'closedUnjustified', 'merged', 'majorReported', 'majorConfirmed', 'teamFormed', 'onSite', 'appraised',
      'negotiating', 'agreementEffective')),
  kind text not null constraint complaints_kind_check check (kind in ('general', 'major')),
  channel text not null constraint complaints_channel_check check (
    channel in ('hotline', 'station', 'counter', 'letter', 'email', 'fax', 'online', 'headquarters', 'followUpCall',
      'survey')),
  contact_name text not null,
  contact_phone text,
  customer_id uuid constraint complaints_customer_id_fkey references customers (id),
  vehicle_id uuid constraint complaints_vehicle_id_fkey references vehicles (id),
  vin text,
  service_request_id uuid constraint complaints_service_request_id_fkey references service_requests (id),
  work_order_id uuid constraint complaints_work_order_id_fkey references work_orders (id),
  category text not null constraint complaints_category_check check (
    category in ('vehicleQuality', 'repairQuality', 'parts', 'attitude', 'price', 'timeliness', 'other')),
  customer_words text not null constraint complaints_customer_words_check check (customer_words <> ''),
  symptom text,
  component text,
  fault_code text,
  crash boolean not null,
  fire boolean not null,
  broke_down boolean not null,
  injured integer not null constraint complaints_injured_check check (injured >= 0),
  deaths integer not null constraint complaints_deaths_check check (deaths >= 0),
  media_exposure boolean not null,
  incident_date date,
  odometer_km integer constraint complaints_odometer_check check (odometer_km >= 0),
  -- What the customer demands; a claim is something else.
  demand_amount numeric(19, 2) constraint complaints_demand_check check (demand_amount >= 0),
  demand_currency char(3),
  assignment jsonb,
  cause text,
  findings text,
  solutions jsonb not null default '[]'
    constraint complaints_solutions_list check (jsonb_typeof(solutions) = 'array'),
  -- Of the last solution: what the customer was told (T-37).
  promised_resolution_at timestamptz(3),
  refusals integer not null default 0 constraint complaints_refusals_check check (refusals >= 0),
  -- An axis of its own beside the state.
  escalation_level text constraint complaints_escalation_level_check check (
    escalation_level in ('station', 'region', 'afterSales', 'leaders')),
  escalation jsonb,
  resolution jsonb,
  satisfaction_call jsonb,
  reopenings integer not null default 0 constraint complaints_reopenings_check check (reopenings >= 0),
  conclusion text,
  closed_at timestamptz(3),
  duplicate_candidates uuid[] not null default '{}',
  merged_into_id uuid constraint complaints_merged_into_id_fkey references complaints (id),
  merged_ids uuid[] not null default '{}',
  major_report jsonb,
  level text constraint complaints_level_check check (level in ('level1', 'level2', 'level3')),
  confirmation jsonb,
  -- As it was formed last; its members hold grants (case_grants).
  team jsonb,
  arrival jsonb,
  appraisal jsonb,
  negotiations jsonb not null default '[]'
    constraint complaints_negotiations_list check (jsonb_typeof(negotiations) = 'array'),
  agreement jsonb,
  agreement_signatures integer not null default 0
    constraint complaints_agreement_signatures_check check (agreement_signatures between 0 and 2),
  repair_order_id uuid constraint complaints_repair_order_id_fkey references work_orders (id),
  execution_started_at timestamptz(3),
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint complaints_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint complaints_demand_whole check ((demand_amount is null) = (demand_currency is null)),
  constraint complaints_escalation_whole check ((escalation is null) = (escalation_level is null)),
  -- Vague answers are forbidden: no solution without the promised time (CMP-06).
  constraint complaints_promise_check check (
    promised_resolution_at is not null or (state <> 'solutionProposed' and (state <> 'inExecution' or kind = 'major'))),
  constraint complaints_resolved_check check (resolution is not null or state not in ('resolved', 'closed')),
  constraint complaints_cause_known check (cause is not null or state not in ('resolved', 'closed')),
  -- The satisfaction call comes before closing, and an unjustified complaint has its explanation (CMP-08, CMP-19).
  constraint complaints_closed_check check (
    (state <> 'closed' or (satisfaction_call ->> 'satisfied')::boolean is true)
    and (state not in ('closed', 'closedUnjustified') or (conclusion is not null and closed_at is not null))),
  constraint complaints_merged_check check ((state = 'merged') = (merged_into_id is not null)),
  constraint complaints_merged_elsewhere check (merged_into_id <> id),
  constraint complaints_major_check check (
    kind = 'major' or state not in ('majorReported', 'majorConfirmed', 'teamFormed', 'onSite', 'appraised',
      'negotiating', 'agreementEffective')),
  constraint complaints_reported_check check (kind = 'general' or major_report is not null),
  constraint complaints_confirmed_check check (
    (level is null) = (confirmation is null)
    and (level is not null or state not in ('majorConfirmed', 'teamFormed', 'onSite', 'appraised', 'negotiating',
      'agreementEffective'))),
  -- The agreement takes effect when both parties have signed (CMP-28).
  constraint complaints_agreement_check check (
    state <> 'agreementEffective' or (agreement is not null and agreement_signatures = 2)),
  constraint complaints_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
create index complaints_created_idx on complaints (created_at desc, id desc);
create index complaints_station_created_idx on complaints (station_id, created_at desc, id desc);
create index complaints_station_state_idx on complaints (station_id, state, created_at desc, id desc);
create index complaints_state_idx on complaints (state, created_at desc, id desc);
create index complaints_updated_idx on complaints (updated_at, id);
create index complaints_vin_idx on complaints (vin, created_at desc, id desc) where vin is not null;
create index complaints_component_idx on complaints (lower(component), created_at desc, id desc)
  where component is not null;
create index complaints_vehicle_idx on complaints (vehicle_id, created_at desc, id desc) where vehicle_id is not null;
create index complaints_customer_idx on complaints (customer_id) where customer_id is not null;
create index complaints_work_order_idx on complaints (work_order_id) where work_order_id is not null;
-- A request becomes one complaint, however often its conversion is sent.
create unique index complaints_service_request_key on complaints (service_request_id)
  where service_request_id is not null;
alter table complaints enable row level security;
alter table complaints force row level security;
-- The team of a major case sees it and nothing beside it (SEC-02).
create policy complaints_scope on complaints using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
  or id = any ((select granted_cases())::uuid[]));
grant select, insert, update on complaints to aftersales_app;

create trigger complaints_customer_erased before insert or update of customer_id, contact_name, contact_phone
  on complaints for each row when (new.customer_id is not null) execute function customer_not_erased();

-- The life cycle (SM-4) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('complaints', 'received', 'assigned'),
  ('complaints', 'assigned', 'investigating'),
  ('complaints', 'investigating', 'solutionProposed'),
  ('complaints', 'escalated', 'solutionProposed'),
  ('complaints', 'solutionProposed', 'inExecution'),
  ('complaints', 'solutionProposed', 'investigating'),
  ('complaints', 'assigned', 'escalated'),
  ('complaints', 'investigating', 'escalated'),
  ('complaints', 'inExecution', 'resolved'),
  ('complaints', 'resolved', 'closed'),
  ('complaints', 'resolved', 'investigating'),
  ('complaints', 'resolved', 'negotiating'),
  ('complaints', 'resolved', 'escalated'),
  ('complaints', 'closed', 'investigating'),
  ('complaints', 'closed', 'negotiating'),
  ('complaints', 'closedUnjustified', 'investigating'),
  ('complaints', 'received', 'closedUnjustified'),
  ('complaints', 'assigned', 'closedUnjustified'),
  ('complaints', 'investigating', 'closedUnjustified'),
  ('complaints', 'escalated', 'closedUnjustified'),
  ('complaints', 'solutionProposed', 'closedUnjustified'),
  ('complaints', 'received', 'majorReported'),
  ('complaints', 'assigned', 'majorReported'),
  ('complaints', 'investigating', 'majorReported'),
  ('complaints', 'escalated', 'majorReported'),
  ('complaints', 'majorReported', 'majorConfirmed'),
  ('complaints', 'majorReported', 'assigned'),
  ('complaints', 'majorConfirmed', 'assigned'),
  ('complaints', 'teamFormed', 'assigned'),
  ('complaints', 'onSite', 'assigned'),
  ('complaints', 'appraised', 'assigned'),
  ('complaints', 'negotiating', 'assigned'),
  ('complaints', 'majorConfirmed', 'teamFormed'),
  ('complaints', 'teamFormed', 'onSite'),
  ('complaints', 'onSite', 'appraised'),
  ('complaints', 'appraised', 'negotiating'),
  ('complaints', 'agreementEffective', 'negotiating'),
  ('complaints', 'negotiating', 'agreementEffective'),
  ('complaints', 'agreementEffective', 'inExecution'),
  ('complaints', 'received', 'merged'),
  ('complaints', 'assigned', 'merged'),
  ('complaints', 'investigating', 'merged'),
  ('complaints', 'escalated', 'merged'),
  ('complaints', 'solutionProposed', 'merged');
create trigger complaints_transition before update of state on complaints
  for each row when (old.state is distinct from new.state) execute function guard_transition('a complaint');

create table complaint_compensations (
  id uuid constraint complaint_compensations_pkey primary key,
  complaint_id uuid not null constraint complaint_compensations_complaint_id_fkey references complaints (id),
  station_id uuid,
  purpose text not null,
  amount numeric(19, 2) not null constraint complaint_compensations_amount_check check (amount > 0),
  currency char(3) not null,
  recorded_at timestamptz(3) not null,
  recorded_by text not null,
  recorded_by_id uuid,
  paid_at timestamptz(3),
  payment_reference text,
  payment_by text,
  constraint complaint_compensations_payment_whole check (
    (paid_at is null) = (payment_reference is null) and (paid_at is null) = (payment_by is null))
);
create index complaint_compensations_complaint_idx on complaint_compensations (complaint_id);

create table complaint_vehicle_returns (
  id uuid constraint complaint_vehicle_returns_pkey primary key,
  complaint_id uuid not null constraint complaint_vehicle_returns_complaint_id_fkey references complaints (id),
  station_id uuid,
  vehicle_id uuid not null constraint complaint_vehicle_returns_vehicle_id_fkey references vehicles (id),
  note text not null,
  carrier text,
  collected_from text,
  odometer_km integer constraint complaint_vehicle_returns_odometer_check check (odometer_km >= 0),
  collected_at timestamptz(3) not null,
  recorded_by text not null,
  storage jsonb
);
create index complaint_vehicle_returns_complaint_idx on complaint_vehicle_returns (complaint_id);
create index complaint_vehicle_returns_vehicle_idx on complaint_vehicle_returns (vehicle_id);

do $do$
declare
  child text;
begin
  foreach child in array array['complaint_compensations', 'complaint_vehicle_returns'] loop
    execute format('alter table %I enable row level security', child);
    execute format('alter table %I force row level security', child);
    execute format(
      'create policy %I on %I using ((select current_setting(''app.scope'')) = ''*'' '
        || 'or station_id = any ((select nullif(current_setting(''app.scope''), ''*''))::uuid[]) '
        || 'or complaint_id = any ((select granted_cases())::uuid[]))',
      child || '_scope', child);
    execute format('grant select, insert, update on %I to aftersales_app', child);
  end loop;
end
$do$;

-- The past (0014).
set local app.scope = '*';
call keep_history(
  'complaints', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","vehicle_id","customer_id"}');
call keep_history(
  'complaint_compensations', 'select c.updated_at from public.complaints c where c.id = t.complaint_id',
  '{"complaint_id"}');
call keep_history(
  'complaint_vehicle_returns', 'select c.updated_at from public.complaints c where c.id = t.complaint_id',
  '{"complaint_id"}');

-- Whatever other systems ever called a complaint: what the same case is found by under their numbers. Behind row-level security no
-- index on external_ids itself is in reach: containment of jsonb is not leakproof, equality of text is.
create table complaint_identities (
  complaint_id uuid not null constraint complaint_identities_complaint_id_fkey references complaints (id),
  system text not null,
  external_id text not null,
  known_at timestamptz(3) not null,
  constraint complaint_identities_pkey primary key (system, external_id, complaint_id)
);
comment on table complaint_identities is 'Written by triggers on complaints.external_ids, never by statements of the server.';
alter table complaint_identities enable row level security;
alter table complaint_identities force row level security;
create policy complaint_identities_scope on complaint_identities using (
  exists (select from complaints_versions v where v.id = complaint_id));
grant select, insert on complaint_identities to aftersales_app;

create function complaint_identities_follow() returns trigger language plpgsql as $$
begin
  insert into complaint_identities (complaint_id, system, external_id, known_at)
  select new.id, i.system, i.external_id, new.updated_at
  from jsonb_each_text(new.external_ids) as i(system, external_id)
  on conflict do nothing;
  return null;
end
$$;
create trigger complaint_identities_new after insert on complaints for each row
  when (new.external_ids <> '{}') execute function complaint_identities_follow();
create trigger complaint_identities_changed after update of external_ids on complaints for each row
  when (new.external_ids is distinct from old.external_ids) execute function complaint_identities_follow();
call show_history('complaint_identities', 'known_at');

-- A customer sees his own (0021).
create function holds_complaint(document uuid) returns boolean language plpgsql stable cost 10 as $$
begin
  return exists (select from public.complaints d where d.id = document);
end
$$;
grant execute on function holds_complaint(uuid) to aftersales_app;
call narrow_to_holder(
  'complaints',
  'created_by_id = any ((select public.holder())::uuid[]) or customer_id = any ((select public.holder())::uuid[]) '
    || 'or recorded_to <> ''infinity'' and public.holds_complaint(id)');

-- Persons (0018). An open complaint needs its customer.
alter function customer_holds(uuid[]) rename to customer_holds_beside_complaints;
create function customer_holds(files uuid[]) returns table (resource text, number text, state text)
  language sql stable as $$
  select h.resource, h.number, h.state from customer_holds_beside_complaints(files) h
  union all
  select 'complaint', c.number, c.state
  from complaints c
  where c.customer_id = any (files) and c.state not in ('closed', 'closedUnjustified', 'merged')
$$;

alter function customer_known_as(uuid[], uuid[]) rename to customer_known_beside_complaints_as;
create function customer_known_as(files uuid[], orders uuid[]) returns text[] language sql stable as $$
  select array_agg(distinct value)
  from (
    select unnest(customer_known_beside_complaints_as(files, orders)) as value
    union all
    select unnest(array[c.contact_name, c.contact_phone])
    from complaints_versions c
    where c.customer_id = any (files)
    union all
    select s ->> 'name'
    from complaints_versions c, jsonb_array_elements(coalesce(c.agreement -> 'signatures', '[]')) s
    where c.customer_id = any (files) and s ->> 'side' = 'customer'
  ) as known
  where value is not null
$$;

-- What hangs on documents of every family: notes, history, kept answers. A family erases its own rows and calls this for them.
create function erase_person_around(subjects uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  update notes n set text = without_person(n.text, patterns, pseudonym) where n.subject_id = any (subjects);
  update events e
  set reason = without_person(e.reason, patterns, pseudonym), data = without_person(e.data, patterns, pseudonym),
    changes = without_person(e.changes, patterns, pseudonym)
  where e.subject_id = any (subjects);
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8')
  where exists (
    select from unnest(subjects) as s(id)
    where position(convert_to(id::text, 'UTF8') in k.body) > 0 or position(id::text in k.operation) > 0);
end
$$;
revoke execute on function erase_person_around(uuid[], text[], text) from public;

alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_beside_complaints;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  cases uuid[];
  rows text;
begin
  perform erase_person_beside_complaints(files, orders, patterns, pseudonym);
  select coalesce(array_agg(c.id), '{}') into cases from complaints c where c.customer_id = any (files);
  foreach rows in array array['complaints', 'complaints_history'] loop
    execute format(
      'update %I c '
        || 'set contact_name = $3, contact_phone = null, customer_words = without_person(c.customer_words, $2, $3), '
        || 'symptom = without_person(c.symptom, $2, $3), findings = without_person(c.findings, $2, $3), '
        || 'conclusion = without_person(c.conclusion, $2, $3), assignment = without_person(c.assignment, $2, $3), '
        || 'solutions = without_person(c.solutions, $2, $3), escalation = without_person(c.escalation, $2, $3), '
        || 'resolution = without_person(c.resolution, $2, $3), '
        || 'satisfaction_call = without_person(c.satisfaction_call, $2, $3), '
        || 'major_report = without_person(c.major_report, $2, $3), '
        || 'confirmation = without_person(c.confirmation, $2, $3), team = without_person(c.team, $2, $3), arrival = without_person(c.arrival, $2, $3), '
        || 'appraisal = without_person(c.appraisal, $2, $3), '
        || 'negotiations = without_person(c.negotiations, $2, $3), agreement = without_person(c.agreement, $2, $3) '
        || 'where c.id = any ($1)', rows)
    using cases, patterns, pseudonym;
  end loop;
  foreach rows in array array['complaint_compensations', 'complaint_compensations_history'] loop
    execute format(
      'update %I c set purpose = without_person(c.purpose, $2, $3), '
        || 'payment_reference = without_person(c.payment_reference, $2, $3) where c.complaint_id = any ($1)', rows)
    using cases, patterns, pseudonym;
  end loop;
  foreach rows in array array['complaint_vehicle_returns', 'complaint_vehicle_returns_history'] loop
    execute format(
      'update %I c set collected_from = without_person(c.collected_from, $2, $3), '
        || 'note = without_person(c.note, $2, $3), storage = without_person(c.storage, $2, $3) '
        || 'where c.complaint_id = any ($1)', rows)
    using cases, patterns, pseudonym;
  end loop;
  perform erase_person_around(cases, patterns, pseudonym);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
