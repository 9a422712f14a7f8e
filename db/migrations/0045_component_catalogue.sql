-- The catalogue of components that the early warning counts by (A11): one record a family with the words that mean it, kept by
-- headquarters. `component_families`, one row a word, stays what every statement looks up and is written by this table alone, so
-- that a word means one family however many people edit at once.
create table component_catalogue (
  id uuid constraint component_catalogue_pkey primary key,
  code text not null constraint component_catalogue_code_key unique
    constraint component_catalogue_code_format check (code = upper(code) and code = btrim(code) and code <> ''),
  name text not null constraint component_catalogue_name_check check (name <> ''),
  name_en text constraint component_catalogue_name_en_check check (name_en <> ''),
  -- Beginnings of what a complaint or a claim calls the component, and of fault codes; the longest one decides.
  component_prefixes text[] not null default '{}',
  fault_code_prefixes text[] not null default '{}',
  -- "Other" is no component: its sum says nothing about any.
  is_watched boolean not null default true,
  external_ids jsonb not null default '{}'
    constraint component_catalogue_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint component_catalogue_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid
);
comment on table component_catalogue is 'Reference data of the whole network: no row-level security.';
create index component_catalogue_name_idx on component_catalogue (name, id);
create index component_catalogue_created_idx on component_catalogue (created_at, id);
grant select, insert, update on component_catalogue to aftersales_app;
create trigger external_identities_new after insert on component_catalogue for each row
  when (new.external_ids <> '{}') execute function external_identities_follow('componentFamily');
create trigger external_identities_changed after update of external_ids on component_catalogue for each row
  when (old.external_ids is distinct from new.external_ids) execute function external_identities_follow('componentFamily');

-- What came with the product was always there.
insert into component_catalogue (id, code, name, name_en, component_prefixes, fault_code_prefixes, is_watched, created_at,
  created_by, updated_at, updated_by)
select ('00dc6acf-ac00-7000-8000-' || lpad((row_number() over (order by f.family))::text, 12, '0'))::uuid, f.family,
  coalesce(n.name, f.family), n.name_en,
  coalesce(array_agg(f.prefix order by f.prefix) filter (where f.kind = 'component'), '{}'),
  coalesce(array_agg(f.prefix order by f.prefix) filter (where f.kind = 'faultCode'), '{}'), bool_and(f.watched),
  '2000-01-01T00:00:00Z', 'system', '2000-01-01T00:00:00Z', 'system'
from component_families f
  left join (values
    ('AIR BAGS', '安全气囊', 'Air bags'), ('BRAKES', '制动系统', 'Brakes'), ('ELECTRICAL SYSTEM', '电气系统', 'Electrical system'),
    ('ENGINE', '发动机', 'Engine'), ('EQUIPMENT', '附加设备', 'Equipment'), ('FUEL', '燃油与混动系统', 'Fuel and hybrid propulsion'),
    ('POWER TRAIN', '传动系统', 'Power train'), ('SEAT BELTS', '安全带', 'Seat belts'), ('STEERING', '转向系统', 'Steering'),
    ('STRUCTURE', '车身结构', 'Structure'), ('SUSPENSION', '悬架', 'Suspension'), ('TIRES', '轮胎', 'Tyres'),
    ('UNKNOWN OR OTHER', '其他', 'Unknown or other'), ('VISIBILITY', '视野', 'Visibility')) as n(family, name, name_en)
    on n.family = f.family
group by f.family, n.name, n.name_en;

-- With the owner's rights: the server has none to write the words.
create function component_catalogue_words() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  taken text;
begin
  delete from component_families f
  where f.family = new.code
    and not f.prefix = any (case f.kind when 'component' then new.component_prefixes else new.fault_code_prefixes end);
  update component_families f set watched = new.is_watched
  where f.family = new.code and f.watched <> new.is_watched;
  insert into component_families (kind, prefix, family, watched)
  select w.kind, w.prefix, new.code, new.is_watched
  from (
    select 'component' as kind, unnest(new.component_prefixes) as prefix
    union all
    select 'faultCode', unnest(new.fault_code_prefixes)) w
  order by w.kind, w.prefix
  on conflict on constraint component_families_pkey do nothing;
  -- Whoever had the word first keeps it.
  select f.kind into taken
  from component_families f
  where f.family <> new.code
    and f.prefix = any (case f.kind when 'component' then new.component_prefixes else new.fault_code_prefixes end)
  limit 1;
  if taken is not null then
    raise exception 'a word means another family' using errcode = 'unique_violation',
      constraint = case taken when 'component' then 'component_families_word_taken' else 'component_families_code_taken' end;
  end if;
  return null;
end
$$;
create trigger component_catalogue_words_new after insert on component_catalogue
  for each row execute function component_catalogue_words();
create trigger component_catalogue_words_changed
  after update of component_prefixes, fault_code_prefixes, is_watched on component_catalogue
  for each row execute function component_catalogue_words();

set local app.scope = '*';
call keep_history('component_catalogue', 't.updated_at', '{"code"}');
