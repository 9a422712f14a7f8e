-- Policies (domain.md section 5, M23): numbers that a law, a region or a year can change. Version 0 of every key comes with
-- the program; here are the versions that people wrote. Reference data of the whole network, hence no row-level security.

create table policy_keys (
  key text not null constraint policy_keys_pkey primary key,
  -- Versions are numbered without gaps; the row is also what writers of one key wait for.
  last_version integer not null default 0 constraint policy_keys_last_version_check check (last_version >= 0)
);
insert into policy_keys (key) values
  ('clocks'), ('qualityLevels'), ('warranty'), ('threeGuarantees'), ('claimRules'), ('goodwill'), ('oldParts'),
  ('settlement'), ('labourRates'), ('partsOrders'), ('followUps'), ('assessment'), ('penalties'), ('approvalLimits');
grant select, update (last_version) on policy_keys to aftersales_app;

create table policies (
  id uuid not null,
  key text not null,
  policy_version integer not null,
  vehicle_model_id uuid,
  region_id uuid,
  -- One column for what the version is limited to, so that an exclusion constraint can compare it.
  subject_id uuid not null generated always as (
    coalesce(vehicle_model_id, region_id, '00000000-0000-0000-0000-000000000000')) stored,
  state text not null,
  body jsonb not null,
  reason text not null,
  valid_from timestamptz(3),
  -- As the author planned it, and as it is: where the next version begins.
  planned_to timestamptz(3),
  valid_to timestamptz(3),
  -- Everybody who wrote the version; none of them decides about it (SEC-10).
  author_ids uuid[] not null,
  submitted_at timestamptz(3),
  decision text,
  decided_at timestamptz(3),
  decided_by text,
  decided_by_id uuid,
  decision_comment text,
  external_ids jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint policies_pkey primary key (id),
  constraint policies_number_key unique (key, policy_version),
  constraint policies_key_fkey foreign key (key) references policy_keys (key),
  constraint policies_vehicle_model_id_fkey foreign key (vehicle_model_id) references vehicle_models (id),
  constraint policies_region_id_fkey foreign key (region_id) references regions (id),
  constraint policies_state_known check (state in ('draft', 'submitted', 'approved', 'rejected', 'withdrawn')),
  constraint policies_policy_version_positive check (policy_version > 0),
  constraint policies_version_positive check (version > 0),
  constraint policies_subject_one check (num_nonnulls(vehicle_model_id, region_id) <= 1),
  constraint policies_body_object check (jsonb_typeof(body) = 'object'),
  constraint policies_planned_ordered check (planned_to > valid_from),
  constraint policies_valid_ordered check (valid_to > valid_from),
  constraint policies_valid_to_state check (valid_to is null or state = 'approved'),
  constraint policies_approved_whole check (
    state <> 'approved' or (valid_from is not null and decision is not distinct from 'approved')),
  constraint policies_decision_known check (decision in ('approved', 'returned', 'rejected', 'revoked')),
  constraint policies_decision_whole check (num_nonnulls(decision, decided_at, decided_by) in (0, 3)),
  constraint policies_decided_by_another check (
    state not in ('approved', 'rejected') or decided_by_id is null or decided_by_id <> all (author_ids)),
  -- One version of a key holds at a time for one subject, however many approve at once.
  constraint policies_validity_excl exclude using gist (
    key with =, subject_id with =, tstzrange(valid_from, valid_to) with &&) where (state = 'approved')
);
create index policies_in_force_idx on policies (key, subject_id, valid_from) where state = 'approved';
create index policies_created_at_idx on policies (created_at, id);
create index policies_key_idx on policies (key, policy_version, id);
create index policies_vehicle_model_id_idx on policies (vehicle_model_id) where vehicle_model_id is not null;
create index policies_region_id_idx on policies (region_id) where region_id is not null;
grant select, insert on policies to aftersales_app;
grant update (state, body, reason, valid_from, planned_to, valid_to, author_ids, submitted_at, decision, decided_at,
  decided_by, decided_by_id, decision_comment, version, updated_at, updated_by, updated_by_id) on policies to aftersales_app;

-- The life cycle for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('policies', 'draft', 'submitted'),
  ('policies', 'submitted', 'approved'),
  ('policies', 'submitted', 'draft'),
  ('policies', 'submitted', 'rejected'),
  ('policies', 'draft', 'withdrawn'),
  ('policies', 'submitted', 'withdrawn'),
  ('policies', 'approved', 'withdrawn');
create trigger policies_transition before update of state on policies
  for each row when (old.state is distinct from new.state) execute function guard_transition('a policy');

-- Old decisions point at versions, so what was approved stays as it was; the same for what was rejected or withdrawn.
create function policies_unchanged() returns trigger language plpgsql as $$
begin
  if old.state <> 'draft' and (
    new.body <> old.body or new.reason <> old.reason or new.planned_to is distinct from old.planned_to
    or (new.valid_from is distinct from old.valid_from and not (old.state = 'submitted' and old.valid_from is null))
  ) then
    raise exception 'a policy that was submitted does not change'
      using errcode = 'check_violation', constraint = 'policies_settled', table = 'policies';
  end if;
  return new;
end
$$;
-- Fires behind policies_transition, because triggers of one kind go by their names.
create trigger policies_unchanged before update on policies for each row execute function policies_unchanged();
