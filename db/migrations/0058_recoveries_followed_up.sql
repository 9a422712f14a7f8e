-- What is decided about a claim after a recovery took it in: the next one takes the difference, up or down. What was posted is corrected
-- by linked entries, and who ever computed a recovery does not settle it (CLM-13, SET-05, SET-13, SEC-10).
alter table supplier_recoveries
  drop constraint supplier_recoveries_amount_check,
  drop constraint supplier_recoveries_agreed_amount_check,
  add column compiler_ids uuid[] not null default '{}',
  -- [{"by", "byId", "at", "note", "entry", "from", "to"}], oldest first, amounts in minor units.
  add column corrections jsonb not null default '[]'
    constraint supplier_recoveries_corrections_check check (
      jsonb_typeof(corrections) = 'array' and (corrections = '[]' or state = 'settled'));

alter table supplier_recovery_lines
  drop constraint supplier_recovery_lines_claim_key,
  drop constraint supplier_recovery_lines_amount_check,
  drop constraint supplier_recovery_lines_agreed_check,
  -- Which time the item of the claim is recovered, and what the other times came to.
  add column ordinal integer not null default 1 constraint supplier_recovery_lines_ordinal_check check (ordinal > 0),
  add column recovered_before numeric(19,2) not null default 0,
  -- Each time once.
  add constraint supplier_recovery_lines_claim_key unique (claim_id, claim_item, ordinal),
  add constraint supplier_recovery_lines_first_check check (ordinal > 1 or recovered_before = 0),
  -- All times together come to what the formula says, up to its cap.
  add constraint supplier_recovery_lines_amount_check check (
    amount + recovered_before between 0 and parts_amount + labour_amount),
  add constraint supplier_recovery_lines_agreed_check check (
    agreed_amount between least(amount, 0) and greatest(amount, 0));

-- What a job consisted of when the maker was asked about it: {"hours", "parts": {"<part number>": pieces}}, hours in hundredths (A12).
alter table pre_authorisation_lines
  add column asked jsonb constraint pre_authorisation_lines_asked_check check (jsonb_typeof(asked) = 'object');

set local app.scope = '*';
call keep_history('supplier_recoveries', 't.updated_at', '{"number","created_at desc, id desc"}');
call keep_history(
  'supplier_recovery_lines', '(select r.updated_at from public.supplier_recoveries r where r.id = t.recovery_id)');
call keep_history(
  'pre_authorisation_lines',
  'select p.updated_at from public.pre_authorisations p where p.id = t.pre_authorisation_id');
