-- no-transaction
-- The list of payable items by their last change.
create index concurrently if not exists payable_items_updated_idx on payable_items (updated_at, id);
