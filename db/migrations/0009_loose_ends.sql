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
