-- Warranty claims (SM-6, CLM-01…18): items a causal part with charge lines, the decision on each, immutable versions with what the
-- audit saw, repairs that were claimed over the whole network, and drafts of the rules tried on past claims.

create table warranty_claims (
  id uuid constraint warranty_claims_pkey primary key,
  number text not null constraint warranty_claims_number_key unique,
  station_id uuid not null constraint warranty_claims_station_id_fkey references stations (id),
  kind text not null constraint warranty_claims_kind_check check (
    kind in ('warrantyRepair', 'firstMaintenance', 'partsWarranty', 'fieldService', 'goodwill', 'campaign',
      'complaintCompensation')),
  state text not null constraint warranty_claims_state_check check (
    state in ('draft', 'underAudit', 'returned', 'rejected', 'awaitingOldPart', 'payable', 'inSettlement', 'settled',
      'withdrawn')),
  currency char(3) not null,
  work_order_id uuid,
  complaint_id uuid,
  vehicle_id uuid constraint warranty_claims_vehicle_id_fkey references vehicles (id),
  odometer_km integer constraint warranty_claims_odometer_km_check check (odometer_km >= 0),
  repaired_on date,
  note text,
  appraisal jsonb,
  submissions integer not null default 0,
  submitted_at timestamptz(3),
  -- Everybody who submitted or appealed; none of them decides (SEC-10).
  submitter_ids uuid[] not null default '{}',
  appeals integer not null default 0,
  decided_at timestamptz(3),
  settled_at timestamptz(3),
  versions integer not null default 0,
  -- Findings of the latest audit.
  blocking integer not null default 0,
  reviewing integer not null default 0,
  reason text,
  last_line_number integer not null default 0,
  claimed_amount numeric(19, 2) not null default 0,
  approved_amount numeric(19, 2) not null default 0,
  external_ids jsonb not null default '{}'
    constraint warranty_claims_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint warranty_claims_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint warranty_claims_id_station_key unique (id, station_id),
  -- With the station, so that no claim hangs on another station's order or complaint.
  constraint warranty_claims_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint warranty_claims_complaint_id_fkey foreign key (complaint_id) references complaints (id),
  -- A claim comes of a finished repair, or of what a complaint was promised (CLM-07, CLM-18).
  constraint warranty_claims_source_check check (
    (kind = 'complaintCompensation') = (complaint_id is not null)
    and (kind = 'complaintCompensation') = (work_order_id is null)),
  constraint warranty_claims_submitted_check check (
    submitted_at is not null or state in ('draft', 'withdrawn')),
  constraint warranty_claims_approved_check check (approved_amount >= 0 and approved_amount <= claimed_amount)
);
create index warranty_claims_created_idx on warranty_claims (created_at desc, id desc);
create index warranty_claims_updated_idx on warranty_claims (updated_at, id);
create index warranty_claims_submitted_idx on warranty_claims (submitted_at, id);
create index warranty_claims_state_idx on warranty_claims (state, created_at desc, id desc);
create index warranty_claims_station_created_idx on warranty_claims (station_id, created_at desc, id desc);
create index warranty_claims_station_state_idx on warranty_claims (station_id, state, created_at desc, id desc);
create index warranty_claims_station_updated_idx on warranty_claims (station_id, updated_at, id);
create index warranty_claims_station_submitted_idx on warranty_claims (station_id, submitted_at, id);
create index warranty_claims_work_order_idx on warranty_claims (work_order_id) where work_order_id is not null;
create index warranty_claims_complaint_idx on warranty_claims (complaint_id) where complaint_id is not null;
create index warranty_claims_vehicle_idx on warranty_claims (vehicle_id, created_at desc, id desc)
  where vehicle_id is not null;
alter table warranty_claims enable row level security;
alter table warranty_claims force row level security;
create policy warranty_claims_scope on warranty_claims using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on warranty_claims to aftersales_app;

