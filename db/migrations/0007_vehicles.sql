-- Vehicles, their odometer and who drives them (CUS-03, CUS-19, ORG-07).
--
-- Every station serves every vehicle of the brand, so vehicles and odometer readings carry no row-level security: a drop of
-- the odometer must be seen wherever the vehicle was read before. Who a vehicle belongs to is a station's own file.

create table vehicles (
  id uuid not null,
  vin text not null,
  plate text,
  model_id uuid,
  model_year int,
  colour text,
  engine_number text,
  usage text not null,
  powertrain text,
  sale_date date,
  delivery_date date,
  next_maintenance_date date,
  next_maintenance_km int,
  -- The latest reading; the readings themselves are the evidence.
  odometer_km int,
  odometer_at timestamptz(3),
  odometer_source text,
  -- Counts instrument clusters: 1 is the one built in, each replacement adds one.
  odometer_cluster int not null default 1,
  -- Kilometres on replaced clusters less what the present one showed when built in: driven = odometer_km + odometer_offset_km.
  odometer_offset_km int not null default 0,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint vehicles_pkey primary key (id),
  constraint vehicles_vin_key unique (vin),
  constraint vehicles_model_id_fkey foreign key (model_id) references vehicle_models (id),
  constraint vehicles_vin_format check (vin ~ '^[A-HJ-NPR-Z0-9]{17}$'),
  constraint vehicles_usage_known check (usage in ('private', 'commercial')),
  constraint vehicles_powertrain_known check (powertrain in ('ice', 'hybrid', 'plugInHybrid', 'electric')),
  constraint vehicles_next_maintenance_km_positive check (next_maintenance_km > 0),
  constraint vehicles_odometer_whole check (
    (odometer_km is null) = (odometer_at is null) and (odometer_km is null) = (odometer_source is null)),
  constraint vehicles_odometer_not_negative check (odometer_km >= 0 and odometer_km + odometer_offset_km >= 0),
  constraint vehicles_odometer_cluster_positive check (odometer_cluster > 0),
  constraint vehicles_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint vehicles_version_positive check (version > 0)
);
comment on column vehicles.sale_date is 'Date of the invoice; with delivery_date and usage it decides warranty (CUS-19).';
create index vehicles_plate_idx on vehicles (plate) where plate is not null;
create index vehicles_vin_prefix_idx on vehicles (vin text_pattern_ops);
create index vehicles_model_id_idx on vehicles (model_id);
create index vehicles_next_maintenance_date_idx on vehicles (next_maintenance_date, id);
create index vehicles_created_at_idx on vehicles (created_at, id);
create index vehicles_updated_at_idx on vehicles (updated_at, id);

create table odometer_readings (
  id uuid not null,
  vehicle_id uuid not null,
  km int not null,
  read_at timestamptz(3) not null,
  cluster int not null,
  source text not null,
  -- The document that brought the reading; work orders come in a later migration and are never deleted.
  work_order_id uuid,
  note text,
  -- A replacement of the instrument cluster: where the old one stood, and why it went.
  replaced_km int,
  replacement_reason text,
  recorded_at timestamptz(3) not null,
  recorded_by text not null,
  recorded_by_id uuid,
  constraint odometer_readings_pkey primary key (id),
  constraint odometer_readings_vehicle_id_fkey foreign key (vehicle_id) references vehicles (id),
  constraint odometer_readings_km_range check (km between 0 and 9999999 and replaced_km between 0 and 9999999),
  constraint odometer_readings_cluster_positive check (cluster > 0),
  constraint odometer_readings_replacement_whole check ((replaced_km is null) = (replacement_reason is null)),
  constraint odometer_readings_source_known check (
    source in ('checkIn', 'delivery', 'inspection', 'customer', 'telematics', 'import', 'correction'))
);
comment on table odometer_readings is 'Append-only: the application may neither change nor delete a reading.';
create index odometer_readings_vehicle_id_idx on odometer_readings (vehicle_id, cluster, read_at, km);
create index odometer_readings_vehicle_read_at_idx on odometer_readings (vehicle_id, read_at, id);

