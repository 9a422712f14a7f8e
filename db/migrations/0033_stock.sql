-- Parts (PRT-01…21, PO-12): the catalogue with its supersessions, service bills of material and price lists; the stock ledger with
-- levels, reservations and what is on order; stocktakes, minimum stocks, quotas, replenishment, counter sales and returns.

-- The catalogue: reference data of the whole network, written by headquarters.
create table parts (
  id uuid constraint parts_pkey primary key,
  number text not null constraint parts_number_key unique
    constraint parts_number_format check (number ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  name text not null constraint parts_name_check check (name <> ''),
  name_en text,
  -- An original part, or one that fits (PRT-15).
  origin text not null constraint parts_origin_check check (origin in ('original', 'compatible')),
  unit text not null constraint parts_unit_check check (unit in ('piece', 'set', 'litre', 'metre', 'kilogram')),
  -- Of which stations keep enough (PRT-14).
  wear_part boolean not null default false,
  discontinued boolean not null default false,
  note text,
  external_ids jsonb not null default '{}' constraint parts_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint parts_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid
);
create index parts_name_idx on parts (name, id);
create index parts_created_idx on parts (created_at, id);
grant select, insert, update on parts to aftersales_app;

-- From a day on a part is delivered as its successor; what is superseded stays in stock and on vehicles.
create table part_supersessions (
  id uuid constraint part_supersessions_pkey primary key,
  part_id uuid not null constraint part_supersessions_part_id_fkey references parts (id),
  successor_id uuid not null constraint part_supersessions_successor_id_fkey references parts (id),
  effective_on date not null,
  -- Both ways: what is left of the old part may still be fitted instead of the new one.
  interchangeable boolean not null,
  reason text,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  constraint part_supersessions_once unique (part_id, effective_on),
  constraint part_supersessions_other_part check (part_id <> successor_id)
);
create index part_supersessions_successor_idx on part_supersessions (successor_id, effective_on);
grant select, insert on part_supersessions to aftersales_app;
create trigger part_supersessions_append_only before update or delete or truncate on part_supersessions
  for each statement execute function refuse_change();

-- No chain ever comes back to where it began, on whatever day it is asked. Two supersessions that together would make a circle
-- wait for each other here.
create function part_supersessions_no_cycle() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('part_supersessions'));
  if exists (
    with recursive chain (part_id) as (
      select new.successor_id
      union
      select s.successor_id from chain c join part_supersessions s on s.part_id = c.part_id)
    select from chain c where c.part_id = new.part_id
  ) then
    raise exception 'the supersession would make a circle' using errcode = 'check_violation',
      constraint = 'part_supersessions_no_cycle', table = 'part_supersessions';
  end if;
  return new;
end
$$;
create trigger part_supersessions_no_cycle before insert on part_supersessions
  for each row execute function part_supersessions_no_cycle();

-- The service bill of material of a model, split to service level (PRT-01). The newest that is valid on a day counts.
create table sboms (
  id uuid constraint sboms_pkey primary key,
  code text not null constraint sboms_code_key unique
    constraint sboms_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  model_id uuid not null constraint sboms_model_id_fkey references vehicle_models (id),
  valid_from date not null,
  note text,
  external_ids jsonb not null default '{}' constraint sboms_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint sboms_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint sboms_model_day_key unique (model_id, valid_from)
);
create index sboms_created_idx on sboms (created_at, id);
grant select, insert, update on sboms to aftersales_app;

create table sbom_lines (
  sbom_id uuid not null constraint sbom_lines_sbom_id_fkey references sboms (id),
  position integer not null,
  -- The assembly under which a catalogue shows it.
  assembly text not null,
  part_id uuid not null constraint sbom_lines_part_id_fkey references parts (id),
  quantity integer not null constraint sbom_lines_quantity_check check (quantity > 0),
  constraint sbom_lines_pkey primary key (sbom_id, position),
  constraint sbom_lines_part_key unique (sbom_id, assembly, part_id)
);
create index sbom_lines_part_idx on sbom_lines (part_id);
grant select, insert, delete on sbom_lines to aftersales_app;

