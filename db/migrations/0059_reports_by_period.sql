-- What a report of a period and the figures of customer files read, however much was ever recorded: what came in the period has
-- its index already (created_at); here is what is still open, what ended in it, and what was changed after an instant of the past.
-- In one transaction, because each takes a moment: the tables of the past grow with the work, not with the readers.

-- Open ones are few beside all. The conditions stand in the statements of the reports as they stand here.
create index service_requests_open_idx on service_requests (created_at)
  where state not in ('cancelled', 'closed', 'converted');
create index complaints_open_idx on complaints (created_at) where state not in ('closed', 'closedUnjustified', 'merged');
create index quality_issues_open_idx on quality_issues (created_at)
  where state <> 'closed' and (class = 'major' or state = 'pendingConfirmation');

create index service_requests_closed_idx on service_requests (closed_at) where closed_at is not null;
create index complaints_closed_idx on complaints (closed_at) where closed_at is not null;
create index quality_issues_closed_idx on quality_issues (closed_at) where closed_at is not null;

-- Whoever reads the past needs of a history what held after his instant alone: for a recent instant hardly a row.
create index customers_history_recorded_to_idx on customers_history (recorded_to);
create index customer_vehicles_history_recorded_to_idx on customer_vehicles_history (recorded_to);
create index vehicles_history_recorded_to_idx on vehicles_history (recorded_to);
create index clocks_history_recorded_to_idx on clocks_history (recorded_to);
create index service_requests_history_recorded_to_idx on service_requests_history (recorded_to);
create index complaints_history_recorded_to_idx on complaints_history (recorded_to);
create index quality_issues_history_recorded_to_idx on quality_issues_history (recorded_to);
create index quality_measures_history_recorded_to_idx on quality_measures_history (recorded_to);

-- The requests of a customer, as they were.
create index service_requests_history_customer_id_idx on service_requests_history (customer_id);
