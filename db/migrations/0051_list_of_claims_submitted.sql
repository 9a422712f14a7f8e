-- no-transaction
-- The list of claims by when they were last submitted, those that never were at the end both ways (C-12).
create index concurrently if not exists warranty_claims_submitted_last_idx on warranty_claims (submitted_at desc nulls last, id desc);
