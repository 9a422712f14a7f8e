-- Reference data of the service business: what is driven, what work takes, what is offered (CUS-14, WO-21, WO-22).
-- Written by headquarters, read by everybody, hence no row-level security.

create table vehicle_models (
  id uuid not null,
  code text not null,
  brand text not null,
  series text not null,
  name text not null,
  name_en text,
  product_line text,
  model_year_from int,
  model_year_to int,
  powertrain text not null,
  discontinued boolean not null default false,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint vehicle_models_pkey primary key (id),
  constraint vehicle_models_code_key unique (code),
  constraint vehicle_models_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  constraint vehicle_models_powertrain_known check (powertrain in ('ice', 'hybrid', 'plugInHybrid', 'electric')),
  constraint vehicle_models_years_ordered check (model_year_from <= model_year_to),
  constraint vehicle_models_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint vehicle_models_version_positive check (version > 0)
);
create index vehicle_models_name_idx on vehicle_models (name, id);
create index vehicle_models_created_at_idx on vehicle_models (created_at, id);
create index vehicle_models_brand_idx on vehicle_models (brand, series, code);

create table labour_operations (
  id uuid not null,
  code text not null,
  name text not null,
  name_en text,
  category text not null,
  standard_hours numeric(6,2) not null,
  required_skill text,
  discontinued boolean not null default false,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint labour_operations_pkey primary key (id),
  constraint labour_operations_code_key unique (code),
  constraint labour_operations_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  constraint labour_operations_category_known check (
    category in ('maintenance', 'repair', 'partReplacement', 'beauty', 'technicalUpgrade', 'diagnosis')),
  constraint labour_operations_standard_hours_positive check (standard_hours > 0),
  constraint labour_operations_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint labour_operations_version_positive check (version > 0)
);
comment on column labour_operations.standard_hours is 'Standard labour-hour quota, the base of labour price (WO-22).';
create index labour_operations_name_idx on labour_operations (name, id);
create index labour_operations_created_at_idx on labour_operations (created_at, id);

create table labour_operation_hours (
  operation_id uuid not null,
  model_id uuid not null,
  standard_hours numeric(6,2) not null,
  constraint labour_operation_hours_pkey primary key (operation_id, model_id),
  constraint labour_operation_hours_operation_id_fkey foreign key (operation_id) references labour_operations (id),
  constraint labour_operation_hours_model_id_fkey foreign key (model_id) references vehicle_models (id),
  constraint labour_operation_hours_positive check (standard_hours > 0)
);
comment on table labour_operation_hours is 'Hours of an operation on one vehicle model, where they differ from the standard.';
create index labour_operation_hours_model_id_idx on labour_operation_hours (model_id);

create table service_items (
  id uuid not null,
  code text not null,
  name text not null,
  name_en text,
  category text not null,
  pricing text not null,
  price numeric(19,2),
  currency char(3),
  parts_description text,
  process text,
  expected_result text,
  interval_km int,
  interval_months int,
  discontinued boolean not null default false,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint service_items_pkey primary key (id),
  constraint service_items_code_key unique (code),
  constraint service_items_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  constraint service_items_category_known check (
    category in ('maintenance', 'repair', 'partReplacement', 'beauty', 'technicalUpgrade', 'technicalSupport')),
  constraint service_items_pricing_known check (pricing in ('fixed', 'composed')),
  constraint service_items_fixed_has_price check ((pricing = 'fixed') = (price is not null)),
  constraint service_items_price_has_currency check ((price is null) = (currency is null)),
  constraint service_items_price_not_negative check (price >= 0),
  constraint service_items_intervals_positive check (interval_km > 0 and interval_months > 0),
  constraint service_items_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint service_items_version_positive check (version > 0)
);
comment on column service_items.pricing is 'fixed: one price for all; composed: its hours at the rate of the station.';
create index service_items_name_idx on service_items (name, id);
create index service_items_created_at_idx on service_items (created_at, id);

create table service_item_operations (
  service_item_id uuid not null,
  position int not null,
  operation_id uuid not null,
  constraint service_item_operations_pkey primary key (service_item_id, position),
  constraint service_item_operations_operation_key unique (service_item_id, operation_id),
  constraint service_item_operations_service_item_id_fkey foreign key (service_item_id) references service_items (id),
  constraint service_item_operations_operation_id_fkey foreign key (operation_id) references labour_operations (id),
  constraint service_item_operations_position_positive check (position > 0)
);
create index service_item_operations_operation_id_idx on service_item_operations (operation_id);

grant select, insert, update on vehicle_models to aftersales_app;
grant select, insert, update on labour_operations to aftersales_app;
grant select, insert, update on service_items to aftersales_app;
-- The lists inside a document are replaced as a whole.
grant select, insert, delete on labour_operation_hours to aftersales_app;
grant select, insert, delete on service_item_operations to aftersales_app;
