-- no-transaction
-- What the throughput report counts as delivered in its period, without reading every order ever made.
create index concurrently if not exists work_orders_delivered_idx on work_orders (delivered_at) where delivered_at is not null;