-- The life cycle (SM-6) for whoever writes past the application (state_transitions).
insert into state_transitions (document, from_state, to_state) values
  ('warranty_claims', 'draft', 'underAudit'), ('warranty_claims', 'draft', 'awaitingOldPart'),
  ('warranty_claims', 'draft', 'payable'), ('warranty_claims', 'draft', 'withdrawn'),
  ('warranty_claims', 'returned', 'underAudit'), ('warranty_claims', 'returned', 'awaitingOldPart'),
  ('warranty_claims', 'returned', 'payable'), ('warranty_claims', 'returned', 'withdrawn'),
  ('warranty_claims', 'underAudit', 'returned'), ('warranty_claims', 'underAudit', 'rejected'),
  ('warranty_claims', 'underAudit', 'awaitingOldPart'), ('warranty_claims', 'underAudit', 'payable'),
  ('warranty_claims', 'underAudit', 'inSettlement'), ('warranty_claims', 'underAudit', 'settled'),
  ('warranty_claims', 'underAudit', 'withdrawn'),
  ('warranty_claims', 'rejected', 'underAudit'),
  ('warranty_claims', 'awaitingOldPart', 'underAudit'), ('warranty_claims', 'awaitingOldPart', 'payable'),
  ('warranty_claims', 'awaitingOldPart', 'inSettlement'), ('warranty_claims', 'awaitingOldPart', 'settled'),
  ('warranty_claims', 'awaitingOldPart', 'rejected'),
  ('warranty_claims', 'payable', 'underAudit'), ('warranty_claims', 'payable', 'inSettlement'),
  ('warranty_claims', 'payable', 'settled'), ('warranty_claims', 'payable', 'rejected'),
  ('warranty_claims', 'inSettlement', 'underAudit'), ('warranty_claims', 'inSettlement', 'payable'),
  ('warranty_claims', 'inSettlement', 'settled'), ('warranty_claims', 'inSettlement', 'rejected'),
  ('warranty_claims', 'settled', 'underAudit'), ('warranty_claims', 'settled', 'payable'),
  ('warranty_claims', 'settled', 'rejected');
create trigger warranty_claims_transition before update of state on warranty_claims
  for each row when (old.state is distinct from new.state) execute function guard_transition('a warranty claim');

create table warranty_claim_items (
  claim_id uuid not null,
  number integer not null constraint warranty_claim_items_number_check check (number > 0),
  station_id uuid not null,
  place integer not null,
  work_order_line integer,
  description text not null,
  causal_part_number text,
  labour_operation_code text,
  component_group text,
  fault_code text,
  concern text,
  cause text,
  correction text,
  constraint warranty_claim_items_pkey primary key (claim_id, number),
  constraint warranty_claim_items_claim_id_fkey foreign key (claim_id, station_id)
    references warranty_claims (id, station_id)
);
create index warranty_claim_items_part_idx on warranty_claim_items (causal_part_number)
  where causal_part_number is not null;
alter table warranty_claim_items enable row level security;
alter table warranty_claim_items force row level security;
create policy warranty_claim_items_scope on warranty_claim_items using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update, delete on warranty_claim_items to aftersales_app;

create table warranty_claim_lines (
  claim_id uuid not null,
  number integer not null constraint warranty_claim_lines_number_check check (number > 0),
  station_id uuid not null,
  item integer not null,
  place integer not null,
  kind text not null constraint warranty_claim_lines_kind_check check (kind in ('labour', 'parts', 'sublet', 'travel')),
  source_part_id uuid,
  description text not null,
  part_number text,
  quantity integer constraint warranty_claim_lines_quantity_check check (quantity > 0),
  hours numeric(8, 2) constraint warranty_claim_lines_hours_check check (hours >= 0),
  unit_price numeric(19, 2) constraint warranty_claim_lines_unit_price_check check (unit_price >= 0),
  amount numeric(19, 2) not null,
  decision text constraint warranty_claim_lines_decision_check check (
    decision in ('approved', 'reduced', 'rejected', 'returned')),
  approved_amount numeric(19, 2),
  reason text,
  reason_text text,
  decided_by text,
  decided_by_id uuid,
  decided_at timestamptz(3),
  -- Everybody who ever decided about it; another person decides its appeal (M15).
  decider_ids uuid[] not null default '{}',
  old_part text not null default 'notRequired' constraint warranty_claim_lines_old_part_check check (
    old_part in ('notRequired', 'awaited', 'accepted', 'refused')),
  recorded_amount numeric(19, 2) not null default 0,
  entries integer not null default 0,
  standing text not null default 'none' constraint warranty_claim_lines_standing_check check (
    standing in ('none', 'inSettlement', 'paid')),
  constraint warranty_claim_lines_pkey primary key (claim_id, number),
  constraint warranty_claim_lines_claim_id_fkey foreign key (claim_id, station_id)
    references warranty_claims (id, station_id),
  constraint warranty_claim_lines_item_fkey foreign key (claim_id, item)
    references warranty_claim_items (claim_id, number) deferrable initially deferred,
  -- numeric round() is half away from zero, which for these non-negative amounts is half-up.
  constraint warranty_claim_lines_amount_check check (
    amount >= 0
    and case kind
      when 'labour' then hours is not null and amount <= round(hours * unit_price, 2)
      when 'parts' then quantity is not null and amount <= quantity * unit_price
      else unit_price is null
    end),
  -- A decision is whole, and never more than was claimed (CLM-11).
  constraint warranty_claim_lines_decision_whole check (
    case decision
      when 'approved' then approved_amount = amount
      when 'reduced' then approved_amount > 0 and approved_amount < amount
      when 'rejected' then approved_amount = 0
      when 'returned' then approved_amount = 0
      else approved_amount is null
    end
    and (decision is null) = (reason is null) and (decision is null) = (reason_text is null)
    and (decision is null) = (decided_by is null) and (decision is null) = (decided_at is null)),
  constraint warranty_claim_lines_recorded_check check (recorded_amount >= 0 and recorded_amount <= amount)
);
alter table warranty_claim_lines enable row level security;
alter table warranty_claim_lines force row level security;
create policy warranty_claim_lines_scope on warranty_claim_lines using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update, delete on warranty_claim_lines to aftersales_app;

