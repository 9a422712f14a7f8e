-- Money between the maker, its stations and its suppliers (SET-01…14): the ledger, what is owed and not yet settled, settlements
-- (SM-7), penalties and rewards. Amounts are bigint minor units (1/100) of their currency, so that no sum is ever rounded.

-- Accounts. Debit is positive, credit negative, everywhere.
create table ledger_accounts (
  id uuid constraint ledger_accounts_pkey primary key,
  -- What people call it: SY001-PAYABLE-CNY, HQ-CASH-CNY.
  code text not null constraint ledger_accounts_code_key unique,
  holder text not null constraint ledger_accounts_holder_check check (holder in ('station', 'supplier', 'maker')),
  station_id uuid constraint ledger_accounts_station_id_fkey references stations (id),
  supplier_id uuid,
  kind text not null constraint ledger_accounts_kind_check check (
    case holder
      when 'station' then kind in ('payable', 'receivable', 'deposit', 'advance')
      when 'supplier' then kind = 'recovery'
      else kind in ('warrantyExpense', 'goodwillExpense', 'rewardExpense', 'compensationExpense', 'partsRevenue',
        'penaltyIncome', 'recoveryIncome', 'cash')
    end),
  currency char(3) not null constraint ledger_accounts_currency_check check (currency ~ '^[A-Z]{3}$'),
  opened_at timestamptz(3) not null,
  constraint ledger_accounts_holder_whole check (
    (holder = 'station') = (station_id is not null) and (holder = 'supplier') = (supplier_id is not null)),
  constraint ledger_accounts_holder_key unique nulls not distinct (holder, station_id, supplier_id, kind, currency),
  constraint ledger_accounts_currency_key unique (id, currency)
);
create index ledger_accounts_station_idx on ledger_accounts (station_id, code);
alter table ledger_accounts enable row level security;
alter table ledger_accounts force row level security;
create policy ledger_accounts_scope on ledger_accounts using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on ledger_accounts to aftersales_app;

