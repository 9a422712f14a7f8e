-- What one account holds for one day stays far below what a bigint holds, so that no sum over its days is ever out of range: an entry that
-- would go beyond is refused when it is posted, and every balance can be read. Days of before are not looked at.

alter table ledger_totals add constraint ledger_totals_amount_check
  check (amount between -1000000000000000 and 1000000000000000) not valid;
