-- Webhooks (ANN-08; domain.md section 13): subscriptions that are sent the events of the one log, in deliveries that stand as rows.

create table webhooks (
  id uuid constraint webhooks_pkey primary key,
  -- Whose events it is sent; null: the whole network's.
  station_id uuid constraint webhooks_station_id_fkey references stations (id),
  url text not null constraint webhooks_url_check check (length(url) between 1 and 2000),
  description text,
  event_types text[] not null constraint webhooks_event_types_check check (cardinality(event_types) between 1 and 50),
  -- The kinds of document whose events it was granted: never more than those who created and changed it heard of themselves.
  granted_resources text[] not null,
  -- Whose rights it lives by: a user, a machine client or an operator's token.
  subscriber_id uuid not null,
  state text not null constraint webhooks_state_check check (state in ('active', 'paused', 'disabled')),
  disabled_at timestamptz(3),
  disabled_because text constraint webhooks_disabled_because_check check (
    disabled_because in ('byHand', 'gone', 'failing', 'subscriberEnded', 'stationTerminated')),
  secret_rotated_at timestamptz(3) not null,
  pinged_at timestamptz(3),
  -- How often a range was asked for again; the number of the latest one.
  replays integer not null default 0 constraint webhooks_replays_check check (replays >= 0),
  external_ids jsonb not null default '{}' constraint webhooks_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint webhooks_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint webhooks_disabled_whole check (
    (state = 'disabled') = (disabled_at is not null) and (disabled_at is null) = (disabled_because is null))
);
create index webhooks_station_created_idx on webhooks (station_id, created_at desc, id desc);
create index webhooks_created_idx on webhooks (created_at desc, id desc);
alter table webhooks enable row level security;
alter table webhooks force row level security;
create policy webhooks_scope on webhooks using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on webhooks to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('webhooks', 'active', 'paused'),
  ('webhooks', 'paused', 'active'),
  ('webhooks', 'active', 'disabled'),
  ('webhooks', 'paused', 'disabled'),
  ('webhooks', 'disabled', 'active');
create trigger webhooks_transition before update of state on webhooks
  for each row when (old.state is distinct from new.state) execute function guard_transition('a webhook');

-- What signs. Apart from the document, so that no list, no history and no past of it holds a secret; sealed (0030).
create table webhook_secrets (
  id uuid constraint webhook_secrets_pkey primary key
    constraint webhook_secrets_id_fkey references webhooks (id),
  station_id uuid,
  secret text not null,
  -- The one before, which signs as well until then (C-30).
  former_secret text,
  former_until timestamptz(3),
  constraint webhook_secrets_former_whole check ((former_secret is null) = (former_until is null))
);
alter table webhook_secrets enable row level security;
alter table webhook_secrets force row level security;
create policy webhook_secrets_scope on webhook_secrets using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on webhook_secrets to aftersales_app;
-- A secret is nobody's: whoever is erased is not looked for in it.
alter table sealed_columns add column holds_persons boolean not null default true;
insert into sealed_columns (table_name, column_name, holds_persons) values
  ('webhook_secrets', 'former_secret', false), ('webhook_secrets', 'secret', false);
comment on table sealed_columns is
  'Where texts are kept as aes256gcm:KEY:BASE64. A table has id as its key; its past (keep_history), if it has one, is sealed with it.';

-- As in 0047, among what holds persons.
create or replace function person_known_at(subject uuid) returns table (kept text, table_name text, column_name text, row_id uuid)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  session_scope constant text := current_setting('app.scope');
  files constant uuid[] := customer_files(subject);
  known text[];
  sealed text[];
  sealed_column record;
  place record;
  condition text;
begin
  perform set_config('app.scope', '*', true);
  known := customer_known_as(files, array(select w.id from work_orders w where w.customer_id = any (files)));
  sealed := array(select k from unnest(known) k where starts_with(k, 'aes256gcm:'));
  return query
    select distinct k, null::text, null::text, null::uuid from unnest(known) k where not starts_with(k, 'aes256gcm:');
  -- First in his own rows; then everywhere, for what stands in rows that name another person now. No two texts are sealed alike.
  foreach condition in array array['t.%2$I = any ($2)', 'true'] loop
    for sealed_column in
      select s.table_name, s.column_name, case when s.table_name = 'customers' then 'id' else 'customer_id' end as person
      from sealed_columns s
      where s.holds_persons
      order by 1, 2
    loop
      exit when cardinality(sealed) = 0;
      for place in execute format(
        'select distinct t.%1$I as kept, t.id from %3$I t where t.%1$I = any ($1) and ' || condition,
        sealed_column.column_name, sealed_column.person, sealed_column.table_name || '_versions')
      using sealed, files
      loop
        kept := place.kept;
        table_name := sealed_column.table_name;
        column_name := sealed_column.column_name;
        row_id := place.id;
        return next;
        sealed := array_remove(sealed, place.kept);
      end loop;
    end loop;
  end loop;
  perform set_config('app.scope', session_scope, true);
end
$$;

