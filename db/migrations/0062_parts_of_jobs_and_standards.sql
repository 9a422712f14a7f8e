-- What is held for the jobs of an order that the customer has agreed to does not run out before the vehicle is handed over,
-- however long the order waits for other parts (PRT-11, domain.md section 11).

-- The states of such an order: agreed to, and not ended.
create function work_order_keeps_parts(order_state text) returns boolean language sql immutable parallel safe as $$
  select order_state in (
    'authorised', 'inWorkshop', 'inRepair', 'awaitingCustomerApproval', 'awaitingParts', 'qualityCheck', 'ready', 'notified',
    'accepted', 'settled')
$$;

-- The lock makes whoever moves the order and whoever ends the reservation wait for each other, so that none relies on what the
-- other is about to change. What is held for an appointment is its order's from the check-in on.
create function reservations_keep() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  order_state text;
begin
  select w.state into order_state
  from work_orders w
  where w.id = coalesce(
    new.work_order_id, (select v.work_order_id from appointments v where v.id = new.appointment_id))
  for share;
  if work_order_keeps_parts(order_state) then
    raise exception 'an order in the workshop keeps what is held for it' using errcode = 'check_violation',
      constraint = 'reservations_kept', table = tg_table_name;
  end if;
  return new;
end
$$;
create trigger reservations_keep before update of state on reservations
  for each row when (new.state = 'expired' and old.state <> 'expired') execute function reservations_keep();

-- What stations have in their stores at least and shall sell in a month: a policy (PRT-19, PRT-20).
insert into policy_keys (key) values ('partsStandards');