-- The last guard against a wound-back odometer (domain.md section 7), whoever writes: on one cluster, kilometres never fall
-- from an earlier reading to a later one. The vehicle's row is locked first, so that two readings cannot pass each other.
create function odometer_readings_check() returns trigger
  language plpgsql
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  current_cluster int;
  last_km int;
begin
  select v.odometer_cluster, v.odometer_km into current_cluster, last_km
  from vehicles v
  where v.id = new.vehicle_id
  for update;
  if not found then
    return new; -- the foreign key says so better
  end if;
  if new.replaced_km is not null then
    if new.cluster <> current_cluster + 1 or new.replaced_km < coalesce(last_km, 0) then
      raise exception using errcode = 'check_violation', constraint = 'vehicles_odometer_never_falls',
        table = 'odometer_readings', message = 'a replaced cluster must continue the last reading';
    end if;
  elsif new.cluster > current_cluster or exists (
    select from odometer_readings r
    where r.vehicle_id = new.vehicle_id
      and r.cluster = new.cluster
      and ((r.read_at <= new.read_at and r.km > new.km) or (r.read_at > new.read_at and r.km < new.km))
  ) or exists (
    select from odometer_readings r
    where r.vehicle_id = new.vehicle_id and r.cluster = new.cluster + 1 and r.replaced_km < new.km
  ) then
    raise exception using errcode = 'check_violation', constraint = 'vehicles_odometer_never_falls',
      table = 'odometer_readings', message = 'an odometer never falls without a replaced cluster';
  end if;
  return new;
end
$$;

create trigger odometer_readings_check before insert on odometer_readings
  for each row execute function odometer_readings_check();

-- The same for the latest reading that the vehicle itself carries.
create function vehicles_odometer_check() returns trigger
  language plpgsql
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  -- On one cluster the kilometres count; across a replacement the distance driven does.
  if new.odometer_cluster < old.odometer_cluster
    or (new.odometer_cluster = old.odometer_cluster and new.odometer_offset_km <> old.odometer_offset_km)
    or (old.odometer_km is not null and new.odometer_km is null)
    or new.odometer_km + new.odometer_offset_km < old.odometer_km + old.odometer_offset_km
  then
    raise exception using errcode = 'check_violation', constraint = 'vehicles_odometer_never_falls',
      table = 'vehicles', message = 'an odometer never falls without a replaced cluster';
  end if;
  return new;
end
$$;

create trigger vehicles_odometer_check before update of odometer_km, odometer_cluster, odometer_offset_km on vehicles
  for each row execute function vehicles_odometer_check();

create table customer_vehicles (
  id uuid not null,
  station_id uuid not null,
  customer_id uuid not null,
  vehicle_id uuid not null,
  role text not null,
  since_date date not null,
  until_date date,
  created_at timestamptz(3) not null,
  ended_at timestamptz(3),
  constraint customer_vehicles_pkey primary key (id),
  -- A link belongs to the station of its customer.
  constraint customer_vehicles_customer_id_fkey
    foreign key (customer_id, station_id) references customers (id, station_id),
  constraint customer_vehicles_vehicle_id_fkey foreign key (vehicle_id) references vehicles (id),
  constraint customer_vehicles_role_known check (role in ('owner', 'user', 'driver')),
  constraint customer_vehicles_ends_after_begin check (until_date >= since_date),
  constraint customer_vehicles_end_whole check ((until_date is null) = (ended_at is null))
);
comment on table customer_vehicles is 'Who a customer is to a vehicle; a link is ended, never deleted.';
create unique index customer_vehicles_open_key on customer_vehicles (customer_id, vehicle_id, role) where until_date is null;
-- One owner at a time in the files of one station; another station may know an owner of its own.
create unique index customer_vehicles_owner_key on customer_vehicles (station_id, vehicle_id)
  where role = 'owner' and until_date is null;
create index customer_vehicles_customer_id_idx on customer_vehicles (customer_id, since_date, id);
create index customer_vehicles_vehicle_id_idx on customer_vehicles (vehicle_id, created_at, id);

alter table customer_vehicles enable row level security;
alter table customer_vehicles force row level security;
create policy customer_vehicles_scope on customer_vehicles using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

grant select, insert, update on vehicles to aftersales_app;
grant select, insert on odometer_readings to aftersales_app;
grant select, insert, update on customer_vehicles to aftersales_app;
