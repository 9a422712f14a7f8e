-- Work orders number :first to :last of :rows, oldest first, over three years. Order n belongs to station (n - 1) % 200 + 1.
-- The newest two of a hundred are still open. Every tenth order has three job lines and the event that opened it.
--
-- variables: rows, customers, first, last
\set ON_ERROR_STOP on
\set QUIET on
set app.scope = '*';
begin;
create function pg_temp.identity(number bigint) returns uuid immutable language sql
  as $$select ('0198000000007' || (1008000000000000000 + number)::text)::uuid$$;

create temporary table batch on commit drop as
select n, pg_temp.identity(n) as id, pg_temp.identity((n - 1) % 200 + 1) as station_id,
  pg_temp.identity((n - 1) % 200 + 1 + 200 * (n / 200 * 7919 % (:customers / 200))) as person_id,
  at as opened_at, least(at + interval '3 days', now()) as later,
  'WO-BN' || lpad(((n - 1) % 200 + 1)::text, 4, '0') || '-' || extract(year from at) || '-'
    || lpad(((n - 1) / 200 + 1)::text, 6, '0') as number,
  case
    when n > :rows * 0.98 then (array['received', 'inspected', 'diagnosed', 'quoted', 'authorised', 'inRepair', 'ready',
      'settled'])[n / 200 % 8 + 1]
    when n % 97 = 0 then 'cancelled'
    else 'closed'
  end as state,
  encode(sha256(n::text::bytea), 'hex') as hash, 280 + n % 2400 as total
from (
  select n, date_trunc('second', now()) - (:rows - n) * (interval '3 years' / :rows) - interval '1 hour' as at
  from generate_series(:first::bigint, :last::bigint) as n
) numbers;

insert into work_orders (id, number, station_id, currency, state, version, customer_id, vehicle_id, mode, service_type,
  summary, note, contact_name, contact_phone, external_ids, odometer_km, inspection, diagnosis, estimate_revision,
  estimate_hash, estimate_total, estimate_quoted_at, authorisation, promised_delivery_at, promised_quality,
  invoice_number, delivered_at, closed_at, exit_reason, last_line_number, created_at, created_by, updated_at, updated_by)
select id, number, station_id, 'CNY', state, case when state = 'received' then 1 else 9 end, person_id, person_id,
  'workshop', (array['repair', 'maintenance', 'partReplacement', 'repair', 'consultation'])[n % 5 + 1],
  (array['做保养 Service due', '制动有异响 Brakes squeal at low speed', '充电灯常亮 Charge light stays on',
    '水温高 Engine runs hot after twenty minutes', '发动机故障灯亮 Engine light is on, loses power uphill'])[n % 5 + 1],
  case when n % 3 = 0 then '客户在店等候 The customer waits at the station' end,
  case when n % 2 = 0 then '李敏' end, case when n % 2 = 0 then '+86 139 ' || lpad((n % 100000000)::text, 8, '0') end,
  case when n % 4 = 0 then jsonb_build_object('dms', 'D' || n) else '{}' end, 10000 + (n % 90000)::int,
  case when state not in ('received', 'cancelled') then jsonb_build_object(
    'exterior', jsonb_build_array(jsonb_build_object('position', '左前门 front left door', 'condition', '划痕 scratch')),
    'interior', '[]'::jsonb, 'functions', '[]'::jsonb, 'belongings', jsonb_build_array('行车记录仪 dash camera'),
    'fuelPercent', n % 100, 'confirmedBy', '李敏', 'inspectedAt', (extract(epoch from opened_at) * 1000)::bigint,
    'inspectedBy', '王强') end,
  case when state not in ('received', 'inspected', 'cancelled')
    then '制动片磨损至极限,已更换 Pads worn to the limit, to be replaced' end,
  estimated.revision, estimated.hash, estimated.total, estimated.at,
  case when state in ('authorised', 'inRepair', 'ready', 'settled', 'closed') then jsonb_build_object(
    'decidedBy', '李敏', 'channel', 'inPerson', 'decidedAt', (extract(epoch from estimated.at) * 1000)::bigint,
    'estimateHash', estimated.hash, 'recordedBy', '王强') end,
  estimated.at + interval '1 day', case when estimated.revision = 1 then '按厂家标准 To the maker''s standard' end,
  case when state in ('settled', 'closed') then 'IN' || substr(number, 3) end,
  case when state = 'closed' then later end, case when state = 'closed' then later end,
  case when state = 'cancelled' then '客户临时有事 The customer had to leave' end,
  case when n % 10 = 0 then 3 else 0 end, opened_at, '王强', case when state = 'received' then opened_at else later end, '王强'
from batch
left join lateral (select 1 as revision, batch.hash, batch.total, batch.opened_at + interval '1 hour' as at) estimated
  on state not in ('received', 'inspected', 'diagnosed', 'cancelled')
order by n;

insert into job_lines (id, work_order_id, station_id, number, additional, decision, description, concern, cause,
  correction, fault_code, diagnostic_trouble_codes, standard_hours, labour_rate, labour_amount, parts_amount, amount,
  customer_amount)
select pg_temp.identity(n * 10 + line), id, station_id, line, false,
  case when state in ('received', 'inspected', 'diagnosed', 'quoted', 'cancelled') then 'open' else 'approved' end,
  (array['更换前制动片 Front brake pads', '四轮定位 Wheel alignment', '全车检查 Vehicle health check'])[line],
  '制动异响 Brakes squeal', '磨损 Worn', '已更换并试车 Replaced and road-tested', 'BRK-01', array['C1234'], line * 0.5,
  180, line * 90, 0, line * 90, line * 90
from batch, generate_series(1, 3) as line
where n % 10 = 0
order by n, line;

insert into events (id, occurred_at, type, resource, subject_id, subject_number, subject_version, station_id,
  network_wide, actor_kind, actor_name, actor_roles, request_id, changes, data)
select id, opened_at, 'workOrder.received', 'workOrder', id, number, 1, station_id, false, 'user', '王强', array['stAdviser'],
  'bench-' || n, jsonb_build_array(jsonb_build_object('field', 'state', 'before', null, 'after', 'received')), '{}'
from batch
where n % 10 = 0
order by n;
commit;