-- As in 0030; a table without a past has no pages of it.
create or replace function sealed_page(tbl text, is_past boolean, after_id uuid, after_since timestamptz, size integer)
  returns table (id uuid, since timestamptz, texts text[])
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  columns text;
  has_past constant boolean := to_regclass(format('public.%I', tbl || '_history')) is not null;
begin
  if is_past and not has_past then return; end if;
  select string_agg(format('t.%I', s.column_name), ', ' order by s.column_name) into strict columns
  from sealed_columns s where s.table_name = tbl;
  return query execute
    case when is_past
      then format(
        'select t.id, t.recorded_from, array[%s] from %I t where (t.id, t.recorded_from) > ($1, $2) '
          || 'order by t.id, t.recorded_from limit $3', columns, tbl || '_history')
      else format(
        'select t.id, %s, array[%s] from %I t where t.id > $1 order by t.id limit $3 for no key update',
        case when has_past then 't.recorded_from' else '''epoch''::timestamptz' end, columns, tbl)
    end
  using after_id, after_since, size;
end
$$;

-- How far each has come in the log, and how its receiver fares: what changes with every event and is no change of the document.
create table webhook_streams (
  webhook_id uuid constraint webhook_streams_pkey primary key
    constraint webhook_streams_webhook_id_fkey references webhooks (id),
  station_id uuid,
  -- Everything up to this place of the log has become deliveries.
  transaction_id xid8 not null,
  position bigint not null,
  -- Since when nothing has got through; null while it does.
  failing_since timestamptz(3),
  -- Nothing is sent before: the receiver asked for it (Retry-After).
  not_before timestamptz(3),
  -- When attempts were last handed out; written with each, so that two instances do so one after the other.
  claimed_at timestamptz(3)
);
alter table webhook_streams enable row level security;
alter table webhook_streams force row level security;
create policy webhook_streams_scope on webhook_streams using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on webhook_streams to aftersales_app;

create table webhook_deliveries (
  id uuid constraint webhook_deliveries_pkey primary key,
  webhook_id uuid not null constraint webhook_deliveries_webhook_id_fkey references webhooks (id),
  station_id uuid,
  -- The webhook-id of every attempt. No foreign key: it would lock rows of the log, which nothing takes away.
  event_id uuid not null,
  event_type text not null,
  -- Where the event stands in the log.
  transaction_id xid8 not null,
  position bigint not null,
  -- 0: as it came. Else the number of the replay that asked for it again.
  replay integer not null constraint webhook_deliveries_replay_check check (replay >= 0),
  state text not null constraint webhook_deliveries_state_check check (state in ('pending', 'delivered', 'failed')),
  -- Attempts that were begun.
  attempts integer not null default 0 constraint webhook_deliveries_attempts_check check (attempts >= 0),
  -- null when there is nothing more to do.
  next_attempt_at timestamptz(3),
  -- The attempt that is under way, until its holder is given up.
  lease uuid,
  leased_until timestamptz(3),
  created_at timestamptz(3) not null,
  ended_at timestamptz(3),
  constraint webhook_deliveries_once unique (webhook_id, event_id, replay),
  constraint webhook_deliveries_lease_whole check ((lease is null) = (leased_until is null)),
  constraint webhook_deliveries_pending_check check ((state = 'pending') = (next_attempt_at is not null)),
  constraint webhook_deliveries_ended_check check ((state = 'pending') = (ended_at is null))
);
create index webhook_deliveries_list_idx on webhook_deliveries (webhook_id, created_at desc, id desc);
create index webhook_deliveries_due_idx on webhook_deliveries (webhook_id, next_attempt_at, transaction_id, position)
  where state = 'pending';
create index webhook_deliveries_lease_idx on webhook_deliveries (webhook_id, leased_until) where lease is not null;
create index webhook_deliveries_ended_idx on webhook_deliveries (ended_at) where ended_at is not null;
alter table webhook_deliveries enable row level security;
alter table webhook_deliveries force row level security;
create policy webhook_deliveries_scope on webhook_deliveries using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update, delete on webhook_deliveries to aftersales_app;

create table webhook_attempts (
  delivery_id uuid not null constraint webhook_attempts_delivery_id_fkey references webhook_deliveries (id) on delete cascade,
  number integer not null constraint webhook_attempts_number_check check (number > 0),
  station_id uuid,
  started_at timestamptz(3) not null,
  milliseconds integer not null constraint webhook_attempts_milliseconds_check check (milliseconds >= 0),
  -- Either the receiver answered, or the attempt failed before that.
  status integer constraint webhook_attempts_status_check check (status between 100 and 999),
  error text constraint webhook_attempts_error_check check (
    error in ('unresolvable', 'addressNotAllowed', 'unreachable', 'timeout', 'tls', 'brokenAnswer')),
  -- The first 1 KiB of the answer.
  answer text not null,
  constraint webhook_attempts_pkey primary key (delivery_id, number),
  constraint webhook_attempts_outcome_check check ((status is null) = (error is not null))
);
alter table webhook_attempts enable row level security;
alter table webhook_attempts force row level security;
create policy webhook_attempts_scope on webhook_attempts using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, delete on webhook_attempts to aftersales_app;

call keep_history('webhooks', 't.updated_at', '{"station_id, created_at desc, id desc","created_at desc, id desc"}');
