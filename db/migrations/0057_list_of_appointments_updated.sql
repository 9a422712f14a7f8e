-- no-transaction
-- Appointments by what changed last (C-12), for who synchronises.
create index concurrently if not exists appointments_updated_idx on appointments (updated_at desc, id desc);
