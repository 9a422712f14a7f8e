-- no-transaction
-- All clocks by when they are due, also those that have ended (C-12): the index of the watch holds the running ones alone.
create index concurrently if not exists clocks_all_due_idx on clocks (due_at, id);