-- Price lists: compiled, submitted, approved by somebody else, then valid from a day on (PRT-02). The price of a part on a day is
-- that of the list which names it and became valid last (PO-12).
create table price_lists (
  id uuid constraint price_lists_pkey primary key,
  number text not null constraint price_lists_number_key unique,
  state text not null constraint price_lists_state_check check (state in ('draft', 'submitted', 'approved', 'rejected')),
  name text not null constraint price_lists_name_check check (name <> ''),
  currency char(3) not null,
  valid_from date not null,
  note text,
  submitted_by text,
  submitted_by_id uuid,
  submitted_at timestamptz(3),
  decided_by text,
  decided_by_id uuid,
  decided_at timestamptz(3),
  decision_reason text,
  -- Everybody who wrote in it: none of them approves it (SEC-10).
  author_ids uuid[] not null,
  external_ids jsonb not null default '{}'
    constraint price_lists_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint price_lists_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint price_lists_submitted_check check (state = 'draft' or submitted_at is not null),
  constraint price_lists_decided_check check ((state in ('approved', 'rejected')) = (decided_at is not null)),
  constraint price_lists_other_approver check (state <> 'approved' or not coalesce(decided_by_id = any (author_ids), false)),
  -- No price of a day that is over changes.
  constraint price_lists_not_backdated check (
    state <> 'approved' or valid_from >= (decided_at at time zone 'Asia/Shanghai')::date)
);
create index price_lists_created_idx on price_lists (created_at desc, id desc);
create index price_lists_valid_idx on price_lists (valid_from desc, id desc);
create index price_lists_state_idx on price_lists (state, created_at desc, id desc);
alter table price_lists enable row level security;
alter table price_lists force row level security;
-- Drafts are headquarters'; what is approved is everybody's.
create policy price_lists_scope on price_lists using (
  (select current_setting('app.scope')) = '*' or state = 'approved');
grant select, insert, update on price_lists to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('price_lists', 'draft', 'submitted'),
  ('price_lists', 'submitted', 'approved'),
  ('price_lists', 'submitted', 'rejected'),
  ('price_lists', 'rejected', 'draft');
create trigger price_lists_transition before update of state on price_lists
  for each row when (old.state is distinct from new.state) execute function guard_transition('a price list');

create table price_list_lines (
  price_list_id uuid not null constraint price_list_lines_price_list_id_fkey references price_lists (id),
  position integer not null,
  part_id uuid not null constraint price_list_lines_part_id_fkey references parts (id),
  -- What a station pays, and what a customer is asked for.
  price numeric(19, 2) not null constraint price_list_lines_price_check check (price >= 0),
  retail_price numeric(19, 2) constraint price_list_lines_retail_price_check check (retail_price >= 0),
  constraint price_list_lines_pkey primary key (price_list_id, position),
  constraint price_list_lines_part_key unique (price_list_id, part_id)
);
create index price_list_lines_part_idx on price_list_lines (part_id);
alter table price_list_lines enable row level security;
alter table price_list_lines force row level security;
create policy price_list_lines_scope on price_list_lines using (
  exists (select from price_lists l where l.id = price_list_id));
grant select, insert, delete on price_list_lines to aftersales_app;
create function price_list_lines_only_of_drafts() returns trigger language plpgsql as $$
declare
  list_state text;
begin
  select l.state into list_state from price_lists l
  where l.id = case tg_op when 'DELETE' then old.price_list_id else new.price_list_id end;
  if list_state in ('submitted', 'approved') then
    raise exception 'the prices of a % list stand', list_state using errcode = 'check_violation',
      constraint = 'price_list_lines_only_of_drafts', table = 'price_list_lines';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
create trigger price_list_lines_only_of_drafts before insert or update or delete on price_list_lines
  for each row execute function price_list_lines_only_of_drafts();

