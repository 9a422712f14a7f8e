-- Notes and files hang on every kind of document. Whoever is erased goes from them: what hangs on his file with its rows, what others
-- wrote about his vehicles and his orders by its words.

-- Nobody writes anything about a person who is gone.
create function notes_customer_not_erased() returns trigger language plpgsql as $$
declare
  found_state text;
begin
  select c.state into found_state from customers c where c.id = new.subject_id for key share;
  if found_state = 'erased' then
    raise exception using errcode = 'foreign_key_violation', constraint = 'notes_customer_erased',
      table = 'notes', message = 'the person of this file was erased';
  end if;
  return new;
end
$$;
create trigger notes_customer_erased before insert on notes
  for each row when (new.resource = 'customer') execute function notes_customer_not_erased();

-- Two stations may file the same paper about a supplier, as they may about a vehicle.
drop index attachments_same_file_key;
create unique index attachments_same_file_key on attachments (
    resource, subject_id, sha256, (case when resource in ('vehicle', 'supplier') then station_id end)) nulls not distinct
  where removed_at is null;

-- What hangs on documents of every family: notes, the words about files (what they show nobody can tell from here), history, kept
-- answers. A family erases its own rows and calls this for them.
create or replace function erase_person_around(subjects uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  update notes n set text = without_person(n.text, patterns, pseudonym) where n.subject_id = any (subjects);
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
  update events e
  set reason = without_person(e.reason, patterns, pseudonym), data = without_person(e.data, patterns, pseudonym),
    changes = without_person(e.changes, patterns, pseudonym)
  where e.subject_id = any (subjects);
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8')
  where exists (
    select from unnest(subjects) as s(id)
    where position(convert_to(s.id::text, 'UTF8') in k.body) > 0 or s.id = any (k.mentions)
      or position(s.id::text in k.operation) > 0);
end
$$;

create function erase_person_of_notes_and_files(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  ordered uuid[];
  subjects uuid[];
  written uuid[];
begin
  select coalesce(array_agg(n.id), '{}') into written
  from notes n
  where n.resource = 'customer' and n.subject_id = any (files)
    or n.resource = 'vehicle' and n.subject_id in (
      select l.vehicle_id from customer_vehicles l where l.customer_id = any (files));
  delete from notes n where n.resource = 'customer' and n.id = any (written);
  -- Of a vehicle only what people wrote about it: its history says nothing about him.
  update notes n set text = without_person(n.text, patterns, pseudonym) where n.id = any (written);
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8')
  where exists (
    select from unnest(written) as s(id)
    where position(convert_to(s.id::text, 'UTF8') in k.body) > 0 or s.id = any (k.mentions));
  select coalesce(array_agg(o.id), '{}') into ordered from parts_orders o where o.work_order_id = any (orders);
  select coalesce(array_agg(subject), '{}') into subjects
  from (
    select s.id as subject from parts_sales s where s.customer_id = any (files)
    union
    select s.id from shipments s where s.order_id = any (ordered)
    union
    select q.id from quality_issues q
    where q.customer_id = any (files) or q.work_order_id = any (orders)
      or exists (select from complaints c where c.id = q.complaint_id and c.customer_id = any (files))
  ) as held;
  perform erase_person_around(subjects, patterns, pseudonym);
end
$$;
revoke execute on function erase_person_of_notes_and_files(uuid[], uuid[], text[], text) from public;
call hold_persons('notes_and_files', erases => 'erase_person_of_notes_and_files');
