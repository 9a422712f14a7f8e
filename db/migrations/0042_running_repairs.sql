-- Repairs that are still in the workshop count under the three guarantees 三包 (T-40, T-41); what a background job could not do for one
-- document is put off for that one alone; an old part names a claim that is there.

set local app.scope = '*';

-- When the counters of a vehicle are looked at next, beside every change of its orders: a day of a running repair more, and rules that
-- begin to hold. Of vehicles whose counters were asked to move. No row-level security, as of the facts that are counted (0032).
create table three_guarantee_reviews (
  vehicle_id uuid constraint three_guarantee_reviews_pkey primary key
    constraint three_guarantee_reviews_vehicle_id_fkey references vehicles (id),
  -- null: nothing changes by time alone.
  due_at timestamptz(3)
);
comment on table three_guarantee_reviews is 'When the counters of a vehicle are looked at next: no row-level security.';
create index three_guarantee_reviews_due_idx on three_guarantee_reviews (due_at, vehicle_id) where due_at is not null;
grant select, insert, update on three_guarantee_reviews to aftersales_app;

-- The versions of the rules that every vehicle was last counted by, in one row.
create table three_guarantee_rules (
  is_only boolean not null default true constraint three_guarantee_rules_pkey primary key
    constraint three_guarantee_rules_is_only_check check (is_only),
  versions text not null
);
comment on table three_guarantee_rules is 'Which versions of policies were counted by: no row-level security.';
grant select, insert, update on three_guarantee_rules to aftersales_app;

alter table three_guarantee_signals drop constraint three_guarantee_signals_counter_check;
alter table three_guarantee_signals add constraint three_guarantee_signals_counter_check check (
  counter in ('repairDays', 'sameProblem', 'safetyRepairs', 'assemblyReplacements', 'mainPartReplacements',
    'immediateReplacement', 'earlySafetyFailure', 'dayOfRepair'));

insert into three_guarantee_reviews (vehicle_id, due_at)
select v.vehicle_id, now()
from (
  select vehicle_id from vehicle_repairs
  union
  select vehicle_id from work_orders
  where vehicle_id is not null and state in ('authorised', 'inWorkshop', 'inRepair', 'awaitingCustomerApproval',
    'awaitingParts', 'qualityCheck', 'ready', 'notified', 'accepted', 'settled')
) v;

-- Whose turn failed in a background job, and when it comes again: one that cannot be worked on holds up none of the others.
create table deferred_work (
  job text not null constraint deferred_work_job_fkey references worker_leases (job),
  subject_id uuid not null,
  failures integer not null constraint deferred_work_failures_check check (failures > 0),
  -- Of the last failure, for operators.
  error text not null constraint deferred_work_error_check check (length(error) <= 500),
  failed_at timestamptz(3) not null,
  retry_at timestamptz(3) not null,
  constraint deferred_work_pkey primary key (job, subject_id)
);
comment on table deferred_work is 'Technical, of the product: no row-level security.';
grant select, insert, update, delete on deferred_work to aftersales_app;

-- An old part is that of a line of a claim at its own station.
alter table old_parts add constraint old_parts_claim_id_fkey foreign key (claim_id, station_id)
  references warranty_claims (id, station_id);

-- Until when a missing, wrong or late part keeps its line waiting; then the line is refused (OLD-06). What waits already is given the
-- time that the product gives.
alter table old_parts add column blocked_until timestamptz(3)
  constraint old_parts_blocked_check check (blocked_until is null or state in ('overdue', 'mismatch'));
alter table old_parts disable trigger user;
update old_parts
set blocked_until = coalesce((inspection -> 'signature' ->> 'at')::timestamptz, overdue_at) + interval '90 days'
where claim_id is not null
  and (state = 'overdue' or state = 'mismatch' and inspection ->> 'consequence' = 'blocked');
alter table old_parts enable trigger user;
create index old_parts_blocked_idx on old_parts (blocked_until, id) where blocked_until is not null;
call keep_history('old_parts', 't.updated_at', '{"number","station_id, created_at desc, id desc","created_at desc, id desc"}');
