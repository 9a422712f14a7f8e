-- What the first tables left open. No release has these tables with rows in them, so constraints and indexes are made in place.

-- Answers kept for repetitions are bounded (C-19): a larger one is kept without its body.
alter table idempotency_keys
  add constraint idempotency_keys_body_length check (length(body) <= 262144);

-- The span whose request made the change (W3C Trace Context): what the envelopes of the feed carry on (C-31).
alter table events add column traceparent text
  constraint events_traceparent_format check (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$');

-- Who pays a line, also while it costs nothing: the amounts alone forget him. Empty for lines that were written before, whose
-- amounts tell.
alter table job_lines add column payers text[] not null default '{}'
  constraint job_lines_payers_known check (
    payers <@ array['customer', 'warranty', 'goodwill', 'campaign', 'internal', 'insurance']);

-- Every order that a list offers has its index (C-11): by last change, and by promise both ways, because orders without a
-- promise come last in either.
create index work_orders_station_updated_idx on work_orders (station_id, updated_at, id);
create index work_orders_updated_idx on work_orders (updated_at, id);
create index work_orders_network_promised_idx on work_orders (promised_delivery_at, id);
create index work_orders_network_promised_last_idx on work_orders (promised_delivery_at desc nulls last, id desc);
create index work_orders_promised_last_idx on work_orders (station_id, promised_delivery_at desc nulls last, id desc);

-- The transition tables of the life cycles once more, for whoever writes past the application; tests compare the pairs with the
-- code. One table and one function for all documents: a family adds its rows and a trigger <table>_transition on its state.
create table state_transitions (
  -- The table of the documents.
  document text not null,
  from_state text not null,
  to_state text not null,
  constraint state_transitions_pkey primary key (document, from_state, to_state)
);
grant select on state_transitions to aftersales_app;

-- Its argument says in words what is refused.
create function guard_transition() returns trigger language plpgsql as $$
begin
  if not exists (
    select from state_transitions
    where document = tg_table_name and from_state = old.state and to_state = new.state
  ) then
    raise exception '% does not go from % to %', tg_argv[0], old.state, new.state
      using errcode = 'check_violation', constraint = tg_table_name || '_transition', table = tg_table_name;
  end if;
  return new;
end
$$;

insert into state_transitions (document, from_state, to_state)
select 'work_orders', t.from_state, t.to_state from work_order_transitions t;
drop trigger work_orders_transition on work_orders;
drop function work_orders_transition();
drop table work_order_transitions;
create trigger work_orders_transition before update of state on work_orders
  for each row when (old.state is distinct from new.state) execute function guard_transition('a work order');

-- States of stations (SM-11).
insert into state_transitions (document, from_state, to_state) values
  ('stations', 'active', 'suspended'),
  ('stations', 'suspended', 'active'),
  ('stations', 'active', 'terminated'),
  ('stations', 'suspended', 'terminated');
create trigger stations_transition before update of state on stations
  for each row when (old.state is distinct from new.state) execute function guard_transition('a station');

-- Ends every token of a station's people and machines (SEC-12). Their tokens carry no station of their own, so row-level security
-- hides them from a session that sees a part of the network; whoever sees the station may end them all the same. Without it
-- tokens would be dead only as long as the station's state says so.
create function end_station_tokens(ended_station uuid, ended_at timestamptz) returns integer language plpgsql as $$
declare
  session_scope text := current_setting('app.scope');
  ended integer;
begin
  if not exists (select from stations where id = ended_station) then
    return 0;
  end if;
  perform set_config('app.scope', '*', true);
  update tokens t
  set revoked_at = ended_at
  where t.revoked_at is null
    and (t.station_id = ended_station
      or exists (select from users u where u.id = t.user_id and u.station_id = ended_station)
      or exists (select from clients c where c.id = t.client_id and c.station_id = ended_station));
  get diagnostics ended = row_count;
  perform set_config('app.scope', session_scope, true);
  return ended;
end
$$;

-- Progress links can be ended before their time (WO-26). The links themselves are not stored: each names the series of its order,
-- and a series that is over makes all its links dead.
create table progress_links (
  work_order_id uuid constraint progress_links_pkey primary key,
  station_id uuid not null,
  series integer not null constraint progress_links_series_check check (series >= 0),
  -- Whether a link of this series was handed out.
  shared boolean not null,
  constraint progress_links_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id)
);
alter table progress_links enable row level security;
alter table progress_links force row level security;
create policy progress_links_scope on progress_links using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert, update on progress_links to aftersales_app;
