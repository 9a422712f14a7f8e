-- What settlements and disputes do to a claim that was decided already, and the money in which stock is kept.

-- An entry that an appeal added enters a settlement after the rest of the claim was paid, and a dispute may give back what a refused
-- old part had taken (SM-6, SET-10).
insert into state_transitions (document, from_state, to_state) values
  ('warranty_claims', 'settled', 'inSettlement'),
  ('warranty_claims', 'rejected', 'payable');

-- What goes out, and what comes in without a price of its own, is worth its share in the money of the place, whatever the movement
-- says; a place where nothing of a part is worth anything takes the money of what comes (PRT-10).
create or replace function stock_movements_book() returns trigger
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
  if new.quantity < 0 or new.cost is null then
    new.currency := level.currency;
  elsif level.value = 0 then
    level.currency := new.currency;
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
  set on_hand = new.on_hand_after, value = l.value + new.cost, currency = level.currency, movements = new.ordinal,
    updated_at = greatest(l.updated_at, new.recorded_at)
  where l.id = level.id;
  return new;
end
$$;
