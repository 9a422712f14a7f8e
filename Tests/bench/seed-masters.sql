-- Region, 200 stations, customers and vehicles of the bench: everything that orders point at. Once per database.
--
-- Identities are UUIDs made from numbers, so that load generators make them without asking: 0198000000007 followed by
-- 1008000000000000000 + number. Customer and vehicle k belong to station (k - 1) % 200 + 1.
--
-- variables: customers
\set ON_ERROR_STOP on
\set QUIET on
set app.scope = '*';
begin;
create function pg_temp.identity(number bigint) returns uuid immutable language sql
  as $$select ('0198000000007' || (1008000000000000000 + number)::text)::uuid$$;

insert into regions (id, code, name, name_en, created_at, created_by, updated_at, updated_by)
values (pg_temp.identity(1), 'BENCH', '东北地区中心', 'North-east Regional Centre', now(), 'bench', now(), 'bench');

insert into stations (id, code, region_id, name, name_en, kind, time_zone, currency, labour_rate, address, city, phone,
  authorisations, bays, created_at, created_by, updated_at, updated_by)
select pg_temp.identity(s), 'BN' || lpad(s::text, 4, '0'), pg_temp.identity(1), '第' || s || '特约服务站',
  'Service Station ' || s, case when s % 4 = 0 then 'serviceOnly' else 'fourInOne' end, 'Asia/Shanghai', 'CNY',
  140 + s % 9 * 10, '示例大街' || s || '号', '沈阳', '+86 000 5550 ' || lpad(s::text, 4, '0'),
  array['mechanical', 'electrical', 'body'], 4 + s % 12, now(), 'bench', now(), 'bench'
from generate_series(1, 200) as s;

insert into customers (id, number, station_id, kind, name, phone, email, address, city, contact_preference,
  created_at, created_by, updated_at, updated_by)
select pg_temp.identity(k), 'CU-BN' || lpad(((k - 1) % 200 + 1)::text, 4, '0') || '-2023-' || lpad(k::text, 6, '0'),
  pg_temp.identity((k - 1) % 200 + 1), case when k % 11 = 0 then 'company' else 'person' end,
  (array['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴'])[k % 10 + 1]
    || (array['伟', '芳', '娜', '敏', '静', '强', '磊', '军', '洋', '艳'])[k / 10 % 10 + 1],
  '+86 138 ' || lpad((k * 7919 % 100000000)::text, 8, '0'), 'k' || k || '@example.com',
  '示例路' || k % 900 + 1 || '号', '沈阳', 'phone', now() - interval '3 years', 'bench', now() - interval '3 years',
  'bench'
from generate_series(1, :customers) as k;

insert into vehicles (id, vin, plate, model_year, colour, usage, powertrain, sale_date, delivery_date, created_at,
  created_by, updated_at, updated_by)
select pg_temp.identity(k), 'LBNCH' || lpad(k::text, 12, '0'), '辽A' || lpad((k % 100000)::text, 5, '0'),
  2018 + (k % 8)::int, (array['白', '黑', '银', '红', '蓝'])[k % 5 + 1], 'private',
  case when k % 7 = 0 then 'electric' else 'ice' end, date '2019-01-01' + (k % 1500)::int,
  date '2019-01-08' + (k % 1500)::int, now() - interval '3 years', 'bench', now() - interval '3 years', 'bench'
from generate_series(1, :customers) as k;
commit;
