-- Who was shown whose personal data, search by telephone number, erasure of one person (SEC-04).

-- One row a request and customer whose personal data it showed unmasked. Append-only: the application role can add and read.
create table personal_data_reads (
  id uuid not null,
  read_at timestamptz(3) not null,
  customer_id uuid not null,
  -- Of the customer, so that the usual policy holds here too.
  station_id uuid not null,
  actor_kind text not null,
  actor_id uuid,
  actor_name text not null,
  actor_roles text[] not null,
  request_id text not null,
  operation text not null,
  -- As the caller gave it, if he did.
  purpose text,
  constraint personal_data_reads_pkey primary key (id),
  constraint personal_data_reads_customer_id_fkey
    foreign key (customer_id, station_id) references customers (id, station_id),
  constraint personal_data_reads_actor_kind_known check (actor_kind in ('user', 'client', 'system'))
);
comment on table personal_data_reads is 'Append-only: written before the answer that shows the data is sent.';
create index personal_data_reads_customer_id_idx on personal_data_reads (customer_id, read_at, id);
create index personal_data_reads_actor_id_idx on personal_data_reads (actor_id, read_at) where actor_id is not null;
alter table personal_data_reads enable row level security;
alter table personal_data_reads force row level security;
create policy personal_data_reads_scope on personal_data_reads using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on personal_data_reads to aftersales_app;

-- Blind index: HMAC of the normalised number under a key that only the server has, so that equal numbers are found however
-- they were written, and a copy of the database tells nothing about numbers. A row whose key_id is not that of the server's
-- key is made anew by a job: SQL has no key, so rows from before this migration are filled by it too.
create table customer_telephones (
  customer_id uuid not null,
  station_id uuid not null,
  -- 1: phone, 2: phone2.
  place smallint not null,
  digest bytea not null,
  key_id bytea not null,
  constraint customer_telephones_pkey primary key (customer_id, place),
  constraint customer_telephones_customer_id_fkey
    foreign key (customer_id, station_id) references customers (id, station_id),
  constraint customer_telephones_place_known check (place in (1, 2)),
  constraint customer_telephones_lengths check (length(digest) = 16 and length(key_id) = 4)
);
create index customer_telephones_digest_idx on customer_telephones (digest);
alter table customer_telephones enable row level security;
alter table customer_telephones force row level security;
create policy customer_telephones_scope on customer_telephones using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update, delete on customer_telephones to aftersales_app;
-- Nobody searches the plain numbers any more.
drop index customers_phone_idx;
drop index customers_phone2_idx;

alter table customers drop constraint customers_state_known;
alter table customers add constraint customers_state_known check (state in ('active', 'merged', 'erased'));

-- No document begins or changes hands for a person who is gone. The share lock waits for an erasure that is under way, which
-- holds the file; families that name a customer add this trigger.
create function customer_not_erased() returns trigger language plpgsql as $$
declare
  found_state text;
begin
  select c.state into found_state from customers c where c.id = new.customer_id for key share;
  if found_state = 'erased' then
    raise exception using errcode = 'foreign_key_violation', constraint = tg_table_name || '_customer_erased',
      table = tg_table_name, message = 'the customer was erased';
  end if;
  return new;
end
$$;
create trigger work_orders_customer_erased before insert or update of customer_id, contact_name, contact_phone
  on work_orders
  for each row when (new.customer_id is not null) execute function customer_not_erased();

-- What is replaced in free text: every known spelling of who the person is, as patterns of regexp_replace.
create function personal_patterns(known text[]) returns text[] language sql immutable as $$
  select coalesce(array_agg(distinct pattern), '{}')
  from (
    -- A telephone number, however it is grouped, not within a longer number.
    select '(?<![0-9])(\+?(00)?86[ -]*)?' || string_agg(digit, '[ -]*' order by place) || '(?![0-9])' as pattern
    from (
      select value, regexp_replace(regexp_replace(value, '\D', '', 'g'), '^(00)?86(?=1[3-9]\d{9}$)', '') as digits
      from unnest(known) as value
      where value ~ '^\+?[0-9][0-9 -]*$'
    ) as telephones, regexp_split_to_table(digits, '') with ordinality as parts(digit, place)
    where length(digits) >= 5
    group by value
    union all
    -- Anything else as it was written, with any white space. One character alone says nothing and would match anywhere.
    select regexp_replace(regexp_replace(trim(value), '([.^$*+?()\[\]{}|\\-])', '\\\1', 'g'), '\s+', '\\s+', 'g')
    from unnest(known) as value
    where value !~ '^\+?[0-9][0-9 -]*$' and length(trim(value)) >= 2
  ) as patterns
