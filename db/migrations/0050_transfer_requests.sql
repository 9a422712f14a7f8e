-- Transfers, listed for the station whose stock they ask for.
create index parts_orders_source_created_idx on parts_orders (source_station_id, created_at desc, id desc)
  where source_station_id is not null;
