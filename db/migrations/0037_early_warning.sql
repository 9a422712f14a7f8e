-- Early warning (A11): what was observed in the field, counted per make, model, model year, component and day, and compared by its
-- words, so that five people with one fault weigh more than five with different ones; the signals that come of it.

-- Which component a description, a fault code or a part belongs to: data, so that another catalogue of components needs no release.
-- The longest prefix decides; what is not listed is its own component, up to the first colon.
create table component_families (
  kind text not null constraint component_families_kind_check check (kind in ('component', 'faultCode')),
  prefix text not null constraint component_families_prefix_check check (prefix <> '' and prefix = upper(prefix)),
  family text not null constraint component_families_family_check check (family <> ''),
  -- Whether it is watched: "other" is no component, and its sum says nothing about any.
  watched boolean not null default true,
  constraint component_families_pkey primary key (kind, prefix)
);
comment on table component_families is 'Reference data of the whole network: no row-level security.';
grant select on component_families to aftersales_app;
insert into component_families (kind, prefix, family, watched) values
  ('component', 'SERVICE BRAKES', 'BRAKES', true), ('component', 'FUEL', 'FUEL', true),
  ('component', 'HYBRID PROPULSION', 'FUEL', true), ('component', 'ENGINE', 'ENGINE', true),
  ('component', 'ELECTRICAL', 'ELECTRICAL SYSTEM', true), ('component', 'VISIBILITY', 'VISIBILITY', true),
  ('component', 'STRUCTURE', 'STRUCTURE', true), ('component', 'EQUIPMENT', 'EQUIPMENT', true),
  ('component', 'UNKNOWN', 'UNKNOWN OR OTHER', false),
  ('component', '发动机', 'ENGINE', true), ('component', '变速', 'POWER TRAIN', true),
  ('component', '传动', 'POWER TRAIN', true), ('component', '离合', 'POWER TRAIN', true),
  ('component', '制动', 'BRAKES', true), ('component', '刹车', 'BRAKES', true), ('component', '转向', 'STEERING', true),
  ('component', '悬架', 'SUSPENSION', true), ('component', '悬挂', 'SUSPENSION', true),
  ('component', '燃油', 'FUEL', true), ('component', '电气', 'ELECTRICAL SYSTEM', true),
  ('component', '电器', 'ELECTRICAL SYSTEM', true), ('component', '电池', 'ELECTRICAL SYSTEM', true),
  ('component', '安全气囊', 'AIR BAGS', true), ('component', '安全带', 'SEAT BELTS', true),
  ('component', '轮胎', 'TIRES', true), ('component', '车身', 'STRUCTURE', true), ('component', '其他', 'UNKNOWN OR OTHER', false),
  -- Trouble codes by the first characters of ISO 15031-6.
  ('faultCode', 'P', 'ENGINE', true), ('faultCode', 'P07', 'POWER TRAIN', true), ('faultCode', 'P08', 'POWER TRAIN', true),
  ('faultCode', 'P09', 'POWER TRAIN', true), ('faultCode', 'P0A', 'ELECTRICAL SYSTEM', true),
  ('faultCode', 'B0', 'AIR BAGS', true), ('faultCode', 'B', 'ELECTRICAL SYSTEM', true),
  ('faultCode', 'C', 'BRAKES', true), ('faultCode', 'U', 'ELECTRICAL SYSTEM', true);

-- One label such as "SERVICE BRAKES, HYDRAULIC" holds a comma with a blank; labels are separated by " | " or by a bare comma.
create function component_families_of(kind_of text, described text) returns text[] language sql stable as $$
  select coalesce(array_agg(distinct named.family order by named.family), '{}')
  from (
    select coalesce(
      (select c.family from public.component_families c
        where c.kind = kind_of and starts_with(part.label, c.prefix) order by length(c.prefix) desc limit 1),
      case when kind_of = 'component' then nullif(btrim(split_part(part.label, ':', 1)), '') end) as family
    from (
      select btrim(upper(label)) as label
      from regexp_split_to_table(
        described, case when position(' | ' in described) > 0 then ' \| ' else '(?<=\S),(?=\S)' end) as label
    ) part
    where part.label <> ''
  ) named
  where named.family is not null