$$;

create function without_person(value text, patterns text[], pseudonym text) returns text
  language plpgsql immutable as $$
declare
  pattern text;
begin
  foreach pattern in array patterns loop
    value := regexp_replace(value, pattern, pseudonym, 'gi');
  end loop;
  return value;
end
$$;

-- The same in every string of a JSON value; names of members, numbers and the rest stay.
create function without_person(value jsonb, patterns text[], pseudonym text) returns jsonb
  language plpgsql immutable as $$
begin
  case jsonb_typeof(value)
    when 'string' then
      return to_jsonb(without_person(value #>> '{}', patterns, pseudonym));
    when 'array' then
      return (
        select coalesce(jsonb_agg(without_person(item, patterns, pseudonym) order by place), '[]')
        from jsonb_array_elements(value) with ordinality as items(item, place));
    when 'object' then
      return (
        select coalesce(jsonb_object_agg(name, without_person(item, patterns, pseudonym)), '{}')
        from jsonb_each(value) as members(name, item));
    else
      return value;
  end case;
end
$$;

-- A file and those merged into it.
create function customer_files(subject uuid) returns uuid[] language sql stable as $$
  with recursive taken as (
    select c.id from customers c where c.id = subject
    union
    select c.id from customers c join taken t on c.merged_into_id = t.id
  )
  select array_agg(t.id) from taken t
$$;

-- Documents that still need to know who he is. A family with documents of a customer adds its own (`create or replace`).
create function customer_holds(files uuid[]) returns table (resource text, number text, state text)
  language sql stable as $$
  select 'workOrder', w.number, w.state
  from work_orders w
  where w.customer_id = any (files)
    and w.state not in ('closed', 'cancelled', 'convertedToAppointment', 'closedNoRepair')
$$;

-- How the person is called and reached in his files and in his documents.
create function customer_known_as(files uuid[], orders uuid[]) returns text[] language sql stable as $$
  select array_agg(distinct value)
  from (
    select unnest(array[c.name, c.phone, c.phone2, c.email, c.address]) as value
    from customers c
    where c.id = any (files)
    union all
    select unnest(array[w.contact_name, w.contact_phone, w.inspection ->> 'confirmedBy', w.authorisation ->> 'decidedBy'])
    from work_orders w
    where w.id = any (orders)
    union all
    select d.decided_by from customer_decisions d where d.work_order_id = any (orders)
  ) as known
  where value is not null
$$;

-- Takes the person out of every row that hangs on his files: documents about money, safety and vehicles stay with a pseudonym
-- (the number of the file) in place of the name.
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  personal constant text[] := array['name', 'phone', 'phone2', 'email', 'address', 'city', 'note', 'wishedService',
    'externalIds'];
begin
  update customers c
  set name = c.number, phone = '00000', phone2 = null, email = null, address = null, city = null,
    contact_preference = null, wished_service = null, note = null, external_ids = '{}'
  where c.id = any (files);
  delete from customer_telephones t where t.customer_id = any (files);
  update personal_data_reads r
  set purpose = without_person(r.purpose, patterns, pseudonym)
  where r.customer_id = any (files) and r.purpose is not null;

  update work_orders w
  set summary = without_person(w.summary, patterns, pseudonym), note = without_person(w.note, patterns, pseudonym),
    diagnosis = without_person(w.diagnosis, patterns, pseudonym),
    exit_reason = without_person(w.exit_reason, patterns, pseudonym),
    promised_quality = without_person(w.promised_quality, patterns, pseudonym),
    contact_name = null, contact_phone = null,
    inspection = jsonb_set(
      without_person(w.inspection, patterns, pseudonym), '{confirmedBy}', to_jsonb(pseudonym), false),
    authorisation = jsonb_set(
      without_person(w.authorisation, patterns, pseudonym), '{decidedBy}', to_jsonb(pseudonym), false)
  where w.id = any (orders);
  update customer_decisions d set decided_by = pseudonym where d.work_order_id = any (orders);
  update job_lines l
  set description = without_person(l.description, patterns, pseudonym),
    concern = without_person(l.concern, patterns, pseudonym), cause = without_person(l.cause, patterns, pseudonym),
    correction = without_person(l.correction, patterns, pseudonym),
    sublet_description = without_person(l.sublet_description, patterns, pseudonym),
    travel_description = without_person(l.travel_description, patterns, pseudonym)
  where l.work_order_id = any (orders);
  update job_line_parts p
  set description = without_person(p.description, patterns, pseudonym)
  where p.work_order_id = any (orders);
  update estimates e
  set content = without_person(e.content, patterns, pseudonym)
  where e.work_order_id = any (orders);
  update quality_inspections q
  set findings = without_person(q.findings, patterns, pseudonym)
  where q.work_order_id = any (orders);
  update invoices i
  set items = without_person(i.items, patterns, pseudonym), payments = without_person(i.payments, patterns, pseudonym)
  where i.work_order_id = any (orders);
  update odometer_readings r
  set note = without_person(r.note, patterns, pseudonym),
    replacement_reason = without_person(r.replacement_reason, patterns, pseudonym)
  where r.work_order_id = any (orders);
  update notes n
  set text = without_person(n.text, patterns, pseudonym)
  where n.subject_id = any (files || orders);
  update events e
  set reason = without_person(e.reason, patterns, pseudonym),
    data = without_person(e.data, patterns, pseudonym),
    changes = (
      select coalesce(
        jsonb_agg(
          case
            when e.subject_id = any (files) and change ->> 'field' = any (personal)
              then change || '{"before": null, "after": null}'
            else without_person(change, patterns, pseudonym)
          end order by place), '[]')
      from jsonb_array_elements(e.changes) with ordinality as parts(change, place))
  where e.subject_id = any (files || orders);
  -- A repeated request must still find that it was done; what it answered then is gone.
  update idempotency_keys k
  set body = convert_to('{"personalDataErased":true}', 'UTF8')
  where exists (
    select from unnest(files || orders) as subjects(id)
    where position(convert_to(id::text, 'UTF8') in k.body) > 0 or position(id::text in k.operation) > 0
      or position(id::text in k.headers::text) > 0
  ) or exists (
    select from work_orders w where w.id = any (orders) and position(w.number in k.operation) > 0
  ) or exists (
    select from customers c where c.id = any (files) and position(c.number in k.operation) > 0
  ) or convert_from(k.body, 'UTF8') ~* any (patterns);
end
$$;

-- Erases one person; the file itself is then stored in its new version by the caller. Runs with the owner's rights, because
-- events, decisions and inspections are append-only for the application. Whoever does not see the file erases nobody; of whom he
-- sees every document is erased, also those that other stations hold. Returns the orders that changed, in their new versions.
create function erase_customer(
  subject uuid, erased_at timestamptz, erased_by text, erased_by_id uuid
) returns table (order_id uuid, order_number text, order_version integer)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  session_scope constant text := current_setting('app.scope');
  files constant uuid[] := customer_files(subject);
  orders uuid[];
  pseudonym text;
begin
  select c.number into pseudonym from customers c where c.id = subject;
  if pseudonym is null then return; end if;
  perform set_config('app.scope', '*', true);
  perform from customers c where c.id = any (files) order by c.id for update;
  select coalesce(array_agg(w.id), '{}') into orders from work_orders w where w.customer_id = any (files);
  if exists (select from customer_holds(files)) then
    raise exception using errcode = 'check_violation', constraint = 'customers_legal_hold', table = 'customers',
      message = 'open documents need the personal data';
  end if;

  perform erase_person(files, orders, personal_patterns(customer_known_as(files, orders)), pseudonym);
  update customers c
  set version = c.version + 1, updated_at = erased_at, updated_by = erased_by, updated_by_id = erased_by_id
  where c.id = any (files) and c.id <> subject;
  return query
    update work_orders w
    set version = w.version + 1, updated_at = erased_at, updated_by = erased_by, updated_by_id = erased_by_id
    where w.id = any (orders)
    returning w.id, w.number, w.version;
  perform set_config('app.scope', session_scope, true);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
revoke execute on function erase_customer(uuid, timestamptz, text, uuid) from public;
grant execute on function erase_customer(uuid, timestamptz, text, uuid) to aftersales_app;
