-- What was posted on an account for a day, kept beside the postings: a balance is the sum of days and not of postings, of which an
-- account has hundreds of thousands. A trigger keeps it in the transaction of the postings; the server's role reads it alone.

set local app.scope = '*';

create table ledger_totals (
  account_id uuid not null constraint ledger_totals_account_id_fkey references ledger_accounts (id),
  occurred_on date not null,
  -- Of the entries; null: headquarters' alone. A total an owner, so that entries of different stations, which lock different money, never
  -- wait for each other on an account of the maker.
  station_id uuid constraint ledger_totals_station_id_fkey references stations (id),
  amount bigint not null,
  constraint ledger_totals_key unique nulls not distinct (account_id, occurred_on, station_id)
) with (fillfactor = 70);
alter table ledger_totals enable row level security;
alter table ledger_totals force row level security;
create policy ledger_totals_scope on ledger_totals using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select on ledger_totals to aftersales_app;

insert into ledger_totals (account_id, occurred_on, station_id, amount)
select p.account_id, p.occurred_on, p.station_id, sum(p.amount)
from ledger_postings p
group by p.account_id, p.occurred_on, p.station_id;

-- In one order, so that two entries that meet on an account wait for each other and do not lock each other out.
create function ledger_totals_follow() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into ledger_totals as t (account_id, occurred_on, station_id, amount)
  select p.account_id, p.occurred_on, p.station_id, sum(p.amount)
  from posted p
  group by p.account_id, p.occurred_on, p.station_id
  order by p.account_id, p.occurred_on, p.station_id
  on conflict on constraint ledger_totals_key do update set amount = t.amount + excluded.amount;
  return null;
end
$$;
revoke execute on function ledger_totals_follow() from public;
create trigger ledger_totals_follow after insert on ledger_postings
  referencing new table as posted for each statement execute function ledger_totals_follow();

-- Of the past from the postings themselves: nothing is kept twice for a question that is rarely asked.
create view as_of.ledger_totals with (security_invoker = true) as
select p.account_id, p.occurred_on, p.station_id, sum(p.amount)::bigint as amount
from as_of.ledger_postings p
group by p.account_id, p.occurred_on, p.station_id;
grant select on as_of.ledger_totals to aftersales_app;
