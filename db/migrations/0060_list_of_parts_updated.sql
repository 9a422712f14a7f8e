-- no-transaction
-- The list of parts by their last change: what a DMS asks for when it synchronises its catalogue.
create index concurrently if not exists parts_updated_idx on parts (updated_at, id);
