-- Claims rest on the maker's word before the repair (M5), are charged back within the months of the policy (A9), and are known to
-- other systems by identities of their own.

-- Which word an item rests on: that of the line of the order which the item comes from.
alter table warranty_claim_items add column pre_authorisation_id uuid;
alter table warranty_claim_items
  add constraint warranty_claim_items_pre_authorisation_line check (
    pre_authorisation_id is null or work_order_line is not null),
  add constraint warranty_claim_items_pre_authorisation_id_fkey foreign key (pre_authorisation_id, work_order_line)
    references pre_authorisation_lines (pre_authorisation_id, line);
create index warranty_claim_items_pre_authorisation_idx on warranty_claim_items (pre_authorisation_id)
  where pre_authorisation_id is not null;

-- When a line was paid: from then on the time in which it may be charged back runs.
alter table warranty_claim_lines add column paid_at timestamptz(3);
alter table warranty_claim_versions drop constraint warranty_claim_versions_occasion_check;
alter table warranty_claim_versions add constraint warranty_claim_versions_occasion_check check (
  occasion in ('submission', 'decision', 'appeal', 'withdrawal', 'oldPart', 'deemed', 'chargeBack'));

-- What a line of a pre-authorisation has given is what claims drew of it, whoever writes: both sides are compared at commit.
create function pre_authorisation_draws_sum() returns trigger language plpgsql as $$
declare
  drawn numeric;
  said numeric;
begin
  select coalesce(sum(d.amount), 0) into drawn
  from pre_authorisation_draws d
  where d.pre_authorisation_id = new.pre_authorisation_id and d.line = new.line;
  select l.drawn into said
  from pre_authorisation_lines l
  where l.pre_authorisation_id = new.pre_authorisation_id and l.line = new.line;
  if said is distinct from drawn then
    raise exception 'a line of a pre-authorisation says that % was drawn where claims drew %', said, drawn
      using errcode = 'check_violation', constraint = 'pre_authorisation_lines_drawn_sum',
        table = 'pre_authorisation_lines';
  end if;
  return null;
end
$$;
create constraint trigger pre_authorisation_draws_sum after insert or update on pre_authorisation_draws
  deferrable initially deferred for each row execute function pre_authorisation_draws_sum();
create constraint trigger pre_authorisation_lines_drawn_sum after update of drawn on pre_authorisation_lines
  deferrable initially deferred for each row when (old.drawn is distinct from new.drawn)
  execute function pre_authorisation_draws_sum();

-- Claims and requests under the identities that a dealer management system gave them (0019). Of documents that shared one before
-- this was guarded, the oldest keeps it.
create trigger external_identities_new after insert on warranty_claims for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('warrantyClaim');
create trigger external_identities_changed after update of external_ids on warranty_claims for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('warrantyClaim');
set local app.scope = '*';
insert into external_identities (resource, subject_id, station_id, system, external_id)
select 'warrantyClaim', c.id, c.station_id, i.system, i.external_id
from warranty_claims c cross join lateral jsonb_each_text(c.external_ids) as i(system, external_id)
order by c.created_at, c.id
on conflict do nothing;

-- The past.
call keep_history(
  'warranty_claim_items', 'select c.updated_at from public.warranty_claims c where c.id = t.claim_id', '{"claim_id"}');
call keep_history(
  'warranty_claim_lines', 'select c.updated_at from public.warranty_claims c where c.id = t.claim_id', '{"claim_id"}');
