-- Quality information, general and major (SM-5, QI-01…QI-30): issues with their judgements, reports, measures and 8D records, and
-- the occurrences of defects that complaints are counted by; recalls and service campaigns (M11).

create table quality_issues (
  id uuid constraint quality_issues_pkey primary key,
  number text not null constraint quality_issues_number_key unique,
  -- Null: headquarters' own.
  station_id uuid constraint quality_issues_station_id_fkey references stations (id),
  state text not null constraint quality_issues_state_check check (
    state in ('reported', 'general', 'pendingConfirmation', 'confirmed', 'qaConfirmed', 'inHandling', 'resolved',
      'closed')),
  -- Null until somebody has judged it.
  class text constraint quality_issues_class_check check (class in ('general', 'major')),
  level text constraint quality_issues_level_check check (level in ('level1', 'level2', 'level3')),
  proposed_level text constraint quality_issues_proposed_level_check check (
    proposed_level in ('level1', 'level2', 'level3')),
  proposed_criteria text[] not null default '{}',
  classifications integer not null default 0,
  reports integer not null default 0,
  source text not null constraint quality_issues_source_check check (
    source in ('callCentre', 'station', 'customer', 'dealer', 'complaint', 'workOrder', 'earlyWarning')),
  symptom text not null constraint quality_issues_symptom_check check (symptom <> ''),
  defects jsonb not null default '[]',
  vehicle_id uuid constraint quality_issues_vehicle_id_fkey references vehicles (id),
  model_id uuid constraint quality_issues_model_id_fkey references vehicle_models (id),
  customer_id uuid constraint quality_issues_customer_id_fkey references customers (id),
  work_order_id uuid,
  complaint_id uuid constraint quality_issues_complaint_id_fkey references complaints (id),
  odometer_km integer,
  occurred_at timestamptz(3),
  facts jsonb not null,
  gradings jsonb not null default '[]',
  handling jsonb not null default '[]',
  receipts jsonb not null default '[]',
  result text,
  reopenings integer not null default 0,
  resolved_at timestamptz(3),
  closed_at timestamptz(3),
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint quality_issues_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- With the station, so that no issue hangs on another station's order.
  constraint quality_issues_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint quality_issues_work_order_check check (work_order_id is null or station_id is not null),
  -- What is graded has a level, and nothing else (QI-06).
  constraint quality_issues_graded_check check (
    case
      when state in ('confirmed', 'qaConfirmed', 'inHandling') then class = 'major' and level is not null
      when state in ('resolved', 'closed') then class is not null and (class = 'major') = (level is not null)
      when state = 'general' then level is null
      else true
    end),
  -- Who acts: QA has confirmed level 1 alone (QI-20).
  constraint quality_issues_qa_confirmed_check check (state <> 'qaConfirmed' or level = 'level1'),
  constraint quality_issues_result_check check (
    (state in ('resolved', 'closed')) = (result is not null) and (result is null) = (resolved_at is null)),
  constraint quality_issues_closed_check check ((state = 'closed') = (closed_at is not null)),
  -- A major one is closed when its result was received by everybody who takes part in it (QI-28).
  constraint quality_issues_receipts_check check (
    state <> 'closed' or class <> 'major'
    or ((station_id is null or receipts @> '[{"party": "station"}]')
      and (vehicle_id is null and customer_id is null or receipts @> '[{"party": "customer"}]'))),
  constraint quality_issues_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
-- One general record of an order, however often its delivery is sent (WO-45).
create unique index quality_issues_work_order_key on quality_issues (work_order_id) where source = 'workOrder';
-- One issue of a complaint, however often it is confirmed as major (CMP-16).
create unique index quality_issues_complaint_key on quality_issues (complaint_id) where complaint_id is not null;
create index quality_issues_created_idx on quality_issues (created_at desc, id desc);
create index quality_issues_station_created_idx on quality_issues (station_id, created_at desc, id desc);
create index quality_issues_station_state_idx on quality_issues (station_id, state, created_at desc, id desc);
create index quality_issues_state_idx on quality_issues (state, created_at desc, id desc);
create index quality_issues_level_idx on quality_issues (level, created_at desc, id desc) where level is not null;
create index quality_issues_updated_idx on quality_issues (updated_at, id);
create index quality_issues_vehicle_idx on quality_issues (vehicle_id, created_at desc, id desc)
  where vehicle_id is not null;
create index quality_issues_model_idx on quality_issues (model_id, created_at desc, id desc) where model_id is not null;
create index quality_issues_customer_idx on quality_issues (customer_id) where customer_id is not null;
alter table quality_issues enable row level security;
alter table quality_issues force row level security;
create policy quality_issues_scope on quality_issues using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on quality_issues to aftersales_app;

-- The life cycle (SM-5) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('quality_issues', 'reported', 'pendingConfirmation'),
  ('quality_issues', 'general', 'pendingConfirmation'),
  ('quality_issues', 'pendingConfirmation', 'confirmed'),
  ('quality_issues', 'reported', 'general'),
  ('quality_issues', 'pendingConfirmation', 'general'),
  ('quality_issues', 'confirmed', 'qaConfirmed'),
  ('quality_issues', 'confirmed', 'pendingConfirmation'),
  ('quality_issues', 'qaConfirmed', 'inHandling'),
  ('quality_issues', 'confirmed', 'inHandling'),
  ('quality_issues', 'general', 'resolved'),
  ('quality_issues', 'inHandling', 'resolved'),
  ('quality_issues', 'resolved', 'closed'),
  ('quality_issues', 'qaConfirmed', 'confirmed'),
  ('quality_issues', 'inHandling', 'confirmed'),
  ('quality_issues', 'resolved', 'pendingConfirmation'),
  ('quality_issues', 'closed', 'pendingConfirmation');
create trigger quality_issues_transition before update of state on quality_issues
  for each row when (old.state is distinct from new.state) execute function guard_transition('a quality issue');

-- Every judgement of facts with the numbers that it was made by (A1): immutable, so that it can be repeated years later. Of any
-- document whose facts are judged.
create table quality_classifications (
  resource text not null,
  subject_id uuid not null,
  sequence integer not null constraint quality_classifications_sequence_check check (sequence > 0),
  occasion text not null,
  facts jsonb not null,
  matches jsonb not null,
  level text constraint quality_classifications_level_check check (level in ('level1', 'level2', 'level3')),
  policy_version integer not null,
  rules_version integer not null,
  classified_at timestamptz(3) not null,
  classified_by text not null,
  classified_by_id uuid,
  constraint quality_classifications_pkey primary key (subject_id, sequence)
);
alter table quality_classifications enable row level security;
alter table quality_classifications force row level security;
-- Whoever sees the document sees how it was judged, wherever the document goes. Written in the transaction that makes the document.
create policy quality_classifications_scope on quality_classifications for select using (
  case resource
    when 'qualityIssue' then exists (select from quality_issues q where q.id = subject_id)
    when 'complaint' then exists (select from complaints c where c.id = subject_id)
    else false
  end);
create policy quality_classifications_kept on quality_classifications for insert with check (true);
-- For the erasure of a person, by functions with the owner's rights.
create policy quality_classifications_erasure on quality_classifications for update using (true);
grant select, insert on quality_classifications to aftersales_app;

-- Reports of major quality information as they were issued (F-12, QI-23), and when each recipient got one.
create table quality_reports (
  quality_issue_id uuid not null constraint quality_reports_quality_issue_id_fkey references quality_issues (id),
  sequence integer not null constraint quality_reports_sequence_check check (sequence > 0),
  station_id uuid constraint quality_reports_station_id_fkey references stations (id),
  level text not null constraint quality_reports_level_check check (level in ('level1', 'level2', 'level3')),
  content jsonb not null,
  recipients text[] not null constraint quality_reports_recipients_check check (cardinality(recipients) > 0),
  issued_at timestamptz(3) not null,
  issued_by text not null,
  constraint quality_reports_pkey primary key (quality_issue_id, sequence)
);
alter table quality_reports enable row level security;
alter table quality_reports force row level security;
create policy quality_reports_scope on quality_reports using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on quality_reports to aftersales_app;

create table quality_report_deliveries (
  quality_issue_id uuid not null,
  sequence integer not null,
  recipient text not null,
  station_id uuid constraint quality_report_deliveries_station_id_fkey references stations (id),
  channel text not null constraint quality_report_deliveries_channel_check check (
    channel in ('phone', 'message', 'email', 'fax', 'inPerson', 'system')),
  delivered_at timestamptz(3) not null,
  recorded_by text not null,
  recorded_at timestamptz(3) not null,
  -- Once to each.
  constraint quality_report_deliveries_pkey primary key (quality_issue_id, sequence, recipient),
  constraint quality_report_deliveries_report_fkey foreign key (quality_issue_id, sequence)
    references quality_reports (quality_issue_id, sequence)
);
alter table quality_report_deliveries enable row level security;
alter table quality_report_deliveries force row level security;
create policy quality_report_deliveries_scope on quality_report_deliveries using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on quality_report_deliveries to aftersales_app;

-- Containment, corrective and preventive measures (QI-31, QI-32), and the 8D record of an issue.
create table quality_measures (
  quality_issue_id uuid not null constraint quality_measures_quality_issue_id_fkey references quality_issues (id),
  number integer not null constraint quality_measures_number_check check (number > 0),
  station_id uuid constraint quality_measures_station_id_fkey references stations (id),
  kind text not null constraint quality_measures_kind_check check (kind in ('containment', 'corrective', 'preventive')),
  description text not null,
  owner text not null,
  due_date date not null,
  state text not null constraint quality_measures_state_check check (state in ('open', 'inProgress', 'done', 'dropped')),
  completed_date date,
  effectiveness_percent integer constraint quality_measures_effectiveness_check check (
    effectiveness_percent between 0 and 100),
  proof text,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  constraint quality_measures_pkey primary key (quality_issue_id, number),
  constraint quality_measures_completed_check check ((state = 'done') = (completed_date is not null)),
  constraint quality_measures_proof_check check (effectiveness_percent is null or proof is not null)
);
create index quality_measures_due_idx on quality_measures (due_date) where state in ('open', 'inProgress');
alter table quality_measures enable row level security;
alter table quality_measures force row level security;
create policy quality_measures_scope on quality_measures using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on quality_measures to aftersales_app;

create table quality_disciplines (
  quality_issue_id uuid not null constraint quality_disciplines_quality_issue_id_fkey references quality_issues (id),
  discipline text not null constraint quality_disciplines_discipline_check check (discipline ~ '^D[0-8]$'),
  station_id uuid constraint quality_disciplines_station_id_fkey references stations (id),
  summary text not null,
  team jsonb not null default '[]',
  causes jsonb not null default '[]',
  completed_at timestamptz(3),
  completed_by text,
  constraint quality_disciplines_pkey primary key (quality_issue_id, discipline),
  constraint quality_disciplines_completed_check check ((completed_at is null) = (completed_by is null))
);
alter table quality_disciplines enable row level security;
alter table quality_disciplines force row level security;
create policy quality_disciplines_scope on quality_disciplines using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on quality_disciplines to aftersales_app;

-- Who complained where about which fault of which part of which model, counted over the whole network (QI-30). No row-level
-- security: a row says nothing about whose vehicle it was.
create table defect_occurrences (
  source_id uuid not null,
  -- Several faults of one source.
  place bigint not null,
  model_id uuid not null constraint defect_occurrences_model_id_fkey references vehicle_models (id),
  -- Empty: not known.
  part_number text not null,
  fault_code text not null,
  occurred_at timestamptz(3) not null,
  constraint defect_occurrences_pkey primary key (source_id, place),
  constraint defect_occurrences_named check (part_number <> '' or fault_code <> '')
);
create index defect_occurrences_group_idx on defect_occurrences (model_id, part_number, fault_code, occurred_at);
create index defect_occurrences_occurred_idx on defect_occurrences (occurred_at);
grant select, insert, update, delete on defect_occurrences to aftersales_app;

-- Recalls and service campaigns (M11): the predicate of the population, frozen to lines when the campaign is approved, and what was
-- answered about open ones on each visit (A8).
create table campaigns (
  id uuid constraint campaigns_pkey primary key,
  number text not null constraint campaigns_number_key unique,
  state text not null constraint campaigns_state_check check (
    state in ('draft', 'approved', 'published', 'suspended', 'completed')),
  kind text not null constraint campaigns_kind_check check (kind in ('recall', 'service')),
  title text not null,
  description text not null,
  remedy text not null,
  quality_issue_id uuid constraint campaigns_quality_issue_id_fkey references quality_issues (id),
  population jsonb not null,
  vehicle_count integer,
  population_hash text constraint campaigns_population_hash_check check (population_hash ~ '^[0-9a-f]{64}$'),
  frozen_at timestamptz(3),
  approved_by text,
  published_at timestamptz(3),
  completed_at timestamptz(3),
  reason text,
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint campaigns_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- What is approved has its list, with vehicles in it.
  constraint campaigns_frozen_check check (
    (state = 'draft') = (vehicle_count is null) and (vehicle_count is null) = (population_hash is null)
    and (vehicle_count is null) = (frozen_at is null) and (vehicle_count is null or vehicle_count > 0)),
  constraint campaigns_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
create index campaigns_created_idx on campaigns (created_at desc, id desc);
create index campaigns_state_idx on campaigns (state, created_at desc, id desc);
create index campaigns_updated_idx on campaigns (updated_at, id);
alter table campaigns enable row level security;
alter table campaigns force row level security;
-- Drafts are headquarters'; what is published is everybody's.
create policy campaigns_scope on campaigns using (
  (select current_setting('app.scope')) = '*' or state in ('published', 'suspended', 'completed'));
grant select, insert, update on campaigns to aftersales_app;

create table campaign_vehicles (
  id uuid constraint campaign_vehicles_pkey primary key,
  campaign_id uuid not null constraint campaign_vehicles_campaign_id_fkey references campaigns (id),
  vehicle_id uuid not null constraint campaign_vehicles_vehicle_id_fkey references vehicles (id),
  vin text not null,
  state text not null constraint campaign_vehicles_state_check check (
    state in ('affected', 'notified', 'scheduled', 'remedied', 'refused', 'exported', 'scrapped')),
  notifications integer not null default 0,
  channel text,
  notified_at timestamptz(3),
  planned_at timestamptz(3),
  work_order_id uuid constraint campaign_vehicles_work_order_id_fkey references work_orders (id),
  remedied_at timestamptz(3),
  reason text,
  version integer not null default 1 constraint campaign_vehicles_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- A vehicle is affected once.
  constraint campaign_vehicles_key unique (campaign_id, vehicle_id),
  constraint campaign_vehicles_remedied_check check (
    (state = 'remedied') = (remedied_at is not null) and (state <> 'remedied' or work_order_id is not null)),
  constraint campaign_vehicles_reason_check check (
    reason is not null or state not in ('refused', 'exported', 'scrapped'))
);
create index campaign_vehicles_vin_idx on campaign_vehicles (campaign_id, vin, id);
create index campaign_vehicles_updated_idx on campaign_vehicles (campaign_id, updated_at, id);
create index campaign_vehicles_vehicle_idx on campaign_vehicles (vehicle_id);
alter table campaign_vehicles enable row level security;
alter table campaign_vehicles force row level security;
-- Seen by whoever sees the campaign.
create policy campaign_vehicles_scope on campaign_vehicles using (
  exists (select from campaigns c where c.id = campaign_id));
grant select, insert, update on campaign_vehicles to aftersales_app;

create table work_order_campaigns (
  id uuid constraint work_order_campaigns_pkey primary key,
  work_order_id uuid not null constraint work_order_campaigns_work_order_id_fkey references work_orders (id),
  station_id uuid not null constraint work_order_campaigns_station_id_fkey references stations (id),
  campaign_id uuid not null constraint work_order_campaigns_campaign_id_fkey references campaigns (id),
  campaign_vehicle_id uuid not null
    constraint work_order_campaigns_campaign_vehicle_id_fkey references campaign_vehicles (id),
  choice text not null constraint work_order_campaigns_choice_check check (choice in ('perform', 'defer')),
  reason text,
  answered_at timestamptz(3) not null,
  answered_by text not null,
  answered_by_id uuid,
  constraint work_order_campaigns_reason_check check (choice <> 'defer' or reason is not null)
);
create index work_order_campaigns_order_idx on work_order_campaigns (work_order_id, campaign_id, answered_at desc);
alter table work_order_campaigns enable row level security;
alter table work_order_campaigns force row level security;
create policy work_order_campaigns_scope on work_order_campaigns using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on work_order_campaigns to aftersales_app;

-- The life cycles (M11) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('campaigns', 'draft', 'approved'), ('campaigns', 'approved', 'published'), ('campaigns', 'suspended', 'published'),
  ('campaigns', 'published', 'suspended'), ('campaigns', 'published', 'completed'),
  ('campaigns', 'suspended', 'completed'),
  ('campaign_vehicles', 'affected', 'notified'), ('campaign_vehicles', 'refused', 'notified'),
  ('campaign_vehicles', 'affected', 'scheduled'), ('campaign_vehicles', 'notified', 'scheduled'),
  ('campaign_vehicles', 'refused', 'scheduled'),
  ('campaign_vehicles', 'affected', 'remedied'), ('campaign_vehicles', 'notified', 'remedied'),
  ('campaign_vehicles', 'scheduled', 'remedied'), ('campaign_vehicles', 'refused', 'remedied'),
  ('campaign_vehicles', 'affected', 'refused'), ('campaign_vehicles', 'notified', 'refused'),
  ('campaign_vehicles', 'scheduled', 'refused'),
  ('campaign_vehicles', 'affected', 'exported'), ('campaign_vehicles', 'notified', 'exported'),
  ('campaign_vehicles', 'scheduled', 'exported'), ('campaign_vehicles', 'refused', 'exported'),
  ('campaign_vehicles', 'affected', 'scrapped'), ('campaign_vehicles', 'notified', 'scrapped'),
  ('campaign_vehicles', 'scheduled', 'scrapped'), ('campaign_vehicles', 'refused', 'scrapped');
create trigger campaigns_transition before update of state on campaigns
  for each row when (old.state is distinct from new.state) execute function guard_transition('a campaign');
create trigger campaign_vehicles_transition before update of state on campaign_vehicles
  for each row when (old.state is distinct from new.state) execute function guard_transition('a vehicle of a campaign');

-- The past.
call keep_history(
  'quality_issues', 't.updated_at', '{"number","station_id, created_at desc, id desc","created_at desc, id desc"}');
call show_history('quality_classifications', 'classified_at');
call show_history('quality_reports', 'issued_at');
call show_history('quality_report_deliveries', 'recorded_at');
call keep_history(
  'quality_measures', 'select q.updated_at from public.quality_issues q where q.id = t.quality_issue_id');
call keep_history(
  'quality_disciplines', 'select q.updated_at from public.quality_issues q where q.id = t.quality_issue_id');
call keep_history('defect_occurrences', 't.occurred_at');
call keep_history('campaigns', 't.updated_at', '{"number","created_at desc, id desc"}');
call keep_history('campaign_vehicles', 't.updated_at', '{"campaign_id, vin, id","vehicle_id"}');
call show_history('work_order_campaigns', 'answered_at');

-- Own records: what one reported, and what came out of one's jobs.
create function holds_issue(document uuid) returns boolean language plpgsql stable cost 10 as $$
begin
  return exists (select from public.quality_issues d where d.id = document);
end
$$;
grant execute on function holds_issue(uuid) to aftersales_app;
call narrow_to_holder(
  'quality_issues',
  'created_by_id = any ((select public.holder())::uuid[]) or public.holds_order(work_order_id) '
    || 'or recorded_to <> ''infinity'' and public.holds_issue(id)');

-- Persons (0013 and 0014 say how).
create trigger quality_issues_customer_erased before insert or update of customer_id
  on quality_issues for each row when (new.customer_id is not null) execute function customer_not_erased();

alter function customer_holds(uuid[]) rename to customer_holds_before_quality;
create function customer_holds(files uuid[]) returns table (resource text, number text, state text)
  language sql stable as $$
  select h.resource, h.number, h.state from customer_holds_before_quality(files) h
  union all
  select 'qualityIssue', q.number, q.state
  from quality_issues q
  where q.customer_id = any (files) and q.class = 'major' and q.state <> 'closed'
$$;

alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_before_quality;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  issues uuid[];
begin
  perform erase_person_before_quality(files, orders, patterns, pseudonym);
  select coalesce(array_agg(q.id), '{}') into issues
  from quality_issues q
  where q.customer_id = any (files) or q.work_order_id = any (orders)
    or exists (select from complaints c where c.id = q.complaint_id and c.customer_id = any (files));
  update quality_issues q
  set symptom = without_person(q.symptom, patterns, pseudonym), defects = without_person(q.defects, patterns, pseudonym),
    facts = without_person(q.facts, patterns, pseudonym), gradings = without_person(q.gradings, patterns, pseudonym),
    handling = without_person(q.handling, patterns, pseudonym),
    receipts = without_person(q.receipts, patterns, pseudonym), result = without_person(q.result, patterns, pseudonym)
  where q.id = any (issues);
  update quality_issues_history q
  set symptom = without_person(q.symptom, patterns, pseudonym), defects = without_person(q.defects, patterns, pseudonym),
    facts = without_person(q.facts, patterns, pseudonym), gradings = without_person(q.gradings, patterns, pseudonym),
    handling = without_person(q.handling, patterns, pseudonym),
    receipts = without_person(q.receipts, patterns, pseudonym), result = without_person(q.result, patterns, pseudonym)
  where q.id = any (issues);
  update quality_classifications c
  set facts = without_person(c.facts, patterns, pseudonym), matches = without_person(c.matches, patterns, pseudonym)
  where c.subject_id = any (issues);
  update quality_reports r set content = without_person(r.content, patterns, pseudonym)
  where r.quality_issue_id = any (issues);
  update quality_measures m
  set description = without_person(m.description, patterns, pseudonym), proof = without_person(m.proof, patterns, pseudonym)
  where m.quality_issue_id = any (issues);
  update quality_measures_history m
  set description = without_person(m.description, patterns, pseudonym), proof = without_person(m.proof, patterns, pseudonym)
  where m.quality_issue_id = any (issues);
  update quality_disciplines d
  set summary = without_person(d.summary, patterns, pseudonym), causes = without_person(d.causes, patterns, pseudonym)
  where d.quality_issue_id = any (issues);
  update quality_disciplines_history d
  set summary = without_person(d.summary, patterns, pseudonym), causes = without_person(d.causes, patterns, pseudonym)
  where d.quality_issue_id = any (issues);
  update campaign_vehicles v set reason = without_person(v.reason, patterns, pseudonym)
  where v.vehicle_id in (select o.vehicle_id from work_orders o where o.id = any (orders));
  update campaign_vehicles_history v set reason = without_person(v.reason, patterns, pseudonym)
  where v.vehicle_id in (select o.vehicle_id from work_orders o where o.id = any (orders));
  update work_order_campaigns w set reason = without_person(w.reason, patterns, pseudonym)
  where w.work_order_id = any (orders);
  update notes n set text = without_person(n.text, patterns, pseudonym) where n.subject_id = any (issues);
  update events e
  set reason = without_person(e.reason, patterns, pseudonym), data = without_person(e.data, patterns, pseudonym),
    changes = without_person(e.changes, patterns, pseudonym)
  where e.subject_id = any (issues);
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8')
  where exists (
    select from unnest(issues) as s(id)
    where position(convert_to(s.id::text, 'UTF8') in k.body) > 0 or position(s.id::text in k.operation) > 0);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