$$;
grant execute on function component_families_of(text, text) to aftersales_app;

-- The words of a narrative as numbers: Latin ones of four letters and more, of Chinese every pair of characters. Numbers, because
-- words are compared, never shown, and a name among them shall not stand here in clear.
create function narrative_terms(narrative text) returns setof bigint language sql immutable as $$
  select distinct hashtextextended(word, 0)
  from (
    select match[1] as word from regexp_matches(lower(narrative), '[a-z]{4,}', 'g') as match
    union all
    select substr(match[1], place, 2)
    from regexp_matches(narrative, '[一-龥]{2,}', 'g') as match
      cross join lateral generate_series(1, length(match[1]) - 1) as place
  ) words
$$;
grant execute on function narrative_terms(text) to aftersales_app;

-- What was observed: one row a source and component. Rows never change: a complaint that is corrected later was observed as it was.
-- No row-level security: a row says nothing about whose vehicle it was.
create table early_warning_observations (
  source text not null constraint early_warning_observations_source_check check (source in ('complaint', 'workOrder', 'claim')),
  source_id uuid not null,
  component text not null,
  make text not null,
  model text not null,
  model_year integer not null,
  -- The day in China on which it was reported.
  day date not null,
  -- The day that was evaluated when it became known: later than `day` for what came late.
  evaluated_on date not null,
  crash boolean not null,
  fire boolean not null,
  injured integer not null constraint early_warning_observations_injured_check check (injured >= 0),
  deaths integer not null constraint early_warning_observations_deaths_check check (deaths >= 0),
  recorded_at timestamptz(3) not null,
  constraint early_warning_observations_pkey primary key (source_id, component),
  constraint early_warning_observations_known_check check (evaluated_on >= day)
);
create index early_warning_observations_cell_idx on early_warning_observations (make, model, component, day);
create index early_warning_observations_evaluated_idx on early_warning_observations (evaluated_on);
grant select, insert on early_warning_observations to aftersales_app;
call show_history('early_warning_observations', 'recorded_at');

-- The words of each source, weighed by how rare they were on that day (binary tf-idf of length one), so that the likeness of two
-- narratives is a sum of products and never changes by what comes later.
create table early_warning_terms (
  source_id uuid not null,
  term bigint not null,
  weight real not null,
  constraint early_warning_terms_pkey primary key (source_id, term) include (weight)
);
create table early_warning_vocabulary (
  term bigint not null constraint early_warning_vocabulary_pkey primary key,
  documents integer not null constraint early_warning_vocabulary_documents_check check (documents > 0)
);
grant select, insert on early_warning_terms to aftersales_app;
grant select, insert, update on early_warning_vocabulary to aftersales_app;

-- How far the watch has come. Its one row is locked by whoever evaluates a day: each day is evaluated once.
create table early_warning_progress (
  id boolean not null default true constraint early_warning_progress_pkey primary key
    constraint early_warning_progress_one check (id),
  evaluated_through date,
  documents integer not null default 0
);
insert into early_warning_progress default values;
grant select, update on early_warning_progress to aftersales_app;

-- The same, counted: what is read and charted. Kept up with every observation.
create table early_warning_statistics (
  make text not null,
  model text not null,
  model_year integer not null,
  component text not null,
  day date not null,
  source text not null constraint early_warning_statistics_source_check check (source in ('complaint', 'workOrder', 'claim')),
  reports integer not null constraint early_warning_statistics_reports_check check (reports > 0),
  crashes integer not null,
  fires integer not null,
  injured integer not null,
  deaths integer not null,
  updated_at timestamptz(3) not null,
  constraint early_warning_statistics_pkey primary key (make, model, component, model_year, day, source)
);
create index early_warning_statistics_day_idx on early_warning_statistics (day);
grant select, insert, update on early_warning_statistics to aftersales_app;
call keep_history('early_warning_statistics', 't.updated_at');

