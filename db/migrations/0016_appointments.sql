-- Appointments (SM-2, APT-01…11) and what a station can take: when its workshop is open, in which bays, for which skills.
-- Times of day are minutes since midnight in the station's time zone.

create table station_workshops (
  station_id uuid constraint station_workshops_pkey primary key
    constraint station_workshops_station_id_fkey references stations (id),
  version integer not null constraint station_workshops_version_check check (version > 0),
  slot_minutes integer not null constraint station_workshops_slot_minutes_check check (slot_minutes between 5 and 240),
  grace_minutes integer not null constraint station_workshops_grace_minutes_check check (
    grace_minutes between 0 and 1440),
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid
);
alter table station_workshops enable row level security;
alter table station_workshops force row level security;
create policy station_workshops_scope on station_workshops using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update on station_workshops to aftersales_app;

create table station_hours (
  station_id uuid not null constraint station_hours_station_id_fkey references station_workshops (station_id),
  -- 1 is Monday (ISO 8601).
  weekday smallint not null constraint station_hours_weekday_check check (weekday between 1 and 7),
  opens integer not null,
  closes integer not null,
  constraint station_hours_pkey primary key (station_id, weekday, opens),
  constraint station_hours_order_check check (opens >= 0 and closes > opens and closes <= 1440),
  constraint station_hours_overlap exclude using gist (
    station_id with =, weekday with =, int4range(opens, closes) with &&)
);
alter table station_hours enable row level security;
alter table station_hours force row level security;
create policy station_hours_scope on station_hours using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, delete on station_hours to aftersales_app;

-- Days that are not as their weekday is: other hours, or none (opens and closes null).
create table station_special_days (
  id bigint generated always as identity constraint station_special_days_pkey primary key,
  station_id uuid not null constraint station_special_days_station_id_fkey references station_workshops (station_id),
  day date not null,
  opens integer,
  closes integer,
  note text,
  constraint station_special_days_key unique nulls not distinct (station_id, day, opens),
  constraint station_special_days_order_check check (
    (opens is null) = (closes is null) and (opens is null or (opens >= 0 and closes > opens and closes <= 1440)))
);
alter table station_special_days enable row level security;
alter table station_special_days force row level security;
create policy station_special_days_scope on station_special_days using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, delete on station_special_days to aftersales_app;

create table bays (
  id uuid constraint bays_pkey primary key,
  station_id uuid not null constraint bays_station_id_fkey references station_workshops (station_id),
  code text not null,
  name text,
  skills text[] not null,
  -- Kept for users who need a quick repair (APT-08).
  fast_lane boolean not null,
  active boolean not null,
  constraint bays_code_key unique (station_id, code),
  constraint bays_id_station_key unique (id, station_id)
);
alter table bays enable row level security;
alter table bays force row level security;
create policy bays_scope on bays using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update (name, skills, fast_lane, active) on bays to aftersales_app;

-- Every instant of a day at which work of so many minutes may begin.
create function workshop_slots(station uuid, on_day date, minutes integer)
  returns table (starts_at timestamptz, ends_at timestamptz)
  language sql stable
as $$
  with openings as (
    select d.opens, d.closes from station_special_days d where d.station_id = station and d.day = on_day
    union all
    select h.opens, h.closes
    from station_hours h
    where h.station_id = station and h.weekday = extract(isodow from on_day)
      and not exists (select from station_special_days d where d.station_id = station and d.day = on_day)
  )
  select t.starts_at, t.starts_at + make_interval(mins => minutes)
  from station_workshops w
  join stations s on s.id = w.station_id
  cross join openings o
  cross join lateral generate_series(o.opens, o.closes - minutes, w.slot_minutes) as m (minute)
  cross join lateral (
    select (on_day + make_interval(mins => m.minute)) at time zone s.time_zone as starts_at) t
  where w.station_id = station and o.opens is not null
  order by 1
$$;
revoke execute on function workshop_slots from public;
grant execute on function workshop_slots to aftersales_app;

