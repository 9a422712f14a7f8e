-- Which vehicles somebody reads for a customer, and from when on (D-27, SEC-04): those that stand in his file now, and those of his
-- orders that nobody else owns by now. File and orders are those of the caller's scope; the new owner may be known at another station
-- alone, so he is sought in the whole network. What was before the customer's time, a number plate above all, shows who had the
-- vehicle then.
create function vehicles_of_customers(files uuid[]) returns table (id uuid, since timestamptz)
  language plpgsql as $$
declare
  scope text := current_setting('app.scope');
  linked uuid[];
  linked_since timestamptz[];
  served uuid[];
  served_since timestamptz[];
begin
  select array_agg(k.vehicle_id), array_agg(k.since_date::timestamp at time zone 'Asia/Shanghai')
  into linked, linked_since
  from public.customer_vehicles k
  where k.customer_id = any (files) and k.until_date is null;
  select array_agg(o.vehicle_id), array_agg(o.created_at)
  into served, served_since
  from public.work_orders o
  where o.customer_id = any (files) and o.vehicle_id is not null and o.state <> 'cancelled';
  perform set_config('app.scope', '*', true);
  return query
    select found.vehicle_id, min(found.since)
    from (
      select l.vehicle_id, l.since from unnest(linked, linked_since) as l(vehicle_id, since)
      union all
      select s.vehicle_id, s.since
      from unnest(served, served_since) as s(vehicle_id, since)
      where not exists (
        select from public.customer_vehicles k
        where k.vehicle_id = s.vehicle_id and k.until_date is null and k.role = 'owner' and k.customer_id <> all (files))
    ) as found
    group by found.vehicle_id;
  perform set_config('app.scope', scope, true);
end
$$;
revoke execute on function vehicles_of_customers(uuid[]) from public;
grant execute on function vehicles_of_customers(uuid[]) to aftersales_app;
