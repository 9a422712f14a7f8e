-- Regions and stations: the tiers of the network below headquarters (ORG-01).

create table regions (
  id uuid not null,
  code text not null,
  name text not null,
  name_en text,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint regions_pkey primary key (id),
  constraint regions_code_key unique (code),
  constraint regions_code_format check (code ~ '^[A-Z0-9]{2,8}$'),
  constraint regions_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint regions_version_positive check (version > 0)
);
comment on table regions is 'Regional centres. Readable network-wide, hence no row-level security.';
create index regions_name_idx on regions (name, id);
create index regions_created_at_idx on regions (created_at, id);

create table stations (
  id uuid not null,
  code text not null,
  region_id uuid not null,
  name text not null,
  name_en text,
  kind text not null,
  state text not null default 'active',
  time_zone text not null,
  currency char(3) not null,
  labour_rate numeric(19,2) not null,
  address text,
  city text,
  phone text,
  latitude_microdegrees int,
  longitude_microdegrees int,
  authorisations text[] not null default '{}',
  bays int not null default 0,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint stations_pkey primary key (id),
  constraint stations_code_key unique (code),
  constraint stations_region_id_fkey foreign key (region_id) references regions (id),
  constraint stations_code_format check (code ~ '^[A-Z0-9]{2,12}$'),
  constraint stations_kind_known check (kind in ('fourInOne', 'serviceOnly')),
  constraint stations_state_known check (state in ('active', 'suspended', 'terminated')),
  constraint stations_currency_format check (currency ~ '^[A-Z]{3}$'),
  constraint stations_labour_rate_not_negative check (labour_rate >= 0),
  constraint stations_bays_not_negative check (bays >= 0),
  constraint stations_position_whole check (
    (latitude_microdegrees is null) = (longitude_microdegrees is null)
    and latitude_microdegrees between -90000000 and 90000000
    and longitude_microdegrees between -180000000 and 180000000),
  constraint stations_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint stations_version_positive check (version > 0)
);
comment on column stations.code is 'Part of every document number of the station; never changed.';
comment on column stations.labour_rate is 'Price of one labour hour in the currency of the station (WO-22).';
create index stations_region_id_idx on stations (region_id, code);
create index stations_name_idx on stations (name, id);
create index stations_created_at_idx on stations (created_at, id);

-- A station is seen by itself, by its region and by headquarters: its own id plays the part that station_id plays elsewhere.
alter table stations enable row level security;
alter table stations force row level security;
create policy stations_scope on stations using (
  (select current_setting('app.scope')) = '*'
  or id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

grant select, insert, update on regions to aftersales_app;
grant select, insert, update on stations to aftersales_app;
