-- Parts, completed: counter sales are taken back once, drafted and submitted parts claims are withdrawn.

-- Taken back as a whole, with the parts in the store again at the cost with which they left; a sale is taken back once.
create table parts_sale_reversals (
  sale_id uuid not null constraint parts_sale_reversals_pkey primary key
    constraint parts_sale_reversals_sale_id_fkey references parts_sales (id),
  station_id uuid not null constraint parts_sale_reversals_station_id_fkey references stations (id),
  reason text not null constraint parts_sale_reversals_reason_check check (reason <> ''),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid
);
alter table parts_sale_reversals enable row level security;
alter table parts_sale_reversals force row level security;
create policy parts_sale_reversals_scope on parts_sale_reversals using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on parts_sale_reversals to aftersales_app;
call show_history('parts_sale_reversals', 'created_at');

alter table stock_movements
  drop constraint stock_movements_kind_check,
  drop constraint stock_movements_direction_check,
  add constraint stock_movements_kind_check check (
    kind in ('receipt', 'issue', 'issueReturn', 'sale', 'saleReturn', 'shipment', 'shipmentReceipt', 'transferOut',
      'transferIn', 'returnOut', 'returnIn', 'surplus', 'shortage', 'scrap')),
  add constraint stock_movements_direction_check check (
    case
      when kind in ('receipt', 'issueReturn', 'saleReturn', 'shipmentReceipt', 'transferIn', 'returnIn', 'surplus')
        then quantity > 0
      else quantity < 0
    end);

-- Why it was taken back may say who he is.
create function erase_person_of_counter_sales(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  update parts_sale_reversals r
  set reason = without_person(r.reason, patterns, pseudonym)
  from parts_sales s
  where s.id = r.sale_id and s.customer_id = any (files);
end
$$;
revoke execute on function erase_person_of_counter_sales(uuid[], uuid[], text[], text) from public;
call hold_persons('counter_sales', erases => 'erase_person_of_counter_sales');

-- A claim that the station does not stand by ends before headquarters looks at it.
alter table parts_claims
  drop constraint parts_claims_state_check,
  drop constraint parts_claims_submitted_check,
  drop constraint parts_claims_decided_check,
  add constraint parts_claims_state_check check (
    state in ('draft', 'submitted', 'withdrawn', 'underReview', 'approvedReplenish', 'approvedCompensate', 'rejected',
      'settled', 'recovering', 'closed')),
  add constraint parts_claims_submitted_check check (state in ('draft', 'withdrawn') or submitted_at is not null),
  add constraint parts_claims_decided_check check (
    (state in ('draft', 'submitted', 'withdrawn', 'underReview')) = (decision is null));
insert into state_transitions (document, from_state, to_state) values
  ('parts_claims', 'draft', 'withdrawn'),
  ('parts_claims', 'submitted', 'withdrawn');
