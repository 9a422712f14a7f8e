-- One place for what a workshop can do: hours, bays and skills stood on the station (0015) and in its workshop (0016). The workshop
-- has them; the station's columns are what it shows of it, written with the workshop and by nothing else.

set local app.scope = '*';

alter table station_workshops add column skills text[] not null default '{}';
comment on column station_workshops.skills is
  'What its people are trained in beyond what its bays are equipped for, in the words of required_skill.';
call keep_history('station_workshops', 't.updated_at');

-- What only the station said, its workshop says from now on; where both said something, the workshop is right.
insert into station_workshops (station_id, version, slot_minutes, grace_minutes, updated_at, updated_by, updated_by_id)
select s.id, 1, 30, 30, s.updated_at, s.updated_by, s.updated_by_id
from stations s
where (s.skills <> '{}' or s.opening_hours <> '[]')
  and not exists (select from station_workshops w where w.station_id = s.id);
update station_workshops w
set skills = s.skills
from stations s
where s.id = w.station_id and s.skills <> '{}';
insert into station_hours (station_id, weekday, opens, closes)
select s.id,
  array_position(
    array['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], span ->> 'weekday'),
  (span ->> 'opens')::int, (span ->> 'closes')::int
from stations s cross join jsonb_array_elements(s.opening_hours) as span
where not exists (select from station_hours h where h.station_id = s.id);

update stations s
set skills = shown.skills, opening_hours = shown.opening_hours, bays = shown.bays, version = s.version + 1
from (
  select w.station_id,
    array(
      select unnest(w.skills)
      union
      select unnest(b.skills) from bays b where b.station_id = w.station_id and b.active
      order by 1) as skills,
    coalesce(
      (select jsonb_agg(
          jsonb_build_object(
            'weekday',
            (array['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])[h.weekday],
            'opens', h.opens, 'closes', h.closes)
          order by h.weekday, h.opens)
        from station_hours h where h.station_id = w.station_id), '[]') as opening_hours,
    coalesce(
      (select nullif(count(*), 0)::int from bays b where b.station_id = w.station_id and b.active), t.bays) as bays
  from station_workshops w join stations t on t.id = w.station_id) as shown
where shown.station_id = s.id
  and (s.skills, s.opening_hours, s.bays) is distinct from (shown.skills, shown.opening_hours, shown.bays);
comment on column stations.skills is 'Shown of the workshop: what its people are trained in and its bays are equipped for.';
comment on column stations.opening_hours is 'Shown of the workshop; empty: not kept yet.';
comment on column stations.bays is 'Shown of the workshop once it names its bays; before that as headquarters counted them.';

-- The weights of dispatch are numbers of the policy clocks. What was decided before was decided by the numbers that come with
-- the product.
alter table service_request_dispatches alter column rules_version drop not null;
alter table service_request_dispatches add column policy_version text not null default 'clocks@0';
alter table service_request_dispatches alter column policy_version drop default;
call show_history('service_request_dispatches', 'dispatched_at');

-- Files hang on every document of the lane, on customers and on vehicles. Nobody files anything about a person who is gone, and
-- what hangs on his file goes with him: the rows, and so in time the bytes.
create function attachments_customer_not_erased() returns trigger language plpgsql as $$
declare
  found_state text;
begin
  select c.state into found_state from customers c where c.id = new.subject_id for key share;
  if found_state = 'erased' then
    raise exception using errcode = 'foreign_key_violation', constraint = 'attachments_customer_erased',
      table = 'attachments', message = 'the person of this file was erased';
  end if;
  return new;
end
$$;
create trigger attachments_customer_erased before insert on attachments
  for each row when (new.resource = 'customer') execute function attachments_customer_not_erased();

-- A vehicle belongs to no station, and what is filed about it is the filer's: two stations may file the same paper.
drop index attachments_same_file_key;
create unique index attachments_same_file_key on attachments (
    resource, subject_id, sha256, (case when resource = 'vehicle' then station_id end)) nulls not distinct
  where removed_at is null;

-- A look at somebody without a customer file stands under the document that names him.
alter table personal_data_reads alter column customer_id drop not null;
alter table personal_data_reads alter column station_id drop not null;
alter table personal_data_reads
  add column subject_resource text,
  add column subject_id uuid,
  add constraint personal_data_reads_of_somebody check (
    (customer_id is null) <> (subject_id is null) and (subject_id is null) = (subject_resource is null));
create index personal_data_reads_subject_idx on personal_data_reads (subject_id, read_at, id)
  where subject_id is not null;
call show_history('personal_data_reads', 'read_at');

alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_but_for_files;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  subjects uuid[];
begin
  perform erase_person_but_for_files(files, orders, patterns, pseudonym);
  delete from attachments a where a.resource = 'customer' and a.subject_id = any (files);
  delete from attachments_history a where a.resource = 'customer' and a.subject_id = any (files);
  select coalesce(array_agg(subject), '{}') into subjects
  from (
    select p.id as subject from product_returns p where p.work_order_id = any (orders)
    union
    select l.vehicle_id from customer_vehicles l where l.customer_id = any (files)
  ) as held;
  update attachments a
  set file_name = left(without_person(a.file_name, patterns, pseudonym), 200),
    description = without_person(a.description, patterns, pseudonym),
    removal_reason = without_person(a.removal_reason, patterns, pseudonym)
  where a.subject_id = any (subjects);
  update attachments_history a
  set file_name = left(without_person(a.file_name, patterns, pseudonym), 200),
    description = without_person(a.description, patterns, pseudonym),
    removal_reason = without_person(a.removal_reason, patterns, pseudonym)
  where a.subject_id = any (subjects);
  update personal_data_reads r
  set purpose = without_person(r.purpose, patterns, pseudonym)
  where r.purpose is not null and r.subject_id in (
    select q.id from service_requests q where q.customer_id = any (files)
    union
    select a.id from appointments a where a.customer_id = any (files));
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