-- Where parts lie: central, regional and transit warehouses of headquarters, and the store of each station (PRT-16).
create table stock_locations (
  id uuid constraint stock_locations_pkey primary key,
  code text not null constraint stock_locations_code_key unique
    constraint stock_locations_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  name text not null constraint stock_locations_name_check check (name <> ''),
  kind text not null constraint stock_locations_kind_check check (kind in ('central', 'regional', 'transit', 'station')),
  station_id uuid constraint stock_locations_station_id_fkey references stations (id),
  region_id uuid constraint stock_locations_region_id_fkey references regions (id),
  closed boolean not null default false,
  external_ids jsonb not null default '{}'
    constraint stock_locations_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint stock_locations_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint stock_locations_station_check check ((kind = 'station') = (station_id is not null)),
  constraint stock_locations_region_check check ((kind = 'regional') = (region_id is not null)),
  -- A station has one store.
  constraint stock_locations_station_key unique (station_id)
);
create index stock_locations_created_idx on stock_locations (created_at, id);
create index stock_locations_name_idx on stock_locations (name, id);
alter table stock_locations enable row level security;
alter table stock_locations force row level security;
-- Headquarters' warehouses are everybody's to know.
create policy stock_locations_scope on stock_locations using (
  station_id is null
  or (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on stock_locations to aftersales_app;

-- How much of a part lies at a place. Written by the triggers of movements, reservations, expectations and stocktakes alone, in
-- their transactions: the server has no right to write it, so that it is always the sum of what it is made of.
create table stock_levels (
  id uuid constraint stock_levels_pkey primary key,
  location_id uuid not null constraint stock_levels_location_id_fkey references stock_locations (id),
  station_id uuid,
  part_id uuid not null constraint stock_levels_part_id_fkey references parts (id),
  on_hand integer not null default 0 constraint stock_levels_on_hand_check check (on_hand >= 0)
    constraint stock_levels_on_hand_limit check (on_hand <= 1000000000),
  reserved integer not null default 0 constraint stock_levels_reserved_check check (reserved >= 0),
  on_order integer not null default 0 constraint stock_levels_on_order_check check (on_order >= 0),
  -- What lies there cost this much: the moving average is value / on_hand.
  value numeric(19, 2) not null default 0 constraint stock_levels_value_check check (value >= 0),
  currency char(3) not null,
  -- How many movements made it.
  movements bigint not null default 0,
  -- The stocktake that holds it still.
  stocktake_id uuid,
  updated_at timestamptz(3) not null,
  constraint stock_levels_location_part_key unique (location_id, part_id),
  constraint stock_levels_reserved_covered check (reserved <= on_hand),
  constraint stock_levels_empty_is_worth_nothing check (on_hand > 0 or value = 0)
);
create index stock_levels_part_idx on stock_levels (part_id, id);
create index stock_levels_station_idx on stock_levels (station_id, id);
create index stock_levels_updated_idx on stock_levels (updated_at desc, id desc);
create index stock_levels_stocktake_idx on stock_levels (stocktake_id) where stocktake_id is not null;
alter table stock_levels enable row level security;
alter table stock_levels force row level security;
create policy stock_levels_scope on stock_levels using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select on stock_levels to aftersales_app;

-- The level of a part at a place, locked; made when it is the first of its kind.
create function stock_level(place uuid, part uuid, money char(3), at timestamptz) returns stock_levels
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  level stock_levels;
begin
  select * into level from stock_levels l where l.location_id = place and l.part_id = part for update;
  if not found then
    insert into stock_levels (id, location_id, station_id, part_id, currency, updated_at)
    select gen_random_uuid(), o.id, o.station_id, part, money, at from stock_locations o where o.id = place
    on conflict on constraint stock_levels_location_part_key do nothing;
    select * into level from stock_levels l where l.location_id = place and l.part_id = part for update;
  end if;
  return level;
end
$$;
revoke execute on function stock_level(uuid, uuid, char, timestamptz) from public;
-- To lock several in one order before they move; it changes no quantity.
grant execute on function stock_level(uuid, uuid, char, timestamptz) to aftersales_app;

-- Whose the rows of a place are.
create function stock_place() returns trigger language plpgsql as $$
begin
  select o.station_id into new.station_id from stock_locations o where o.id = new.location_id;
  return new;
end
$$;

-- The ledger: what came and went, at which cost. Append-only for everybody.
create table stock_movements (
  id uuid constraint stock_movements_pkey primary key,
  location_id uuid not null constraint stock_movements_location_id_fkey references stock_locations (id),
  -- The location's, set by the trigger.
  station_id uuid,
  part_id uuid not null constraint stock_movements_part_id_fkey references parts (id),
  kind text not null constraint stock_movements_kind_check check (
    kind in ('receipt', 'issue', 'issueReturn', 'sale', 'shipment', 'shipmentReceipt', 'transferOut', 'transferIn',
      'returnOut', 'returnIn', 'surplus', 'shortage', 'scrap')),
  -- Positive into the place, negative out of it.
  quantity integer not null constraint stock_movements_quantity_check check (quantity <> 0),
  -- Of the whole quantity, with its sign. What goes out takes its share of the place's value; what comes in brings its own.
  cost numeric(19, 2) not null,
  currency char(3) not null,
  -- What was there then, and the how-manieth movement it was: both by the trigger.
  on_hand_after integer not null,
  ordinal bigint not null,
  source_resource text,
  source_id uuid,
  source_number text,
  source_line integer,
  -- The other side of a transfer.
  counterpart_id uuid,
  reason text,
  recorded_at timestamptz(3) not null,
  recorded_by text not null,
  recorded_by_id uuid,
  request_id text,
  constraint stock_movements_ordinal_key unique (location_id, part_id, ordinal),
  constraint stock_movements_direction_check check (
    case
      when kind in ('receipt', 'issueReturn', 'shipmentReceipt', 'transferIn', 'returnIn', 'surplus') then quantity > 0
      else quantity < 0
    end),
  constraint stock_movements_cost_check check (sign(cost) in (0, sign(quantity))),
  constraint stock_movements_source_check check ((source_resource is null) = (source_id is null))
);
create index stock_movements_recorded_idx on stock_movements (recorded_at desc, id desc);
create index stock_movements_station_recorded_idx on stock_movements (station_id, recorded_at desc, id desc);
create index stock_movements_part_recorded_idx on stock_movements (part_id, recorded_at desc, id desc);
create index stock_movements_source_idx on stock_movements (source_id) where source_id is not null;
alter table stock_movements enable row level security;
alter table stock_movements force row level security;
create policy stock_movements_scope on stock_movements using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on stock_movements to aftersales_app;
create trigger stock_movements_append_only before update or delete or truncate on stock_movements
  for each statement execute function refuse_change();

create function stock_movements_book() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  level stock_levels;
begin
  level := stock_level(new.location_id, new.part_id, new.currency, new.recorded_at);
  -- No such place, or one of another scope: the foreign key or the policy says so.
  if level.id is null then
    new.on_hand_after := 0;
    new.ordinal := 0;
    new.cost := coalesce(new.cost, 0);
    return new;
  end if;
  if level.stocktake_id is not null
    and not coalesce(new.source_resource = 'stocktake' and new.source_id = level.stocktake_id, false) then
    raise exception 'the part is being counted' using errcode = 'check_violation', constraint = 'stock_levels_frozen',
      table = 'stock_levels';
  end if;
  if new.currency <> level.currency then
    raise exception 'stock is kept in one currency' using errcode = 'check_violation',
      constraint = 'stock_levels_currency', table = 'stock_levels';
  end if;
  new.station_id := level.station_id;
  if new.quantity < 0 then
    new.cost := case
      when level.on_hand + new.quantity <= 0 then -level.value
      else round(level.value * new.quantity / level.on_hand, 2) end;
  elsif new.cost is null then
    new.cost := case when level.on_hand > 0 then round(level.value * new.quantity / level.on_hand, 2) else 0 end;
  end if;
  new.on_hand_after := level.on_hand + new.quantity;
  new.ordinal := level.movements + 1;
  update stock_levels l
  set on_hand = new.on_hand_after, value = l.value + new.cost, movements = new.ordinal,
    updated_at = greatest(l.updated_at, new.recorded_at)
  where l.id = level.id;
  return new;
end
$$;
create trigger stock_movements_book before insert on stock_movements
  for each row execute function stock_movements_book();

-- What is held back for a work order, an appointment, a parts order or a transfer, until it is issued, given back or runs out.
create table reservations (
  id uuid constraint reservations_pkey primary key,
  number text not null constraint reservations_number_key unique,
  location_id uuid not null constraint reservations_location_id_fkey references stock_locations (id),
  -- The location's, set by the trigger.
  station_id uuid,
  part_id uuid not null constraint reservations_part_id_fkey references parts (id),
  state text not null constraint reservations_state_check check (state in ('active', 'fulfilled', 'released', 'expired')),
  quantity integer not null constraint reservations_quantity_check check (quantity > 0),
  issued integer not null default 0 constraint reservations_issued_check check (issued between 0 and quantity),
  purpose text not null constraint reservations_purpose_check check (
    purpose in ('workOrder', 'appointment', 'partsOrder', 'transfer')),
  work_order_id uuid,
  appointment_id uuid,
  parts_order_id uuid,
  -- Where a transfer goes.
  to_location_id uuid constraint reservations_to_location_id_fkey references stock_locations (id),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  end_reason text,
  outstanding integer generated always as (case when state = 'active' then quantity - issued else 0 end) stored,
  external_ids jsonb not null default '{}'
    constraint reservations_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint reservations_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint reservations_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint reservations_appointment_id_fkey foreign key (appointment_id, station_id)
    references appointments (id, station_id),
  constraint reservations_purpose_named check (
    (purpose = 'workOrder') = (work_order_id is not null) and (purpose = 'appointment') = (appointment_id is not null)
    and (purpose = 'partsOrder') = (parts_order_id is not null) and (purpose = 'transfer') = (to_location_id is not null)),
  constraint reservations_fulfilled_check check ((state = 'fulfilled') = (issued = quantity)),
  constraint reservations_ended_check check ((state = 'active') = (ended_at is null)),
  constraint reservations_elsewhere check (to_location_id <> location_id)
);
create index reservations_created_idx on reservations (created_at desc, id desc);
create index reservations_station_created_idx on reservations (station_id, created_at desc, id desc);
create index reservations_expires_idx on reservations (expires_at, id);
create index reservations_due_idx on reservations (expires_at) where state = 'active';
create index reservations_open_idx on reservations (location_id, part_id, expires_at) where state = 'active';
create index reservations_work_order_idx on reservations (work_order_id) where work_order_id is not null;
create index reservations_appointment_idx on reservations (appointment_id) where appointment_id is not null;
alter table reservations enable row level security;
alter table reservations force row level security;
create policy reservations_scope on reservations using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on reservations to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('reservations', 'active', 'fulfilled'),
  ('reservations', 'active', 'released'),
  ('reservations', 'active', 'expired');
create trigger reservations_transition before update of state on reservations
  for each row when (old.state is distinct from new.state) execute function guard_transition('a reservation');

create trigger reservations_place before insert on reservations for each row execute function stock_place();
create function reservations_hold() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  level stock_levels;
  held integer := new.outstanding;
begin
  if tg_op = 'UPDATE' then
    held := held - old.outstanding;
  end if;
  if held <> 0 then
    level := stock_level(new.location_id, new.part_id, 'CNY', new.updated_at);
    update stock_levels l
    set reserved = l.reserved + held, updated_at = greatest(l.updated_at, new.updated_at)
    where l.id = level.id;
  end if;
  return null;
end
$$;
create trigger reservations_hold after insert or update on reservations
  for each row execute function reservations_hold();

-- What is on its way or ordered: the outstanding quantity of each line that will bring it.
create table stock_expectations (
  id uuid constraint stock_expectations_pkey primary key,
  location_id uuid not null constraint stock_expectations_location_id_fkey references stock_locations (id),
  station_id uuid,
  part_id uuid not null constraint stock_expectations_part_id_fkey references parts (id),
  quantity integer not null constraint stock_expectations_quantity_check check (quantity >= 0),
  source_resource text not null,
  source_id uuid not null,
  source_number text,
  source_line integer not null,
  updated_at timestamptz(3) not null,
  constraint stock_expectations_source_key unique (source_id, source_line, location_id, part_id)
);
alter table stock_expectations enable row level security;
alter table stock_expectations force row level security;
create policy stock_expectations_scope on stock_expectations using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on stock_expectations to aftersales_app;
create trigger stock_expectations_place before insert on stock_expectations
  for each row execute function stock_place();
create function stock_expectations_count() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  level stock_levels;
  more integer := new.quantity;
begin
  if tg_op = 'UPDATE' then
    more := more - old.quantity;
  end if;
  if more <> 0 then
    level := stock_level(new.location_id, new.part_id, 'CNY', new.updated_at);
    update stock_levels l
    set on_order = l.on_order + more, updated_at = greatest(l.updated_at, new.updated_at)
    where l.id = level.id;
  end if;
  return null;
end
$$;
create trigger stock_expectations_count after insert or update on stock_expectations
  for each row execute function stock_expectations_count();

-- Stocktakes (PRT-12): what is to be counted stands still from freezing to posting.
create table stocktakes (
  id uuid constraint stocktakes_pkey primary key,
  number text not null constraint stocktakes_number_key unique,
  location_id uuid not null constraint stocktakes_location_id_fkey references stock_locations (id),
  station_id uuid,
  state text not null constraint stocktakes_state_check check (
    state in ('draft', 'frozen', 'counted', 'approved', 'posted', 'cancelled')),
  -- The parts to be counted; empty: whatever has a level at the place.
  part_ids uuid[] not null default '{}',
  note text,
  frozen_at timestamptz(3),
  counter_ids uuid[] not null default '{}',
  approved_by text,
  approved_by_id uuid,
  approved_at timestamptz(3),
  approval_reason text,
  posted_at timestamptz(3),
  exit_reason text,
  external_ids jsonb not null default '{}'
    constraint stocktakes_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint stocktakes_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint stocktakes_frozen_check check (frozen_at is not null or state in ('draft', 'cancelled')),
  constraint stocktakes_approved_check check (approved_at is not null or state not in ('approved', 'posted')),
  constraint stocktakes_posted_check check ((state = 'posted') = (posted_at is not null)),
  -- Who counted does not approve (SEC-10).
  constraint stocktakes_other_approver check (not coalesce(approved_by_id = any (counter_ids), false))
);
create index stocktakes_created_idx on stocktakes (created_at desc, id desc);
create index stocktakes_station_created_idx on stocktakes (station_id, created_at desc, id desc);
create index stocktakes_location_idx on stocktakes (location_id, created_at desc, id desc);
alter table stocktakes enable row level security;
alter table stocktakes force row level security;
create policy stocktakes_scope on stocktakes using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on stocktakes to aftersales_app;
create trigger stocktakes_place before insert on stocktakes for each row execute function stock_place();
insert into state_transitions (document, from_state, to_state) values
  ('stocktakes', 'draft', 'frozen'),
  ('stocktakes', 'frozen', 'counted'),
  ('stocktakes', 'counted', 'approved'),
  ('stocktakes', 'approved', 'posted'),
  ('stocktakes', 'draft', 'cancelled'),
  ('stocktakes', 'frozen', 'cancelled'),
  ('stocktakes', 'counted', 'cancelled');
create trigger stocktakes_transition before update of state on stocktakes
  for each row when (old.state is distinct from new.state) execute function guard_transition('a stocktake');

create table stocktake_lines (
  stocktake_id uuid not null constraint stocktake_lines_stocktake_id_fkey references stocktakes (id),
  station_id uuid,
  part_id uuid not null constraint stocktake_lines_part_id_fkey references parts (id),
  -- What the books said when it was frozen: set by the trigger.
  book_quantity integer not null,
  counted_quantity integer constraint stocktake_lines_counted_check check (counted_quantity >= 0),
  counted_by text,
  counted_by_id uuid,
  counted_at timestamptz(3),
  note text,
  constraint stocktake_lines_pkey primary key (stocktake_id, part_id),
  constraint stocktake_lines_counted_whole check ((counted_quantity is null) = (counted_at is null))
);
alter table stocktake_lines enable row level security;
alter table stocktake_lines force row level security;
create policy stocktake_lines_scope on stocktake_lines using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on stocktake_lines to aftersales_app;
grant update (counted_quantity, counted_by, counted_by_id, counted_at, note) on stocktake_lines to aftersales_app;

create function stocktake_lines_freeze() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  take stocktakes;
  level stock_levels;
begin
  select * into take from stocktakes t where t.id = new.stocktake_id;
  new.station_id := take.station_id;
  level := stock_level(take.location_id, new.part_id, 'CNY', take.updated_at);
  if level.stocktake_id is not null then
    raise exception 'the part is being counted' using errcode = 'check_violation', constraint = 'stock_levels_frozen',
      table = 'stock_levels';
  end if;
  update stock_levels l
  set stocktake_id = take.id, updated_at = greatest(l.updated_at, take.updated_at)
  where l.id = level.id;
  new.book_quantity := level.on_hand;
  return new;
end
$$;
create trigger stocktake_lines_freeze before insert on stocktake_lines
  for each row execute function stocktake_lines_freeze();
create function stocktakes_thaw() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update stock_levels l
  set stocktake_id = null, updated_at = greatest(l.updated_at, new.updated_at)
  where l.stocktake_id = new.id;
  return null;
end
$$;
create trigger stocktakes_thaw after update of state on stocktakes
  for each row when (new.state in ('posted', 'cancelled')) execute function stocktakes_thaw();

-- The least that a station keeps of a part: proposed by it, approved by headquarters (PRT-05). The approved number holds until
-- another one is approved.
create table minimum_stocks (
  id uuid constraint minimum_stocks_pkey primary key,
  number text not null constraint minimum_stocks_number_key unique,
  station_id uuid not null constraint minimum_stocks_station_id_fkey references stations (id),
  part_id uuid not null constraint minimum_stocks_part_id_fkey references parts (id),
  state text not null constraint minimum_stocks_state_check check (state in ('draft', 'proposed', 'approved')),
  proposed_quantity integer not null constraint minimum_stocks_proposed_check check (proposed_quantity >= 0),
  approved_quantity integer constraint minimum_stocks_approved_check check (approved_quantity >= 0),
  reason text,
  proposed_by text,
  proposed_by_id uuid,
  proposed_at timestamptz(3),
  approved_by text,
  approved_by_id uuid,
  approved_at timestamptz(3),
  approval_note text,
  external_ids jsonb not null default '{}'
    constraint minimum_stocks_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint minimum_stocks_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint minimum_stocks_part_key unique (station_id, part_id),
  constraint minimum_stocks_state_whole check (
    (state = 'draft' or proposed_at is not null) and (state <> 'approved' or approved_quantity is not null)),
  constraint minimum_stocks_other_approver check (state <> 'approved' or approved_by_id is distinct from proposed_by_id)
);
create index minimum_stocks_created_idx on minimum_stocks (created_at desc, id desc);
create index minimum_stocks_station_created_idx on minimum_stocks (station_id, created_at desc, id desc);
alter table minimum_stocks enable row level security;
alter table minimum_stocks force row level security;
create policy minimum_stocks_scope on minimum_stocks using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on minimum_stocks to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('minimum_stocks', 'draft', 'proposed'),
  ('minimum_stocks', 'proposed', 'approved'),
  ('minimum_stocks', 'approved', 'proposed');
create trigger minimum_stocks_transition before update of state on minimum_stocks
  for each row when (old.state is distinct from new.state) execute function guard_transition('a minimum stock');

-- What every station of a region keeps in reserve, by how many vehicles drive there (PRT-04). Reference data.
create table reserve_quotas (
  id uuid constraint reserve_quotas_pkey primary key,
  code text not null constraint reserve_quotas_code_key unique
    constraint reserve_quotas_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  region_id uuid not null constraint reserve_quotas_region_id_fkey references regions (id),
  part_id uuid not null constraint reserve_quotas_part_id_fkey references parts (id),
  per_thousand_vehicles integer not null
    constraint reserve_quotas_rate_check check (per_thousand_vehicles between 1 and 100000),
  -- Counted when it was set: vehicles of the region's customers, and its stations.
  population integer not null constraint reserve_quotas_population_check check (population >= 0),
  stations integer not null constraint reserve_quotas_stations_check check (stations >= 0),
  -- What each station keeps.
  quantity integer not null constraint reserve_quotas_quantity_check check (quantity >= 0),
  note text,
  external_ids jsonb not null default '{}'
    constraint reserve_quotas_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint reserve_quotas_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint reserve_quotas_part_key unique (region_id, part_id)
);
create index reserve_quotas_created_idx on reserve_quotas (created_at, id);
grant select, insert, update on reserve_quotas to aftersales_app;

-- What a station should order, with the reason of each line; a record of the day, never changed.
create table replenishment_proposals (
  id uuid constraint replenishment_proposals_pkey primary key,
  number text not null constraint replenishment_proposals_number_key unique,
  station_id uuid not null constraint replenishment_proposals_station_id_fkey references stations (id),
  location_id uuid not null constraint replenishment_proposals_location_id_fkey references stock_locations (id),
  lines jsonb not null constraint replenishment_proposals_lines_list check (jsonb_typeof(lines) = 'array'),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid
);
create index replenishment_proposals_created_idx on replenishment_proposals (created_at desc, id desc);
create index replenishment_proposals_station_idx on replenishment_proposals (station_id, created_at desc, id desc);
alter table replenishment_proposals enable row level security;
alter table replenishment_proposals force row level security;
create policy replenishment_proposals_scope on replenishment_proposals using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on replenishment_proposals to aftersales_app;

-- Parts sold over the counter (PRT-08): issued and priced at once, never changed.
create table parts_sales (
  id uuid constraint parts_sales_pkey primary key,
  number text not null constraint parts_sales_number_key unique,
  station_id uuid not null constraint parts_sales_station_id_fkey references stations (id),
  location_id uuid not null constraint parts_sales_location_id_fkey references stock_locations (id),
  customer_id uuid,
  lines jsonb not null constraint parts_sales_lines_list check (
    jsonb_typeof(lines) = 'array' and jsonb_array_length(lines) > 0),
  total numeric(19, 2) not null constraint parts_sales_total_check check (total >= 0),
  currency char(3) not null,
  -- Whether a line was dearer than the list (PRT-03).
  above_list boolean not null,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  constraint parts_sales_customer_id_fkey foreign key (customer_id, station_id) references customers (id, station_id)
);
create index parts_sales_created_idx on parts_sales (created_at desc, id desc);
create index parts_sales_station_created_idx on parts_sales (station_id, created_at desc, id desc);
create index parts_sales_customer_idx on parts_sales (customer_id) where customer_id is not null;
alter table parts_sales enable row level security;
alter table parts_sales force row level security;
create policy parts_sales_scope on parts_sales using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on parts_sales to aftersales_app;
create trigger parts_sales_customer_erased before insert or update of customer_id on parts_sales
  for each row when (new.customer_id is not null) execute function customer_not_erased();

-- Parts that a station sends back to headquarters (PRT-07).
create table parts_returns (
  id uuid constraint parts_returns_pkey primary key,
  number text not null constraint parts_returns_number_key unique,
  station_id uuid not null constraint parts_returns_station_id_fkey references stations (id),
  location_id uuid not null constraint parts_returns_location_id_fkey references stock_locations (id),
  state text not null constraint parts_returns_state_check check (state in ('sent', 'received')),
  reason text not null,
  lines jsonb not null constraint parts_returns_lines_list check (
    jsonb_typeof(lines) = 'array' and jsonb_array_length(lines) > 0),
  to_location_id uuid constraint parts_returns_to_location_id_fkey references stock_locations (id),
  received_by text,
  received_by_id uuid,
  received_at timestamptz(3),
  external_ids jsonb not null default '{}'
    constraint parts_returns_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint parts_returns_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint parts_returns_received_check check (
    (state = 'received') = (received_at is not null) and (received_at is null) = (to_location_id is null))
);
create index parts_returns_created_idx on parts_returns (created_at desc, id desc);
create index parts_returns_station_created_idx on parts_returns (station_id, created_at desc, id desc);
alter table parts_returns enable row level security;
alter table parts_returns force row level security;
create policy parts_returns_scope on parts_returns using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on parts_returns to aftersales_app;
insert into state_transitions (document, from_state, to_state) values ('parts_returns', 'sent', 'received');
create trigger parts_returns_transition before update of state on parts_returns
  for each row when (old.state is distinct from new.state) execute function guard_transition('a parts return');

-- Identities of other systems, for the families that take an upsert.
create trigger external_identities_new after insert on parts for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('part');
create trigger external_identities_changed after update of external_ids on parts for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('part');
create trigger external_identities_new after insert on sboms for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('sbom');
create trigger external_identities_changed after update of external_ids on sboms for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('sbom');
create trigger external_identities_new after insert on stock_locations for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('warehouse');
create trigger external_identities_changed after update of external_ids on stock_locations for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('warehouse');
create trigger external_identities_new after insert on reserve_quotas for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('reserveQuota');
create trigger external_identities_changed after update of external_ids on reserve_quotas for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('reserveQuota');

call keep_history('parts', 't.updated_at', '{"number"}');
call keep_history('sboms', 't.updated_at', '{"code","model_id"}');
call keep_history('sbom_lines', 'select s.updated_at from public.sboms s where s.id = t.sbom_id', '{"part_id"}');
call keep_history('price_lists', 't.updated_at', '{"number"}');
call keep_history(
  'price_list_lines', 'select l.updated_at from public.price_lists l where l.id = t.price_list_id', '{"part_id"}');
call keep_history('stock_locations', 't.updated_at', '{"code","station_id"}');
call keep_history('stock_levels', 't.updated_at', '{"location_id, part_id","part_id"}');
call keep_history('reservations', 't.updated_at', '{"number","station_id, created_at desc, id desc"}');
call keep_history('stock_expectations', 't.updated_at', '{"location_id, part_id"}');
call keep_history('stocktakes', 't.updated_at', '{"number"}');
call keep_history('stocktake_lines', 'select s.updated_at from public.stocktakes s where s.id = t.stocktake_id');
call keep_history('minimum_stocks', 't.updated_at', '{"number","station_id, part_id"}');
call keep_history('reserve_quotas', 't.updated_at', '{"code","region_id"}');
call keep_history('parts_returns', 't.updated_at', '{"number"}');
call show_history('part_supersessions', 'created_at');
call show_history('stock_movements', 'recorded_at');
call show_history('replenishment_proposals', 'created_at');
call show_history('parts_sales', 'created_at');
