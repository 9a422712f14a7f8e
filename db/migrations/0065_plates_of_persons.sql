-- A number plate that was said at the desk or on the telephone is part of who came (SEC-04, APT-02): it goes with him, from the
-- documents, their past and what was written about them. The vehicle's own plate stays, for the vehicle does.

-- Words such as 无牌 or 新车 say nothing about anybody, and a VIN in its place, or the end of it as for a new vehicle, is the vehicle's.
create function customer_plates(files uuid[], orders uuid[]) returns text[] language sql stable as $$
  select coalesce(array_agg(distinct said.plate), '{}')
  from (
    select r.plate, r.vehicle_id from service_requests_versions r where r.customer_id = any (files)
    union all
    select a.plate, a.vehicle_id from appointments_versions a where a.customer_id = any (files)
  ) as said
  where said.plate ~ '[0-9]' and char_length(said.plate) between 5 and 16
    and not exists (
      select from vehicles v
      where v.id = said.vehicle_id and right(v.vin, char_length(said.plate)) = upper(said.plate))
$$;

create function erase_person_of_plates(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  update service_requests r set plate = null where r.customer_id = any (files) and r.plate is not null;
  update service_requests_history r set plate = null where r.plate is not null and r.id in (
    select q.id from service_requests q where q.customer_id = any (files));
  update appointments a set plate = '***' where a.customer_id = any (files);
  update appointments_history a set plate = '***' where a.id in (
    select v.id from appointments v where v.customer_id = any (files));
end
$$;
revoke execute on function customer_plates(uuid[], uuid[]) from public;
revoke execute on function erase_person_of_plates(uuid[], uuid[], text[], text) from public;
call hold_persons('plates', erases => 'erase_person_of_plates', knows => 'customer_plates');

-- Who was erased before this release is erased once more, with his plates, which nobody knows afterwards. What keeps documents from
-- being written for him stands aside meanwhile, in this transaction alone.
set local app.scope = '*';
do $$
declare
  guard constant text := pg_get_functiondef('customer_not_erased()'::regprocedure);
  gone record;
begin
  create or replace function customer_not_erased() returns trigger language plpgsql as 'begin return new; end';
  for gone in
    select c.number, customer_files(c.id) as files from customers c where c.state = 'erased'
  loop
    perform erase_person(
      gone.files, array(select o.id from work_orders o where o.customer_id = any (gone.files)),
      personal_patterns(customer_plates(gone.files, '{}')), gone.number);
  end loop;
  execute guard;
end
$$;
