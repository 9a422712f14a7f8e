-- What fault codes mean that work orders, complaints and quality issues name (domain.md section 7). Reference data of the whole
-- network: no row-level security. What names a code keeps its text, so a code that nobody knows is let through.

create table fault_codes (
  id uuid constraint fault_codes_pkey primary key,
  code text not null constraint fault_codes_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  -- Whose meaning it is; empty for codes that mean the same on every vehicle.
  brand text constraint fault_codes_brand_not_empty check (brand <> ''),
  -- What names it in the whole network; not generated, because the past keeps it as well.
  reference text not null constraint fault_codes_reference_key unique,
  system text not null constraint fault_codes_system_known check (system in ('obd2', 'manufacturer', 'service')),
  description text,
  description_en text,
  component_family text,
  severity text constraint fault_codes_severity_known check (severity in ('safety', 'breakdown', 'functionalDefect', 'minor')),
  discontinued boolean not null default false,
  external_ids jsonb not null default '{}'
    constraint fault_codes_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint fault_codes_version_positive check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint fault_codes_reference_check check (reference = case when brand is null then code else brand || ':' || code end),
  constraint fault_codes_described check (coalesce(description, description_en) is not null),
  constraint fault_codes_brand_of_manufacturer check ((system = 'manufacturer') = (brand is not null)),
  constraint fault_codes_obd2_format check (system <> 'obd2' or code ~ '^[PCBU][0-9A-F]{4}$')
);
create index fault_codes_code_idx on fault_codes (code, id);
create index fault_codes_created_at_idx on fault_codes (created_at, id);
grant select, insert, update on fault_codes to aftersales_app;

create table fault_code_operations (
  fault_code_id uuid not null constraint fault_code_operations_fault_code_id_fkey references fault_codes (id),
  position integer not null constraint fault_code_operations_position_positive check (position > 0),
  operation_id uuid not null constraint fault_code_operations_operation_id_fkey references labour_operations (id),
  constraint fault_code_operations_pkey primary key (fault_code_id, position),
  constraint fault_code_operations_operation_key unique (fault_code_id, operation_id)
);
create index fault_code_operations_operation_id_idx on fault_code_operations (operation_id);
-- The list inside a document is replaced as a whole.
grant select, insert, delete on fault_code_operations to aftersales_app;

create trigger external_identities_new after insert on fault_codes for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('faultCode');
create trigger external_identities_changed after update of external_ids on fault_codes for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('faultCode');

call keep_history('fault_codes', 't.updated_at', '{"reference"}');
call keep_history(
  'fault_code_operations', 'select f.updated_at from public.fault_codes f where f.id = t.fault_code_id');
