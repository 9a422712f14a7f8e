-- The paper of the hotline: what became a pending customer order and why, every try to call back, and the reports about it as
-- they were issued.

-- What the hotline cannot settle is a pending customer order of After-Sales (CALL-06): why, by whom, since when.
alter table service_requests add column escalation jsonb;
-- Calls that reached nobody (CALL-18).
alter table service_requests add column call_attempts jsonb not null default '[]';
alter table service_requests add constraint service_requests_escalated_check
  check (escalation is not null or state <> 'escalated') not valid;
alter table service_requests add constraint service_requests_call_attempts_list
  check (jsonb_typeof(call_attempts) = 'array') not valid;
set local app.scope = '*';
-- Who escalated before this stands in the history alone.
update service_requests r
set escalation = jsonb_build_object(
  'reason', coalesce(e.reason, ''), 'by', e.actor_name, 'at', (extract(epoch from e.occurred_at) * 1000)::bigint)
from (
  select distinct on (subject_id) subject_id, reason, actor_name, occurred_at
  from events
  where type = 'serviceRequest.escalated'
  order by subject_id, occurred_at desc) e
where e.subject_id = r.id;
alter table service_requests validate constraint service_requests_call_attempts_list;
call keep_history(
  'service_requests', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","vehicle_id"}');

alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_but_hotline;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
begin
  perform erase_person_but_hotline(files, orders, patterns, pseudonym);
  update service_requests r
  set escalation = without_person(r.escalation, patterns, pseudonym),
    call_attempts = without_person(r.call_attempts, patterns, pseudonym),
    receipts = without_recipient(r.receipts, pseudonym)
  where r.customer_id = any (files);
  -- Behind it, because what it changed has become past.
  update service_requests_history r
  set escalation = without_person(r.escalation, patterns, pseudonym),
    call_attempts = without_person(r.call_attempts, patterns, pseudonym),
    receipts = without_recipient(r.receipts, pseudonym)
  where r.customer_id = any (files);
end
$$;
-- Who took the result for the customer may have been somebody of his house, whose name nobody else knows.
create function without_recipient(receipts jsonb, pseudonym text) returns jsonb language sql immutable as $$
  select coalesce(
    jsonb_agg(
      case when receipt ->> 'party' = 'customer' and receipt ->> 'toldTo' is not null
        then jsonb_set(receipt, '{toldTo}', to_jsonb(pseudonym)) else receipt end order by place), '[]')
  from jsonb_array_elements(receipts) with ordinality as told(receipt, place)
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;

-- Reports as they were issued (domain.md section 14, CALL-08): frozen bytes with their hash, who got them and who has read
-- them. Nothing here is ever changed: what became known later stands in the next report. They hold no personal data, so that
-- erasing a person never has to touch one.

create table issued_reports (
  id uuid constraint issued_reports_pkey primary key,
  number text not null constraint issued_reports_number_key unique,
  report text not null constraint issued_reports_report_format check (report ~ '^[a-z][a-zA-Z]{1,60}$'),
  -- Whose figures it holds; null: those of the whole network, which only its callers see.
  station_id uuid constraint issued_reports_station_id_fkey references stations (id),
  -- Days in Asia/Shanghai; the last one is not part of it.
  period_from date not null,
  period_before date not null,
  -- What was known at this instant stands in it.
  as_of timestamptz(3) not null,
  origin text not null constraint issued_reports_origin_check check (origin in ('schedule', 'request')),
  -- Of the numbers that it was judged by: clocks@3.
  policy_versions text[] not null,
  row_count integer not null constraint issued_reports_row_count_check check (row_count >= 0),
  -- [{"kind": "role", "role": …} | {"kind": "station", "stationId": …} | {"kind": "user", "userId": …}]; an array's place is
  -- the number of the recipient.
  recipients jsonb not null constraint issued_reports_recipients_list check (
    jsonb_typeof(recipients) = 'array' and jsonb_array_length(recipients) between 1 and 50),
  issued_at timestamptz(3) not null,
  issued_by text not null,
  issued_by_id uuid,
  constraint issued_reports_period_forward check (period_before > period_from),
  -- Once a period, whoever issues it, and however many instances think of it at once.
  constraint issued_reports_once unique nulls not distinct (report, station_id, period_from, period_before)
);
create index issued_reports_issued_idx on issued_reports (issued_at desc, id desc);
create index issued_reports_station_issued_idx on issued_reports (station_id, issued_at desc, id desc);
create index issued_reports_report_issued_idx on issued_reports (report, issued_at desc, id desc);
alter table issued_reports enable row level security;
alter table issued_reports force row level security;
create policy issued_reports_scope on issued_reports using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
grant select, insert on issued_reports to aftersales_app;

-- The bytes of each form, as they are sent.
create table issued_report_contents (
  issued_report_id uuid not null
    constraint issued_report_contents_issued_report_id_fkey references issued_reports (id),
  media_type text not null constraint issued_report_contents_media_type_check check (
    media_type in ('application/json', 'text/csv', 'image/svg+xml')),
  content bytea not null,
  -- The database checks what the product computed: a stored hash is never wrong.
  sha256 bytea not null constraint issued_report_contents_sha256_check check (sha256 = sha256(content)),
  issued_at timestamptz(3) not null,
  constraint issued_report_contents_pkey primary key (issued_report_id, media_type)
);
alter table issued_report_contents enable row level security;
alter table issued_report_contents force row level security;
-- Seen with its report: the policy of issued_reports applies inside.
create policy issued_report_contents_scope on issued_report_contents using (
  exists (select from issued_reports r where r.id = issued_report_id));
grant select, insert on issued_report_contents to aftersales_app;

-- Who has read it, once a person.
create table issued_report_receipts (
  issued_report_id uuid not null
    constraint issued_report_receipts_issued_report_id_fkey references issued_reports (id),
  reader_id uuid not null,
  reader text not null,
  -- As which recipients: their places.
  recipients smallint[] not null constraint issued_report_receipts_recipients_check check (cardinality(recipients) > 0),
  read_at timestamptz(3) not null,
  constraint issued_report_receipts_pkey primary key (issued_report_id, reader_id)
);
alter table issued_report_receipts enable row level security;
alter table issued_report_receipts force row level security;
create policy issued_report_receipts_scope on issued_report_receipts using (
  exists (select from issued_reports r where r.id = issued_report_id));
grant select, insert on issued_report_receipts to aftersales_app;

-- For whoever has more rights than the server: what was issued stands.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation', table = tg_table_name;
end
$$;
create trigger issued_reports_append_only before update or delete or truncate on issued_reports
  for each statement execute function refuse_change();
create trigger issued_report_contents_append_only before update or delete or truncate on issued_report_contents
  for each statement execute function refuse_change();
create trigger issued_report_receipts_append_only before update or delete or truncate on issued_report_receipts
  for each statement execute function refuse_change();

call show_history('issued_reports', 'issued_at');
call show_history('issued_report_contents', 'issued_at');
call show_history('issued_report_receipts', 'read_at');
