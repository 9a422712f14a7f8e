-- Document counters that go on after the seeded orders.
--
-- variables: rows
\set ON_ERROR_STOP on
\set QUIET on
set app.scope = '*';
insert into document_counters (kind, station_id, year, last)
select 'WO', s.id, year, :rows / 200
from stations s, generate_series(extract(year from now())::int, extract(year from now())::int + 1) as year;