-- Cells of which everybody knows: a campaign was published. From the frozen list of its vehicles.
alter table campaigns add column component text
  constraint campaigns_component_check check (component <> '');
set local app.scope = '*';
call keep_history('campaigns', 't.updated_at', '{"number","created_at desc, id desc"}');
create table early_warning_silences (
  campaign_id uuid not null constraint early_warning_silences_campaign_id_fkey references campaigns (id),
  make text not null,
  model text not null,
  model_year integer not null,
  component text not null,
  known_on date not null,
  constraint early_warning_silences_pkey primary key (campaign_id, component, make, model, model_year)
);
create index early_warning_silences_cell_idx on early_warning_silences (make, model, component, model_year, known_on);
grant select, insert on early_warning_silences to aftersales_app;

-- The signals. Headquarters' alone.
create table early_warnings (
  id uuid constraint early_warnings_pkey primary key,
  number text not null constraint early_warnings_number_key unique,
  state text not null constraint early_warnings_state_check check (state in ('open', 'acknowledged')),
  make text not null,
  model text not null,
  model_year_from integer not null,
  model_year_to integer not null,
  component text not null,
  -- The first day on which it could be known: the one behind the last that was evaluated.
  signalled_on date not null,
  level integer not null constraint early_warnings_level_check check (level > 0),
  raised_on date not null,
  figures jsonb not null,
  rule jsonb not null,
  sentence text not null,
  sources jsonb not null constraint early_warnings_sources_list check (jsonb_typeof(sources) = 'array'),
  quality_issue_id uuid not null constraint early_warnings_quality_issue_id_fkey references quality_issues (id),
  acknowledgement jsonb,
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint early_warnings_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- Adjacent model years that are conspicuous together are one signal and one issue.
  constraint early_warnings_years_check check (model_year_to - model_year_from between 0 and 2),
  constraint early_warnings_raised_check check (raised_on >= signalled_on),
  constraint early_warnings_acknowledged_check check (state <> 'acknowledged' or acknowledgement is not null),
  constraint early_warnings_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  -- One issue a signal.
  constraint early_warnings_issue_key unique (quality_issue_id),
  -- Whoever evaluates, a day says something once.
  constraint early_warnings_day_key unique (make, model, component, model_year_from, signalled_on)
);
create index early_warnings_created_idx on early_warnings (created_at desc, id desc);
create index early_warnings_signalled_idx on early_warnings (signalled_on desc, id desc);
create index early_warnings_state_idx on early_warnings (state, created_at desc, id desc);
create index early_warnings_updated_idx on early_warnings (updated_at, id);
create index early_warnings_cell_idx on early_warnings (make, model, component, signalled_on);
alter table early_warnings enable row level security;
alter table early_warnings force row level security;
create policy early_warnings_scope on early_warnings using ((select current_setting('app.scope')) = '*');
grant select, insert, update on early_warnings to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('early_warnings', 'open', 'acknowledged'), ('early_warnings', 'acknowledged', 'open');
create trigger early_warnings_transition before update of state on early_warnings
  for each row when (old.state is distinct from new.state) execute function guard_transition('an early warning');
call keep_history('early_warnings', 't.updated_at', '{"number","created_at desc, id desc"}');

-- Persons (0013 and 0018 say how): of a narrative whose person is erased the words that named him go.
alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_before_early_warning;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  perform erase_person_before_early_warning(files, orders, patterns, pseudonym);
  delete from early_warning_terms t
  where t.source_id in (
      select c.id from complaints c where c.customer_id = any (files)
      union all
      select q.id from quality_issues q where q.customer_id = any (files) or q.work_order_id = any (orders))
    and t.term in (select narrative_terms(array_to_string(patterns, ' ')));
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
