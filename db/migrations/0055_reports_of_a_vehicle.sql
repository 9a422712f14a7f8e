-- no-transaction
create index concurrently if not exists early_warning_observations_vehicle_idx
  on early_warning_observations (make, model, model_year, day);
