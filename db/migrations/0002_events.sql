-- The event log (domain.md sections 3 and 13): every change appends one row in its own transaction. History, change feed
-- and webhooks read it; nothing ever updates or deletes it, and the application role has no right to.
--
-- Order: (transaction_id, position). Positions are handed out before transactions commit, so a reader that follows positions
-- alone can pass a row that commits later. A reader that takes only rows with
-- transaction_id < pg_snapshot_xmin(pg_current_snapshot()), ordered by (transaction_id, position), sees every row once and in
-- one order, also while transactions commit out of order. After a logical restore into a new cluster transaction ids start
-- anew: advance them past max(transaction_id) first (db/README.md).
create table events (
  id uuid not null constraint events_pkey primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  position bigint generated always as identity,
  occurred_at timestamptz(3) not null,
  type text not null constraint events_type_check check (type ~ '^[a-zA-Z]+\.[a-zA-Z]+$'),
  resource text not null,
  subject_id uuid not null,
  subject_number text,
  subject_version integer not null,
  -- The station whose scope sees the event; null with network_wide = false is headquarters only.
  station_id uuid,
  network_wide boolean not null default false,
  actor_kind text not null constraint events_actor_kind_check check (actor_kind in ('user', 'client', 'system')),
  actor_id uuid,
  actor_name text not null,
  actor_roles text[] not null,
  request_id text not null,
  reason text,
  -- [{"field": …, "before": …, "after": …}]
  changes jsonb not null,
  data jsonb not null,
  constraint events_station_check check (not (network_wide and station_id is not null))
);
create index events_subject_idx on events (subject_id, subject_version, position);
create index events_feed_idx on events (transaction_id, position);
alter table events enable row level security;
alter table events force row level security;
create policy events_scope on events using (
  network_wide
  or (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert on events to aftersales_app;

-- Idempotency keys (api-conventions C-19): the answer is stored in the transaction of the effect. Keyed by who asked, so one
-- client's key never meets another's.
create table idempotency_keys (
  subject_id uuid not null,
  operation text not null,
  key text not null constraint idempotency_keys_key_check check (length(key) between 16 and 128),
  fingerprint bytea not null,
  status smallint not null,
  headers jsonb not null,
  body bytea not null,
  created_at timestamptz(3) not null,
  constraint idempotency_keys_pkey primary key (subject_id, operation, key)
);
create index idempotency_keys_created_at_idx on idempotency_keys (created_at);
grant select, insert, delete on idempotency_keys to aftersales_app;

-- Holds the key for this transaction, or raises: an error stops the statements that were sent behind it, where a false would
-- let them wait for rows that the first transaction of the key has locked.
create function lock_idempotency_key(key bigint) returns void language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(key) then
    raise exception 'the idempotency key is in use'
      using errcode = 'lock_not_available', constraint = 'idempotency_keys_in_progress', table = 'idempotency_keys';
  end if;
end
$$;

-- Background jobs: one row a job, made by the first instance that knows it. An instance works on a job while it holds the
-- row's lease; a lease that is not renewed ends by itself, so an instance that died is replaced (quality R12). Who renews or
-- completes names himself: a holder whose lease was taken over in the meantime changes nothing.
--
-- No row-level security: jobs belong to the product, not to a station, and the table holds no business data.
create table worker_leases (
  job text not null constraint worker_leases_job_check check (job ~ '^[a-z][a-zA-Z]{1,62}$'),
  -- One run of one instance; null while nobody works on it.
  holder uuid,
  leased_until timestamptz(3),
  next_run_at timestamptz(3) not null,
  last_started_at timestamptz(3),
  last_succeeded_at timestamptz(3),
  last_failed_at timestamptz(3),
  -- Since the last success.
  failures integer not null default 0 constraint worker_leases_failures_check check (failures >= 0),
  constraint worker_leases_pkey primary key (job),
  constraint worker_leases_holder_check check ((holder is null) = (leased_until is null))
);
grant select, insert, update on worker_leases to aftersales_app;
