-- Customer files of the stations (CUS-01 … CUS-08). Personal data: every read outside the serving station is masked (SEC-04).

create table customers (
  id uuid not null,
  number text not null,
  station_id uuid not null,
  state text not null default 'active',
  merged_into_id uuid,
  kind text not null,
  name text not null,
  phone text not null,
  phone2 text,
  email text,
  address text,
  city text,
  contact_preference text,
  wished_service text,
  note text,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint customers_pkey primary key (id),
  constraint customers_number_key unique (number),
  -- Lets a row of another table pin customer and station together.
  constraint customers_id_station_key unique (id, station_id),
  constraint customers_station_id_fkey foreign key (station_id) references stations (id),
  -- A file is merged into one of the same station only.
  constraint customers_merged_into_id_fkey foreign key (merged_into_id, station_id) references customers (id, station_id),
  constraint customers_state_known check (state in ('active', 'merged')),
  constraint customers_merged_has_target check ((state = 'merged') = (merged_into_id is not null)),
  constraint customers_merged_elsewhere check (merged_into_id <> id),
  constraint customers_kind_known check (kind in ('person', 'company')),
  constraint customers_contact_preference_known check (contact_preference in ('phone', 'sms', 'email', 'post')),
  constraint customers_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint customers_version_positive check (version > 0)
);
comment on column customers.wished_service is 'The service the customer would like to get (CUS-04).';
comment on column customers.merged_into_id is 'The file that took over this duplicate; older documents keep pointing here.';
create index customers_station_created_at_idx on customers (station_id, created_at, id);
create index customers_created_at_idx on customers (created_at, id);
create index customers_updated_at_idx on customers (updated_at, id);
create index customers_name_idx on customers (lower(name) text_pattern_ops);
create index customers_phone_idx on customers (phone);
create index customers_phone2_idx on customers (phone2) where phone2 is not null;
create index customers_merged_into_id_idx on customers (merged_into_id) where merged_into_id is not null;

alter table customers enable row level security;
alter table customers force row level security;
create policy customers_scope on customers using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

grant select, insert, update on customers to aftersales_app;