-- Who submitted or appealed does not decide, whatever the application forgets (SEC-10); and the second decision on a line is
-- another person's (M15). What a return says is no decision.
create function warranty_claim_lines_separation() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.decided_at is not distinct from new.decided_at then
    return new;
  end if;
  if new.decided_by_id = any (
    select unnest(c.submitter_ids) from warranty_claims c where c.id = new.claim_id) then
    raise exception 'a claim is decided by another person than who submitted it'
      using errcode = 'check_violation', constraint = 'warranty_claim_lines_decided_by_another',
        table = 'warranty_claim_lines';
  end if;
  if tg_op = 'UPDATE' and new.decided_by_id = any (old.decider_ids) and old.decision is null then
    raise exception 'an appeal is decided by another person than the first decider'
      using errcode = 'check_violation', constraint = 'warranty_claim_lines_second_decider',
        table = 'warranty_claim_lines';
  end if;
  return new;
end
$$;
create trigger warranty_claim_lines_separation before insert or update of decided_by_id on warranty_claim_lines
  for each row when (new.decided_by_id is not null) execute function warranty_claim_lines_separation();

-- Immutable versions (M8): one a submission and a decision, with the facts that the audit judged and what it found, so that any can
-- be judged again (A2).
create table warranty_claim_versions (
  claim_id uuid not null,
  sequence integer not null constraint warranty_claim_versions_sequence_check check (sequence > 0),
  station_id uuid not null,
  occasion text not null constraint warranty_claim_versions_occasion_check check (
    occasion in ('submission', 'decision', 'appeal', 'withdrawal', 'oldPart', 'deemed')),
  state text not null,
  lines jsonb not null,
  facts jsonb,
  findings jsonb not null,
  outcome text not null constraint warranty_claim_versions_outcome_check check (outcome in ('automatic', 'person')),
  policy_version integer not null,
  rules_version integer not null,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  constraint warranty_claim_versions_pkey primary key (claim_id, sequence),
  constraint warranty_claim_versions_claim_id_fkey foreign key (claim_id, station_id)
    references warranty_claims (id, station_id)
);
comment on table warranty_claim_versions is 'Append-only for the server: what was submitted and decided stands.';
-- What a trial of draft rules walks along.
create index warranty_claim_versions_submitted_idx on warranty_claim_versions (created_at, claim_id, sequence)
  where occasion = 'submission';
alter table warranty_claim_versions enable row level security;
alter table warranty_claim_versions force row level security;
create policy warranty_claim_versions_scope on warranty_claim_versions using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on warranty_claim_versions to aftersales_app;

-- Repairs that were claimed, over the whole network (A3). No row-level security: a row says nothing about whose vehicle it was, and a
-- duplicate at another station must be seen. The two constraints are what lets one of two submissions at the same moment be the
-- first: only it may stand as such, every other must say that it is not.
create table claimed_repairs (
  claim_id uuid not null,
  item integer not null,
  vehicle_id uuid,
  -- Empty: not known; without both there is nothing to recognise the repair by.
  operation text not null,
  causal_part text not null,
  repaired_on date,
  -- The days in which the same repair is a duplicate, by the policy of the submission.
  window_days integer not null constraint claimed_repairs_window_check check (window_days > 0),
  work_order_id uuid,
  work_order_line integer,
  payer text,
  -- Whether it stands as the first of its kind; a repetition was flagged by the audit.
  first_repair boolean not null,
  first_line boolean not null,
  -- The claim was withdrawn or the item rejected: another may claim it.
  released_at timestamptz(3),
  claimed_at timestamptz(3) not null,
  constraint claimed_repairs_pkey primary key (claim_id, item),
  constraint claimed_repairs_one_in_window exclude using gist (
    vehicle_id with =, operation with =, causal_part with =,
    daterange(repaired_on, repaired_on + window_days, '[]') with &&)
    where (first_repair and released_at is null and vehicle_id is not null and repaired_on is not null
      and operation || causal_part <> '')
);
create unique index claimed_repairs_line_key on claimed_repairs (work_order_id, work_order_line, payer)
  where first_line and released_at is null and work_order_id is not null;