create table appointments (
  id uuid constraint appointments_pkey primary key,
  number text not null constraint appointments_number_key unique,
  station_id uuid not null constraint appointments_station_id_fkey references stations (id),
  state text not null constraint appointments_state_check check (
    state in ('requested', 'negotiating', 'confirmed', 'checkedIn', 'noShow', 'cancelled')),
  version integer not null constraint appointments_version_check check (version > 0),
  channel text not null constraint appointments_channel_check check (channel in ('phone', 'online', 'reception')),
  -- The order that became this appointment (WO-02).
  source_order_id uuid constraint appointments_source_order_id_key unique,
  contact_name text not null,
  contact_phone text not null,
  plate text not null,
  customer_id uuid,
  vehicle_id uuid constraint appointments_vehicle_id_fkey references vehicles (id),
  vehicle_description text,
  service_type text not null constraint appointments_service_type_check check (
    service_type in ('repair', 'partReplacement', 'maintenance', 'beauty', 'technicalUpgrade', 'consultation')),
  service_item_id uuid constraint appointments_service_item_id_fkey references service_items (id),
  fault_description text,
  wished_at timestamptz(3),
  duration_minutes integer not null constraint appointments_duration_minutes_check check (
    duration_minutes between 5 and 1440),
  skill text not null,
  priority text not null constraint appointments_priority_check check (priority in ('normal', 'fastLane')),
  -- Part numbers with quantities (APT-11).
  parts jsonb not null,
  note text,
  external_ids jsonb not null default '{}',
  -- Other times that were offered (APT-04).
  proposals jsonb not null,
  bay_id uuid,
  starts_at timestamptz(3),
  ends_at timestamptz(3),
  reminded_at timestamptz(3),
  -- What the customer came for, once he came.
  work_order_id uuid constraint appointments_work_order_id_key unique,
  exit_reason text,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint appointments_id_station_key unique (id, station_id),
  constraint appointments_customer_id_fkey foreign key (customer_id, station_id) references customers (id, station_id),
  constraint appointments_source_order_id_fkey foreign key (source_order_id, station_id)
    references work_orders (id, station_id),
  constraint appointments_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint appointments_bay_id_fkey foreign key (bay_id, station_id) references bays (id, station_id),
  constraint appointments_booking_check check (
    (bay_id is null) = (starts_at is null) and (starts_at is null) = (ends_at is null)
    and (starts_at is null or ends_at > starts_at)
    and (bay_id is not null or state in ('requested', 'negotiating', 'cancelled'))),
  constraint appointments_checked_in_check check ((state = 'checkedIn') = (work_order_id is not null)),
  -- One vehicle in a bay at a time, whoever writes (APT-03).
  constraint appointments_bay_taken exclude using gist (bay_id with =, tstzrange(starts_at, ends_at) with &&)
    where (state in ('confirmed', 'checkedIn'))
);
create index appointments_station_created_idx on appointments (station_id, created_at desc, id desc);
create index appointments_created_idx on appointments (created_at desc, id desc);
create index appointments_station_starts_idx on appointments (station_id, starts_at, id);
create index appointments_station_state_idx on appointments (station_id, state, created_at desc, id desc);
create index appointments_customer_idx on appointments (customer_id, created_at desc, id desc);
create index appointments_vehicle_idx on appointments (vehicle_id, created_at desc, id desc);
create index appointments_reminder_idx on appointments (starts_at) where state = 'confirmed' and reminded_at is null;
alter table appointments enable row level security;
alter table appointments force row level security;
create policy appointments_scope on appointments using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update on appointments to aftersales_app;

-- The life cycle (SM-2) for whoever writes past the application (0009).
insert into state_transitions (document, from_state, to_state) values
  ('appointments', 'requested', 'negotiating'),
  ('appointments', 'requested', 'confirmed'),
  ('appointments', 'negotiating', 'confirmed'),
  ('appointments', 'confirmed', 'negotiating'),
  ('appointments', 'confirmed', 'checkedIn'),
  ('appointments', 'confirmed', 'noShow'),
  ('appointments', 'requested', 'cancelled'),
  ('appointments', 'negotiating', 'cancelled'),
  ('appointments', 'confirmed', 'cancelled');
create trigger appointments_transition before update of state on appointments
  for each row when (old.state is distinct from new.state) execute function guard_transition('an appointment');
