-- Repairs of which a decided claim says that they were no matter of the guarantee: they count under the three guarantees 三包 no more
-- (CLM-14, WAR-05, P-23), until an appeal says otherwise.

set local app.scope = '*';

-- As the facts that it corrects (0032): no row-level security, since a row says neither whose vehicle it was nor by whom it was done.
create table vehicle_repair_exclusions (
  work_order_id uuid not null,
  line integer not null,
  claim_id uuid not null constraint vehicle_repair_exclusions_claim_id_fkey references warranty_claims (id),
  reason text not null constraint vehicle_repair_exclusions_reason_check check (reason in ('userCause', 'fake')),
  excluded_at timestamptz(3) not null,
  -- When the line counted again; null: it does not count.
  lifted_at timestamptz(3),
  constraint vehicle_repair_exclusions_pkey primary key (work_order_id, line),
  constraint vehicle_repair_exclusions_line_fkey foreign key (work_order_id, line)
    references vehicle_repair_lines (work_order_id, line)
);
comment on table vehicle_repair_exclusions is 'What decided claims say of repairs, network-wide: no row-level security.';
create index vehicle_repair_exclusions_claim_idx on vehicle_repair_exclusions (claim_id);
grant select, insert, update on vehicle_repair_exclusions to aftersales_app;

-- Claims that were decided before.
insert into vehicle_repair_exclusions (work_order_id, line, claim_id, reason, excluded_at)
select distinct on (c.work_order_id, i.work_order_line) c.work_order_id, i.work_order_line, c.id, min(l.reason),
  max(l.decided_at)
from warranty_claims c
  join warranty_claim_items i on i.claim_id = c.id
  join warranty_claim_lines l on l.claim_id = c.id and l.item = i.number
where c.state not in ('draft', 'withdrawn')
  and exists (
    select from vehicle_repair_lines r where r.work_order_id = c.work_order_id and r.line = i.work_order_line)
group by c.work_order_id, i.work_order_line, c.id
having bool_and(l.decision = 'rejected' and l.reason in ('userCause', 'fake')) and bool_and(l.decided_at is not null)
order by c.work_order_id, i.work_order_line, max(l.decided_at) desc;

call keep_history('vehicle_repair_exclusions', 'coalesce(t.lifted_at, t.excluded_at)', '{"work_order_id"}');
