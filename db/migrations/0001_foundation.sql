-- What every later migration leans on: extensions, and the one way in which a human-readable document number is made.
--
-- Two roles exist before the first migration (db/scripts/bootstrap.sql): aftersales_owner runs migrations and owns every
-- object, aftersales_app is the server. The application role owns nothing and cannot bypass row-level security.

-- Exclusion constraints over (uuid, range), e.g. a technician who cannot be clocked on two jobs at once.
create extension if not exists btree_gist;

grant usage on schema public to aftersales_app;

-- Numbers per kind, station and year (WO-SY001-2026-000123). A counter row, not a sequence: numbers of business documents
-- have no gaps, because a rolled-back document gives its number back. station_id is null for headquarters' kinds.
create table document_counters (
  kind text not null constraint document_counters_kind_check check (kind ~ '^[A-Z]{2,4}$'),
  station_id uuid not null,
  year smallint not null,
  last integer not null constraint document_counters_last_check check (last > 0),
  constraint document_counters_pkey primary key (kind, station_id, year)
);
alter table document_counters enable row level security;
alter table document_counters force row level security;
create policy document_counters_scope on document_counters using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update on document_counters to aftersales_app;