create index claimed_repairs_line_idx on claimed_repairs (work_order_id, work_order_line, payer);
create index claimed_repairs_vehicle_idx on claimed_repairs (vehicle_id, operation, causal_part, repaired_on);
grant select, insert, update on claimed_repairs to aftersales_app;

-- Drafts of the claim rules tried on past claims, worked on by a job. Nothing of it is posted.
create table claim_rule_trials (
  id uuid constraint claim_rule_trials_pkey primary key,
  policy_id uuid not null constraint claim_rule_trials_policy_id_fkey references policies (id),
  policy_number text not null,
  body jsonb not null,
  submitted_from timestamptz(3) not null,
  submitted_before timestamptz(3) not null,
  state text not null constraint claim_rule_trials_state_check check (state in ('queued', 'running', 'done')),
  examined integer not null default 0,
  changed integer not null default 0,
  totals_before jsonb not null,
  totals_after jsonb not null,
  differences jsonb not null default '[]',
  position_at timestamptz(3),
  position_claim uuid,
  position_sequence integer,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  finished_at timestamptz(3),
  constraint claim_rule_trials_range_check check (submitted_before > submitted_from),
  constraint claim_rule_trials_finished_check check ((state = 'done') = (finished_at is not null)),
  constraint claim_rule_trials_position_whole check (
    (position_at is null) = (position_claim is null) and (position_at is null) = (position_sequence is null))
);
comment on table claim_rule_trials is 'Headquarters'' own: seen by the whole network''s callers alone.';
create index claim_rule_trials_open_idx on claim_rule_trials (created_at, id) where state <> 'done';
alter table claim_rule_trials enable row level security;
alter table claim_rule_trials force row level security;
create policy claim_rule_trials_scope on claim_rule_trials using ((select current_setting('app.scope')) = '*');
grant select, insert, update on claim_rule_trials to aftersales_app;

-- The past.
set local app.scope = '*';
call keep_history(
  'warranty_claims', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","vehicle_id","work_order_id"}');
call keep_history(
  'warranty_claim_items', 'select c.updated_at from public.warranty_claims c where c.id = t.claim_id', '{"claim_id"}');
call keep_history(
  'warranty_claim_lines', 'select c.updated_at from public.warranty_claims c where c.id = t.claim_id', '{"claim_id"}');
call show_history('warranty_claim_versions', 'created_at');
call keep_history('claimed_repairs', 't.claimed_at', '{"claim_id"}');
call keep_history('claim_rule_trials', 't.updated_at', '{"id"}');

-- Persons (0013 and 0014 say how): a claim names nobody in a column, but people write who was there into its words.
alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_before_claims;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  claims uuid[];
begin
  perform erase_person_before_claims(files, orders, patterns, pseudonym);
  select coalesce(array_agg(c.id), '{}') into claims
  from warranty_claims c
  where c.work_order_id = any (orders)
    or c.complaint_id in (select p.id from complaints p where p.customer_id = any (files));
  update warranty_claims c
  set note = without_person(c.note, patterns, pseudonym), reason = without_person(c.reason, patterns, pseudonym),
    appraisal = without_person(c.appraisal, patterns, pseudonym)
  where c.id = any (claims);
  update warranty_claims_history c
  set note = without_person(c.note, patterns, pseudonym), reason = without_person(c.reason, patterns, pseudonym),
    appraisal = without_person(c.appraisal, patterns, pseudonym)
  where c.id = any (claims);
  update warranty_claim_items i
  set description = without_person(i.description, patterns, pseudonym),
    concern = without_person(i.concern, patterns, pseudonym), cause = without_person(i.cause, patterns, pseudonym),
    correction = without_person(i.correction, patterns, pseudonym)
  where i.claim_id = any (claims);
  update warranty_claim_items_history i
  set description = without_person(i.description, patterns, pseudonym),
    concern = without_person(i.concern, patterns, pseudonym), cause = without_person(i.cause, patterns, pseudonym),
    correction = without_person(i.correction, patterns, pseudonym)
  where i.claim_id = any (claims);
  update warranty_claim_lines l
  set description = without_person(l.description, patterns, pseudonym),
    reason_text = without_person(l.reason_text, patterns, pseudonym)
  where l.claim_id = any (claims);
  update warranty_claim_lines_history l
  set description = without_person(l.description, patterns, pseudonym),
    reason_text = without_person(l.reason_text, patterns, pseudonym)
  where l.claim_id = any (claims);
  update warranty_claim_versions v set lines = without_person(v.lines, patterns, pseudonym)
  where v.claim_id = any (claims);
  perform erase_person_around(claims, patterns, pseudonym);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
