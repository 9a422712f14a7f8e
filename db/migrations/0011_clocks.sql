-- Clocks (domain.md section 4): deadlines as ledgers of running and paused time, and the working calendars that they count by.

-- When work is done, for the network, a region or a station. What counts where there is no row comes with the product.
create table calendars (
  id uuid not null,
  code text not null,
  -- For whom it holds; neither: for the network. Not named station_id, because it is no owner: deadlines of the whole network
  -- are counted by it, and everybody may read it.
  for_region_id uuid,
  for_station_id uuid,
  name text not null,
  name_en text,
  utc_offset_minutes int not null,
  -- Seven lists of [from, to] in minutes of the day, Monday first.
  week jsonb not null,
  -- [{"date": …, "kind": …, "name": …, "hours": […]}] by date.
  exceptions jsonb not null,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint calendars_pkey primary key (id),
  constraint calendars_code_key unique (code),
  -- One a holder; the network is one as well.
  constraint calendars_holder_key unique nulls not distinct (for_region_id, for_station_id),
  constraint calendars_for_region_id_fkey foreign key (for_region_id) references regions (id),
  constraint calendars_for_station_id_fkey foreign key (for_station_id) references stations (id),
  constraint calendars_one_holder check (for_region_id is null or for_station_id is null),
  constraint calendars_code_format check (code ~ '^[A-Z0-9][A-Z0-9.-]{0,31}$'),
  constraint calendars_utc_offset_range check (utc_offset_minutes between -720 and 840),
  constraint calendars_week_array check (jsonb_typeof(week) = 'array' and jsonb_array_length(week) = 7),
  constraint calendars_exceptions_array check (jsonb_typeof(exceptions) = 'array'),
  constraint calendars_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint calendars_version_positive check (version > 0)
);
comment on table calendars is 'Working calendars. Readable network-wide, hence no row-level security.';
create index calendars_for_station_id_idx on calendars (for_station_id) where for_station_id is not null;
create index calendars_name_idx on calendars (name, id);
create index calendars_created_at_idx on calendars (created_at, id);
grant select, insert, update on calendars to aftersales_app;

-- Every version that a calendar ever had: a clock names the one it was counted by, and can be explained by it for ever.
create table calendar_versions (
  calendar_id uuid not null,
  version int not null,
  name text not null,
  name_en text,
  utc_offset_minutes int not null,
  week jsonb not null,
  exceptions jsonb not null,
  constraint calendar_versions_pkey primary key (calendar_id, version),
  constraint calendar_versions_calendar_id_fkey foreign key (calendar_id) references calendars (id)
);
grant select, insert on calendar_versions to aftersales_app;

-- What follows from a clock's ledger, stored beside it for lists and for the worker; written anew with every line.
create table clocks (
  id uuid not null,
  kind text not null,
  occurrence int not null,
  subject_resource text not null,
  subject_id uuid not null,
  subject_number text,
  -- Of the subject; null for documents of headquarters.
  station_id uuid,
  state text not null,
  policy_version text not null,
  calendar_id uuid,
  calendar_version int not null,
  -- Such a clock is counted anew when its calendar changes.
  counts_working_days boolean not null,
  started_at timestamptz(3) not null,
  promised_at timestamptz(3),
  opens_at timestamptz(3),
  -- Null while the clock stands or nothing is promised.
  due_at timestamptz(3),
  paused boolean not null,
  warned_at timestamptz(3),
  -- The deadline that passed unmet.
  breached_at timestamptz(3),
  met_at timestamptz(3),
  cancelled_at timestamptz(3),
  escalation_level int not null,
  acknowledged_at timestamptz(3),
  acknowledged_by text,
  acknowledged_by_id uuid,
  -- When the worker must look again: for the warning, the breach, the next rung of the ladder.
  attention_at timestamptz(3),
  version int not null,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint clocks_pkey primary key (id),
  constraint clocks_station_id_fkey foreign key (station_id) references stations (id),
  constraint clocks_calendar_id_fkey foreign key (calendar_id, calendar_version)
    references calendar_versions (calendar_id, version),
  constraint clocks_kind_format check (kind ~ '^[a-z][a-zA-Z0-9]{1,40}$'),
  constraint clocks_occurrence_positive check (occurrence > 0),
  constraint clocks_escalation_level_not_negative check (escalation_level >= 0),
  constraint clocks_version_positive check (version > 0),
  -- The state is no opinion: a missed deadline cannot be shown as met.
  constraint clocks_state_follows check (
    state = case
      when cancelled_at is not null then 'cancelled'
      when breached_at is not null then 'breached'
      when met_at is not null then 'met'
      when paused then 'paused'
      else 'running'
    end),
  constraint clocks_ended_once check (met_at is null or cancelled_at is null),
  constraint clocks_ended_rests check (attention_at is null or (met_at is null and cancelled_at is null))
);
-- One running clock of a kind and occurrence on a document, whoever starts it at the same moment.
create unique index clocks_live_key on clocks (subject_resource, subject_id, kind, occurrence)
  where met_at is null and cancelled_at is null;
create index clocks_subject_idx on clocks (subject_id, started_at, id);
create index clocks_attention_idx on clocks (attention_at) where attention_at is not null;
create index clocks_due_idx on clocks (due_at, id) where met_at is null and cancelled_at is null;
create index clocks_station_due_idx on clocks (station_id, due_at, id);
create index clocks_started_idx on clocks (started_at desc, id desc);
create index clocks_station_started_idx on clocks (station_id, started_at desc, id desc);
-- Clocks that must be counted anew when a calendar changes.
create index clocks_working_days_idx on clocks (id)
  where counts_working_days and met_at is null and cancelled_at is null and breached_at is null;
alter table clocks enable row level security;
alter table clocks force row level security;
create policy clocks_scope on clocks using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update on clocks to aftersales_app;

-- The ledger. Lines are added and never changed; the application role has no right to. They have no station of their own: a
-- clock that follows its case to another station takes its whole ledger along.
create table clock_entries (
  clock_id uuid not null,
  number int not null,
  kind text not null,
  entered_at timestamptz(3) not null,
  entered_by text not null,
  entered_by_id uuid,
  reason text,
  -- The line that this one sets right.
  corrects int,
  -- What belongs to the kind: terms, correction, promise, move, level.
  detail jsonb not null,
  constraint clock_entries_pkey primary key (clock_id, number),
  constraint clock_entries_clock_id_fkey foreign key (clock_id) references clocks (id),
  constraint clock_entries_corrects_fkey foreign key (clock_id, corrects) references clock_entries (clock_id, number),
  constraint clock_entries_number_positive check (number > 0),
  constraint clock_entries_corrects_earlier check (corrects < number),
  constraint clock_entries_kind_known check (
    kind in ('started', 'paused', 'resumed', 'corrected', 'promised', 'recomputed', 'warned', 'breached',
      'breachWithdrawn', 'escalated', 'acknowledged', 'moved', 'met', 'cancelled'))
);
alter table clock_entries enable row level security;
alter table clock_entries force row level security;
-- Seen with its clock: the policy of clocks applies inside.
create policy clock_entries_scope on clock_entries using (exists (select from clocks c where c.id = clock_id));
grant select, insert on clock_entries to aftersales_app;
