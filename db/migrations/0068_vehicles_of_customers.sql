-- Which vehicles somebody reads for a customer, and from when on (D-27, SEC-04): those that stand in his file now, and those of his
-- orders that nobody else owns by now. The new owner may be known at another station alone, so the whole network is asked; what
-- was before his time, a number plate above all, shows who had the vehicle then.
create function vehicles_of_customers(files uuid[]) returns table (id uuid, since timestamptz)
  language plpgsql as $$
declare
  scope text := current_setting('app.scope');
begin
  perform set_config('app.scope', '*', true);
  return query
    select found.vehicle_id, min(found.since)
    from (
      select k.vehicle_id, k.since_date::timestamp at time zone 'Asia/Shanghai'
      from public.customer_vehicles k
      where k.customer_id = any (files) and k.until_date is null
      union all
      select o.vehicle_id, o.created_at
      from public.work_orders o
      where o.customer_id = any (files) and o.state <> 'cancelled' and not exists (
        select from public.customer_vehicles k
        where k.vehicle_id = o.vehicle_id and k.until_date is null and k.role = 'owner' and k.customer_id <> all (files))
    ) as found(vehicle_id, since)
    where found.vehicle_id is not null
    group by found.vehicle_id;
  perform set_config('app.scope', scope, true);
end
$$;
revoke execute on function vehicles_of_customers(uuid[]) from public;
grant execute on function vehicles_of_customers(uuid[]) to aftersales_app;