-- Entries and their postings: written once. The server's role may neither change nor delete them; a mistake is answered by an entry
-- that reverses it.
create table ledger_entries (
  id uuid constraint ledger_entries_pkey primary key,
  number text not null constraint ledger_entries_number_key unique,
  -- Whose money moves; null: headquarters' alone.
  station_id uuid constraint ledger_entries_station_id_fkey references stations (id),
  kind text not null constraint ledger_entries_kind_check check (
    kind in ('claim', 'penalty', 'reward', 'partsCompensation', 'partsInvoice', 'oldPartReversal', 'adjustment', 'payment',
      'depositReceived', 'depositReturned', 'advanceReceived', 'advanceReturned', 'settlement', 'supplierRecovery',
      'reversal')),
  -- The day that it counts for.
  occurred_on date not null,
  description text not null constraint ledger_entries_description_check check (description <> ''),
  -- The document that caused it.
  source_resource text,
  source_id uuid,
  source_number text,
  reverses_id uuid constraint ledger_entries_reverses_id_fkey references ledger_entries (id),
  reason text,
  posting_count integer not null constraint ledger_entries_posting_count_check check (posting_count >= 2),
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint ledger_entries_version_check check (version = 1),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint ledger_entries_source_whole check ((source_resource is null) = (source_id is null)),
  constraint ledger_entries_reversal_check check ((kind = 'reversal') = (reverses_id is not null)),
  constraint ledger_entries_reason_check check (reverses_id is null or reason <> ''),
  constraint ledger_entries_day_key unique (id, occurred_on),
  constraint ledger_entries_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
-- An entry is reversed once.
create unique index ledger_entries_reverses_key on ledger_entries (reverses_id) where reverses_id is not null;
create index ledger_entries_created_idx on ledger_entries (created_at desc, id desc);
create index ledger_entries_station_created_idx on ledger_entries (station_id, created_at desc, id desc);
create index ledger_entries_occurred_idx on ledger_entries (occurred_on desc, id desc);
create index ledger_entries_station_occurred_idx on ledger_entries (station_id, occurred_on desc, id desc);
create index ledger_entries_source_idx on ledger_entries (source_id) where source_id is not null;
alter table ledger_entries enable row level security;
alter table ledger_entries force row level security;
create policy ledger_entries_scope on ledger_entries using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on ledger_entries to aftersales_app;

create table ledger_postings (
  entry_id uuid not null,
  position integer not null constraint ledger_postings_position_check check (position > 0),
  account_id uuid not null,
  -- As the account says, for readers who see the entry and not the maker's accounts.
  account_code text not null,
  account_kind text not null,
  -- Of the entry, so that whoever sees an entry sees all of it.
  station_id uuid constraint ledger_postings_station_id_fkey references stations (id),
  amount bigint not null constraint ledger_postings_amount_check check (amount <> 0),
  currency char(3) not null,
  occurred_on date not null,
  posted_at timestamptz(3) not null,
  constraint ledger_postings_pkey primary key (entry_id, position),
  constraint ledger_postings_entry_fkey foreign key (entry_id, occurred_on) references ledger_entries (id, occurred_on),
  -- An account holds one currency.
  constraint ledger_postings_account_fkey foreign key (account_id, currency) references ledger_accounts (id, currency)
);
create index ledger_postings_account_idx on ledger_postings (account_id, occurred_on, entry_id) include (amount);
alter table ledger_postings enable row level security;
alter table ledger_postings force row level security;
create policy ledger_postings_scope on ledger_postings using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on ledger_postings to aftersales_app;

-- At commit every entry has the postings that it announced, they sum to zero in each currency, and none moves the account of a
-- station that the entry is not about. Nothing can be added to an entry later, because its count is already met.
create function ledger_entry_balanced() returns trigger
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  -- A station's session sees no account of the maker: the proof needs them all.
  session_scope text := current_setting('app.scope', true);
  entry uuid;
  owner uuid;
  announced integer;
begin
  if tg_table_name = 'ledger_entries' then entry := new.id; else entry := new.entry_id; end if;
  perform set_config('app.scope', '*', true);
  select e.posting_count, e.station_id into announced, owner from ledger_entries e where e.id = entry;
  if (select count(*) from ledger_postings p where p.entry_id = entry) <> announced
    or exists (
      select from ledger_postings p where p.entry_id = entry group by p.currency having sum(p.amount) <> 0)
  then
    raise exception 'the postings of ledger entry % do not balance', entry
      using errcode = 'check_violation', constraint = 'ledger_entries_balanced', table = 'ledger_entries';
  end if;
  if exists (
    select from ledger_postings p join ledger_accounts a on a.id = p.account_id
    where p.entry_id = entry
      and (p.station_id is distinct from owner or a.station_id is not null and a.station_id is distinct from owner))
  then
    raise exception 'ledger entry % moves the money of a station that it is not about', entry
      using errcode = 'check_violation', constraint = 'ledger_entries_one_station', table = 'ledger_entries';
  end if;
  perform set_config('app.scope', coalesce(session_scope, ''), true);
  return null;
end
$$;
revoke execute on function ledger_entry_balanced() from public;
create constraint trigger ledger_entries_balanced after insert on ledger_entries
  deferrable initially deferred for each row execute function ledger_entry_balanced();
create constraint trigger ledger_postings_balanced after insert on ledger_postings
  deferrable initially deferred for each row execute function ledger_entry_balanced();

-- Settlements of a station over a period (SM-7), in one currency.
create table settlements (
  id uuid constraint settlements_pkey primary key,
  number text not null constraint settlements_number_key unique,
  station_id uuid not null constraint settlements_station_id_fkey references stations (id),
  currency char(3) not null constraint settlements_currency_check check (currency ~ '^[A-Z]{3}$'),
  period_from date not null,
  period_to date not null,
  state text not null constraint settlements_state_check check (
    state in ('draft', 'compiled', 'stationConfirmed', 'audited', 'approved', 'paid', 'closed', 'cancelled')),
  -- What the last settlement left: positive is owed to the station, as in all amounts here.
  opening_amount bigint not null default 0,
  items_amount bigint not null default 0,
  -- What the station has paid in advance and is taken against what it owes.
  advance_amount bigint not null default 0 constraint settlements_advance_check check (advance_amount >= 0),
  paid_amount bigint not null default 0 constraint settlements_paid_amount_check check (paid_amount >= 0),
  closing_amount bigint not null default 0,
  line_count integer not null default 0 constraint settlements_line_count_check check (line_count >= 0),
  -- The rules that it was compiled by: {"rounding", "leastPayment", "offsetsReceivables", "paymentDays", "version"}.
  terms jsonb,
  content_hash text constraint settlements_content_hash_check check (content_hash ~ '^[0-9a-f]{64}$'),
  -- What each step recorded, by the name of the step: who, whose identity, when, and what he said.
  steps jsonb not null default '{}',
  compiled_by_id uuid,
  audited_by_id uuid,
  approved_by_id uuid,
  paid_by_id uuid,
  payment_reference text,
  due_on date,
  paid_on date,
  entry_id uuid constraint settlements_entry_id_fkey references ledger_entries (id),
  exit_reason text,
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint settlements_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint settlements_period_check check (period_from <= period_to),
  constraint settlements_closing_check check (
    closing_amount = opening_amount + items_amount + advance_amount - paid_amount),
  -- What is compiled can be proved by its hash.
  constraint settlements_compiled_check check (
    state in ('draft', 'cancelled') or content_hash is not null and terms is not null),
  -- Nobody takes two of the steps (SEC-10).
  constraint settlements_duties_check check (
    audited_by_id <> compiled_by_id and approved_by_id <> compiled_by_id and approved_by_id <> audited_by_id
      and paid_by_id <> compiled_by_id and paid_by_id <> audited_by_id and paid_by_id <> approved_by_id),
  constraint settlements_paid_check check ((state in ('paid', 'closed')) = (paid_on is not null)),
  constraint settlements_cancelled_check check ((state = 'cancelled') = (exit_reason is not null)),
  constraint settlements_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
-- One at a time, so that each begins where the one before it ended.
create unique index settlements_open_key on settlements (station_id, currency)
  where state in ('draft', 'compiled', 'stationConfirmed', 'audited', 'approved');
create index settlements_created_idx on settlements (created_at desc, id desc);
create index settlements_updated_idx on settlements (updated_at, id);
create index settlements_period_idx on settlements (period_from desc, id desc);
create index settlements_state_idx on settlements (state, created_at desc, id desc);
create index settlements_station_created_idx on settlements (station_id, created_at desc, id desc);
create index settlements_station_state_idx on settlements (station_id, state, created_at desc, id desc);
alter table settlements enable row level security;
alter table settlements force row level security;
create policy settlements_scope on settlements using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on settlements to aftersales_app;

insert into state_transitions (document, from_state, to_state) values
  ('settlements', 'draft', 'compiled'),
  ('settlements', 'compiled', 'stationConfirmed'),
  ('settlements', 'stationConfirmed', 'audited'),
  ('settlements', 'audited', 'approved'),
  ('settlements', 'approved', 'paid'),
  ('settlements', 'paid', 'closed'),
  ('settlements', 'draft', 'cancelled'),
  ('settlements', 'compiled', 'cancelled'),
  ('settlements', 'stationConfirmed', 'cancelled'),
  ('settlements', 'audited', 'cancelled'),
  ('settlements', 'approved', 'cancelled');
create trigger settlements_transition before update of state on settlements
  for each row when (old.state is distinct from new.state) execute function guard_transition('a settlement');

-- What the maker owes a station (positive) or a station owes the maker (negative). Posted when it is recorded; settled later, once.
create table payable_items (
  id uuid constraint payable_items_pkey primary key,
  station_id uuid not null constraint payable_items_station_id_fkey references stations (id),
  kind text not null constraint payable_items_kind_check check (
    kind in ('claim', 'penalty', 'reward', 'partsCompensation', 'partsInvoice', 'oldPartReversal', 'adjustment', 'payment')),
  -- The station's account that it moves.
  account text not null constraint payable_items_account_check check (account in ('payable', 'receivable')),
  -- The maker's account on the other side.
  counter text not null,
  source_resource text not null,
  source_id uuid not null,
  source_number text,
  line_number integer constraint payable_items_line_number_check check (line_number > 0),
  ordinal integer not null default 1 constraint payable_items_ordinal_check check (ordinal > 0),
  description text not null constraint payable_items_description_check check (description <> ''),
  amount bigint not null constraint payable_items_amount_check check (amount <> 0),
  currency char(3) not null constraint payable_items_currency_check check (currency ~ '^[A-Z]{3}$'),
  occurred_on date not null,
  entry_id uuid not null constraint payable_items_entry_id_fkey references ledger_entries (id),
  reverses_id uuid constraint payable_items_reverses_id_fkey references payable_items (id),
  disputed boolean not null default false,
  dispute_reason text,
  settlement_id uuid constraint payable_items_settlement_id_fkey references settlements (id),
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint payable_items_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  -- The same line of the same document is owed once.
  constraint payable_items_source_key unique nulls not distinct (source_resource, source_id, line_number, kind, ordinal),
  constraint payable_items_dispute_check check (disputed = (dispute_reason is not null)),
  constraint payable_items_disputed_out check (not disputed or settlement_id is null),
  constraint payable_items_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
create unique index payable_items_reverses_key on payable_items (reverses_id) where reverses_id is not null;
create index payable_items_open_idx on payable_items (station_id, currency, occurred_on, id) where settlement_id is null;
create index payable_items_settlement_idx on payable_items (settlement_id) where settlement_id is not null;
create index payable_items_created_idx on payable_items (created_at desc, id desc);
create index payable_items_station_created_idx on payable_items (station_id, created_at desc, id desc);
create index payable_items_occurred_idx on payable_items (occurred_on desc, id desc);
create index payable_items_source_idx on payable_items (source_id);
alter table payable_items enable row level security;
alter table payable_items force row level security;
create policy payable_items_scope on payable_items using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
-- What is owed never changes; only whether it is disputed and which settlement it is in.
grant select, insert on payable_items to aftersales_app;
grant update (disputed, dispute_reason, settlement_id, version, updated_at, updated_by, updated_by_id)
  on payable_items to aftersales_app;

-- The lines of a settlement as they were compiled: a copy, so that the statement says the same for ever.
create table settlement_lines (
  settlement_id uuid not null constraint settlement_lines_settlement_id_fkey references settlements (id),
  number integer not null constraint settlement_lines_number_check check (number > 0),
  station_id uuid not null constraint settlement_lines_station_id_fkey references stations (id),
  item_id uuid not null constraint settlement_lines_item_id_fkey references payable_items (id),
  state text not null constraint settlement_lines_state_check check (state in ('included', 'disputed', 'released')),
  reason text,
  constraint settlement_lines_pkey primary key (settlement_id, number),
  constraint settlement_lines_reason_check check (state <> 'disputed' or reason <> '')
);
-- A payable item enters a settlement once (SET-09).
create unique index settlement_lines_item_key on settlement_lines (item_id) where state = 'included';
alter table settlement_lines enable row level security;
alter table settlement_lines force row level security;
create policy settlement_lines_scope on settlement_lines using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update (state, reason) on settlement_lines to aftersales_app;

-- Penalties and rewards of stations (SET-11, ASM): each makes a payable item.
create table station_awards (
  id uuid constraint station_awards_pkey primary key,
  number text not null constraint station_awards_number_key unique,
  station_id uuid not null constraint station_awards_station_id_fkey references stations (id),
  kind text not null constraint station_awards_kind_check check (kind in ('penalty', 'reward')),
  state text not null constraint station_awards_state_check check (state in ('granted', 'revoked')),
  -- Of the tariff, for penalties.
  code text,
  policy_version integer,
  reason text not null constraint station_awards_reason_check check (reason <> ''),
  amount bigint not null constraint station_awards_amount_check check (amount > 0),
  currency char(3) not null constraint station_awards_currency_check check (currency ~ '^[A-Z]{3}$'),
  occurred_on date not null,
  revoked_reason text,
  external_ids jsonb not null default '{}',
  version integer not null default 1 constraint station_awards_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint station_awards_tariff_check check ((kind = 'penalty') = (code is not null)),
  constraint station_awards_revoked_check check ((state = 'revoked') = (revoked_reason is not null)),
  constraint station_awards_external_ids_object check (jsonb_typeof(external_ids) = 'object')
);
create index station_awards_created_idx on station_awards (kind, created_at desc, id desc);
create index station_awards_station_created_idx on station_awards (station_id, kind, created_at desc, id desc);
create index station_awards_occurred_idx on station_awards (kind, occurred_on desc, id desc);
create index station_awards_updated_idx on station_awards (kind, updated_at, id);
alter table station_awards enable row level security;
alter table station_awards force row level security;
create policy station_awards_scope on station_awards using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on station_awards to aftersales_app;
insert into state_transitions (document, from_state, to_state) values ('station_awards', 'granted', 'revoked');
create trigger station_awards_transition before update of state on station_awards
  for each row when (old.state is distinct from new.state) execute function guard_transition('a penalty or reward');

set local app.scope = '*';
call show_history('ledger_accounts', 'opened_at');
call show_history('ledger_entries', 'created_at');
call show_history('ledger_postings', 'posted_at');
call keep_history(
  'settlements', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc"}');
call keep_history(
  'settlement_lines', 'select s.updated_at from public.settlements s where s.id = t.settlement_id', '{"settlement_id"}');
call keep_history(
  'payable_items', 't.updated_at',
  '{"settlement_id","station_id, created_at desc, id desc","created_at desc, id desc"}');
call keep_history(
  'station_awards', 't.updated_at', '{"number","station_id, created_at desc, id desc","created_at desc, id desc"}');
