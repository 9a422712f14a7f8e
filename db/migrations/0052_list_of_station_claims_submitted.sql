-- no-transaction
-- The same of one station.
create index concurrently if not exists warranty_claims_station_submitted_last_idx
  on warranty_claims (station_id, submitted_at desc nulls last, id desc);
