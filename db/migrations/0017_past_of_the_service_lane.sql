-- The past of what came with policies, clocks, files and the service lane (0014 says how it is kept).

set local app.scope = '*';

-- Columns were added since: makes, skills and opening hours of stations, visits of orders.
call keep_history('stations', 't.updated_at', '{"code","region_id"}');
call keep_history(
  'work_orders', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","customer_id","vehicle_id"}');

call keep_history('policies', 't.updated_at', '{"key, policy_version"}');
call keep_history('calendars', 't.updated_at', '{"code"}');
call keep_history(
  'calendar_versions', 'select c.updated_at from public.calendars c where c.id = t.calendar_id');
call keep_history('clocks', 't.updated_at', '{"subject_id","station_id, due_at, id","due_at, id"}');
call show_history('clock_entries', 'entered_at');
call keep_history('attachments', 'coalesce(t.removed_at, t.uploaded_at)', '{"subject_id"}');
call keep_history(
  'service_requests', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","vehicle_id"}');
call show_history('service_request_dispatches', 'dispatched_at');
call keep_history(
  'product_returns', 't.updated_at', '{"number","station_id, created_at desc, id desc","created_at desc, id desc"}');

call keep_history('station_workshops', 't.updated_at');
call keep_history(
  'station_hours', 'select w.updated_at from public.station_workshops w where w.station_id = t.station_id',
  '{"station_id"}');
call keep_history(
  'station_special_days', 'select w.updated_at from public.station_workshops w where w.station_id = t.station_id',
  '{"station_id"}');
call keep_history(
  'bays', 'select w.updated_at from public.station_workshops w where w.station_id = t.station_id', '{"station_id"}');
call keep_history(
  'appointments', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","customer_id","vehicle_id"}');
