-- What follows a visit (SM-13): calls to the customer, surveys and what is answered, letters, and the next service. With their
-- past and what a person leaves in them (db/README.md).

-- Surveys belong to the whole network; their questions stand in versions that never change (FUP-16).
create table surveys (
  id uuid constraint surveys_pkey primary key,
  code text not null constraint surveys_code_key unique,
  use text not null constraint surveys_use_check check (
    use in ('firstFollowUp', 'secondFollowUp', 'afterService', 'csi', 'ssi')),
  title text not null,
  is_active boolean not null,
  question_version integer not null constraint surveys_question_version_check check (question_version > 0),
  external_ids jsonb not null default '{}'
    constraint surveys_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint surveys_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid
);
create index surveys_created_idx on surveys (created_at desc, id desc);
create index surveys_updated_idx on surveys (updated_at, id);
grant select, insert, update on surveys to aftersales_app;

create table survey_versions (
  survey_id uuid not null constraint survey_versions_survey_id_fkey references surveys (id),
  number integer not null constraint survey_versions_number_check check (number > 0),
  questions jsonb not null constraint survey_versions_questions_list check (jsonb_typeof(questions) = 'array'),
  created_at timestamptz(3) not null,
  created_by text not null,
  constraint survey_versions_pkey primary key (survey_id, number)
);
comment on table survey_versions is 'Append-only: an answer is always read under the question that was asked.';
grant select, insert on survey_versions to aftersales_app;

create table follow_ups (
  id uuid constraint follow_ups_pkey primary key,
  number text not null constraint follow_ups_number_key unique,
  station_id uuid not null constraint follow_ups_station_id_fkey references stations (id),
  occasion text not null constraint follow_ups_occasion_check check (
    occasion in ('delivery', 'consultation', 'visit', 'nextService')),
  round smallint not null constraint follow_ups_round_check check (round in (1, 2)),
  customer_id uuid not null,
  vehicle_id uuid constraint follow_ups_vehicle_id_fkey references vehicles (id),
  work_order_id uuid,
  first_id uuid constraint follow_ups_first_id_fkey references follow_ups (id),
  state text not null constraint follow_ups_state_check check (
    state in ('scheduled', 'openIssue', 'done', 'missed', 'notReached', 'cancelled')),
  -- As scheduled; a pause of its clock moves the window there (clocks).
  opens_at timestamptz(3),
  due_at timestamptz(3),
  topics text[] not null,
  script text,
  survey_id uuid,
  survey_version integer,
  attempts jsonb not null default '[]' constraint follow_ups_attempts_list check (jsonb_typeof(attempts) = 'array'),
  call jsonb,
  -- Whether the call contradicts the order (FUP-14).
  contradicts boolean not null default false,
  issue jsonb,
  missed_at timestamptz(3),
  complaint_id uuid constraint follow_ups_complaint_id_fkey references complaints (id),
  complaint_number text,
  version integer not null default 1 constraint follow_ups_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint follow_ups_id_station_key unique (id, station_id),
  constraint follow_ups_customer_id_fkey foreign key (customer_id, station_id) references customers (id, station_id),
  constraint follow_ups_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint follow_ups_survey_fkey foreign key (survey_id, survey_version) references survey_versions (survey_id, number),
  constraint follow_ups_second_check check ((round = 2) = (first_id is not null)),
  constraint follow_ups_delivery_check check ((occasion = 'delivery') = (work_order_id is not null)),
  constraint follow_ups_window_check check (due_at is null or opens_at <= due_at),
  constraint follow_ups_called_check check (call is not null or state not in ('openIssue', 'done')),
  constraint follow_ups_issue_check check (issue is not null or state <> 'openIssue'),
  constraint follow_ups_missed_check check (missed_at is not null or state <> 'missed'),
  constraint follow_ups_complaint_whole check ((complaint_id is null) = (complaint_number is null))
);
-- A delivery is followed by two calls, once.
create unique index follow_ups_delivery_key on follow_ups (work_order_id, round) where work_order_id is not null;
create unique index follow_ups_first_id_key on follow_ups (first_id) where first_id is not null;
create index follow_ups_created_idx on follow_ups (created_at desc, id desc);
create index follow_ups_updated_idx on follow_ups (updated_at, id);
create index follow_ups_due_idx on follow_ups (due_at, id);
create index follow_ups_due_last_idx on follow_ups (due_at desc nulls last, id desc);
create index follow_ups_station_created_idx on follow_ups (station_id, created_at desc, id desc);
create index follow_ups_station_updated_idx on follow_ups (station_id, updated_at, id);
create index follow_ups_station_due_idx on follow_ups (station_id, due_at, id);
create index follow_ups_station_due_last_idx on follow_ups (station_id, due_at desc nulls last, id desc);
create index follow_ups_station_state_idx on follow_ups (station_id, state, due_at, id);
create index follow_ups_waiting_idx on follow_ups (due_at) where state = 'scheduled';
create index follow_ups_customer_idx on follow_ups (customer_id, created_at desc, id desc);
create index follow_ups_vehicle_idx on follow_ups (vehicle_id, created_at desc, id desc) where vehicle_id is not null;
alter table follow_ups enable row level security;
alter table follow_ups force row level security;
create policy follow_ups_scope on follow_ups using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on follow_ups to aftersales_app;
create trigger follow_ups_customer_erased before insert or update of customer_id on follow_ups
  for each row execute function customer_not_erased();

-- The life cycle (SM-13) for whoever writes past the application (state_transitions).
insert into state_transitions (document, from_state, to_state) values
  ('follow_ups', 'scheduled', 'done'),
  ('follow_ups', 'scheduled', 'openIssue'),
  ('follow_ups', 'scheduled', 'notReached'),
  ('follow_ups', 'scheduled', 'missed'),
  ('follow_ups', 'scheduled', 'cancelled'),
  ('follow_ups', 'missed', 'done'),
  ('follow_ups', 'missed', 'openIssue'),
  ('follow_ups', 'missed', 'notReached'),
  ('follow_ups', 'missed', 'cancelled'),
  ('follow_ups', 'openIssue', 'done');
create trigger follow_ups_transition before update of state on follow_ups
  for each row when (old.state is distinct from new.state) execute function guard_transition('a follow-up');

-- What a customer said on a call is written down once.
create function follow_ups_called_once() returns trigger language plpgsql as $$
begin
  raise exception 'a follow-up is called once'
    using errcode = 'check_violation', constraint = 'follow_ups_called_once', table = 'follow_ups';
end
$$;
create trigger follow_ups_called_once before update of call on follow_ups
  for each row when (old.call is not null and new.call is distinct from old.call and current_user = session_user)
  execute function follow_ups_called_once();

create table survey_responses (
  id uuid constraint survey_responses_pkey primary key,
  survey_id uuid not null,
  survey_version integer not null,
  station_id uuid not null constraint survey_responses_station_id_fkey references stations (id),
  channel text not null constraint survey_responses_channel_check check (channel in ('call', 'link', 'counter', 'letter')),
  customer_id uuid,
  work_order_id uuid,
  follow_up_id uuid,
  -- [{"code": "…", "kind": "rating", "score": 4}]; yes is 1, no 0; texts have no score.
  answers jsonb not null constraint survey_responses_answers_list check (jsonb_typeof(answers) = 'array'),
  rating_hundredths integer constraint survey_responses_rating_check check (rating_hundredths between 100 and 500),
  nps smallint constraint survey_responses_nps_check check (nps between 0 and 10),
  comment text,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  constraint survey_responses_survey_fkey foreign key (survey_id, survey_version)
    references survey_versions (survey_id, number),
  constraint survey_responses_customer_id_fkey foreign key (customer_id, station_id)
    references customers (id, station_id),
  constraint survey_responses_work_order_id_fkey foreign key (work_order_id, station_id)
    references work_orders (id, station_id),
  constraint survey_responses_follow_up_id_fkey foreign key (follow_up_id, station_id)
    references follow_ups (id, station_id)
);
comment on table survey_responses is 'Append-only: nobody answers for a customer afterwards.';
-- An order is rated once a survey, and a call once.
create unique index survey_responses_order_key on survey_responses (survey_id, work_order_id)
  where work_order_id is not null and follow_up_id is null;
create unique index survey_responses_follow_up_key on survey_responses (follow_up_id) where follow_up_id is not null;
create index survey_responses_created_idx on survey_responses (created_at desc, id desc);
create index survey_responses_station_created_idx on survey_responses (station_id, created_at desc, id desc);
create index survey_responses_survey_idx on survey_responses (survey_id, station_id, created_at);
create index survey_responses_customer_idx on survey_responses (customer_id) where customer_id is not null;
create index survey_responses_work_order_idx on survey_responses (work_order_id) where work_order_id is not null;
alter table survey_responses enable row level security;
alter table survey_responses force row level security;
create policy survey_responses_scope on survey_responses using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert on survey_responses to aftersales_app;
create trigger survey_responses_customer_erased before insert on survey_responses
  for each row when (new.customer_id is not null) execute function customer_not_erased();

create table letters (
  id uuid constraint letters_pkey primary key,
  number text not null constraint letters_number_key unique,
  station_id uuid not null constraint letters_station_id_fkey references stations (id),
  state text not null constraint letters_state_check check (state in ('planned', 'due', 'sent', 'cancelled')),
  kind text not null constraint letters_kind_check check (kind in ('greeting', 'notice', 'invitation', 'reply')),
  subject text not null,
  text text not null,
  event jsonb,
  rule jsonb not null,
  due_at timestamptz(3) not null,
  recipients integer,
  sending jsonb,
  exit_reason text,
  external_ids jsonb not null default '{}'
    constraint letters_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  version integer not null default 1 constraint letters_version_check check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint letters_id_station_key unique (id, station_id),
  constraint letters_due_check check (recipients is not null or state not in ('due', 'sent')),
  constraint letters_sent_check check (sending is not null or state <> 'sent')
);
create index letters_created_idx on letters (created_at desc, id desc);
create index letters_updated_idx on letters (updated_at, id);
create index letters_due_idx on letters (due_at, id);
create index letters_station_created_idx on letters (station_id, created_at desc, id desc);
create index letters_station_updated_idx on letters (station_id, updated_at, id);
create index letters_station_due_idx on letters (station_id, due_at, id);
create index letters_waiting_idx on letters (due_at) where state = 'planned';
alter table letters enable row level security;
alter table letters force row level security;
create policy letters_scope on letters using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on letters to aftersales_app;
insert into state_transitions (document, from_state, to_state) values
  ('letters', 'planned', 'due'),
  ('letters', 'planned', 'cancelled'),
  ('letters', 'due', 'sent'),
  ('letters', 'due', 'cancelled');
create trigger letters_transition before update of state on letters
  for each row when (old.state is distinct from new.state) execute function guard_transition('a letter');

create table letter_recipients (
  letter_id uuid not null,
  station_id uuid not null,
  customer_id uuid not null,
  state text not null constraint letter_recipients_state_check check (state in ('chosen', 'sent', 'undeliverable')),
  chosen_at timestamptz(3) not null,
  sent_at timestamptz(3),
  constraint letter_recipients_pkey primary key (letter_id, customer_id),
  constraint letter_recipients_letter_id_fkey foreign key (letter_id, station_id) references letters (id, station_id),
  constraint letter_recipients_customer_id_fkey foreign key (customer_id, station_id)
    references customers (id, station_id),
  constraint letter_recipients_sent_check check ((state = 'sent') = (sent_at is not null))
);
create index letter_recipients_customer_idx on letter_recipients (customer_id, chosen_at);
alter table letter_recipients enable row level security;
alter table letter_recipients force row level security;
create policy letter_recipients_scope on letter_recipients using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on letter_recipients to aftersales_app;

-- When the vehicles of a station's customers are due (CUS-09), as a job computes it from what is known about them; one row a vehicle
-- and station, written anew when that changes.
create table service_plans (
  id uuid constraint service_plans_pkey primary key,
  station_id uuid not null constraint service_plans_station_id_fkey references stations (id),
  vehicle_id uuid not null constraint service_plans_vehicle_id_fkey references vehicles (id),
  customer_id uuid not null,
  -- Null where nothing is known to count from.
  due_on date,
  due_km integer,
  basis text constraint service_plans_basis_check check (basis in ('planned', 'months', 'kilometres')),
  -- From which the interval counts: one reminder each.
  cycle date,
  metres_per_day bigint,
  reminded_cycle date,
  reminded_at timestamptz(3),
  computed_at timestamptz(3) not null,
  constraint service_plans_vehicle_key unique (station_id, vehicle_id),
  constraint service_plans_customer_id_fkey foreign key (customer_id, station_id) references customers (id, station_id),
  constraint service_plans_due_whole check ((due_on is null) = (basis is null) and (due_on is null) = (cycle is null)),
  constraint service_plans_reminder_whole check ((reminded_cycle is null) = (reminded_at is null))
);
create index service_plans_due_idx on service_plans (due_on, id);
create index service_plans_station_due_idx on service_plans (station_id, due_on, id);
create index service_plans_vehicle_idx on service_plans (vehicle_id);
create index service_plans_customer_idx on service_plans (customer_id);
alter table service_plans enable row level security;
alter table service_plans force row level security;
create policy service_plans_scope on service_plans using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));
grant select, insert, update on service_plans to aftersales_app;

-- The past.
set local app.scope = '*';
call keep_history('surveys', 't.updated_at', '{"code","created_at desc, id desc"}');
call show_history('survey_versions', 'created_at');
call keep_history(
  'follow_ups', 't.updated_at',
  '{"number","station_id, created_at desc, id desc","created_at desc, id desc","customer_id","vehicle_id"}');
call show_history('survey_responses', 'created_at');
call keep_history(
  'letters', 't.updated_at', '{"number","station_id, created_at desc, id desc","created_at desc, id desc"}');
call keep_history('letter_recipients', 'coalesce(t.sent_at, t.chosen_at)', '{"customer_id"}');
call keep_history('service_plans', 't.computed_at', '{"station_id, due_on, id","vehicle_id"}');

-- What is open on a call needs the customer; a call that was not made yet ends with his erasure.
alter function customer_holds(uuid[]) rename to customer_holds_before_follow_ups;
create function customer_holds(files uuid[]) returns table (resource text, number text, state text)
  language sql stable as $$
  select h.resource, h.number, h.state from customer_holds_before_follow_ups(files) h
  union all
  select 'followUp', f.number, f.state
  from follow_ups f
  where f.customer_id = any (files) and f.state = 'openIssue'
$$;

alter function erase_person(uuid[], uuid[], text[], text) rename to erase_person_before_follow_ups;
create function erase_person(files uuid[], orders uuid[], patterns text[], pseudonym text) returns void
  language plpgsql as $$
declare
  subjects uuid[];
  calls uuid[];
  answers_given uuid[];
  written uuid[];
  deadlines uuid[];
begin
  perform erase_person_before_follow_ups(files, orders, patterns, pseudonym);
  select coalesce(array_agg(f.id), '{}') into calls from follow_ups f where f.customer_id = any (files);
  select coalesce(array_agg(s.id), '{}') into answers_given
  from survey_responses s
  where s.customer_id = any (files) or s.work_order_id = any (orders);
  select coalesce(array_agg(distinct r.letter_id), '{}') into written
  from letter_recipients r
  where r.customer_id = any (files);
  select written || coalesce(array_agg(l.id), '{}') into written
  from letters l, unnest(files) as file
  where l.rule -> 'customerIds' ? file::text and not l.id = any (written);
  -- The ledger of a deadline keeps the words with which it was paused, moved or cancelled.
  select coalesce(array_agg(c.id), '{}') into deadlines
  from clocks c
  where c.subject_id in (
    select unnest(files || orders || calls)
    union
    select q.id from service_requests q where q.customer_id = any (files)
    union
    select a.id from appointments a where a.customer_id = any (files)
    union
    select d.id from complaints d where d.customer_id = any (files));
  update clock_entries n
  set entered_by = without_person(n.entered_by, patterns, pseudonym), reason = without_person(n.reason, patterns, pseudonym),
    detail = without_person(n.detail, patterns, pseudonym)
  where n.clock_id = any (deadlines);
  subjects := calls || answers_given || written || deadlines;
  update follow_ups f
  set script = without_person(f.script, patterns, pseudonym), attempts = without_person(f.attempts, patterns, pseudonym),
    call = without_person(f.call, patterns, pseudonym), issue = without_person(f.issue, patterns, pseudonym)
  where f.id = any (calls);
  update follow_ups_history f
  set script = without_person(f.script, patterns, pseudonym), attempts = without_person(f.attempts, patterns, pseudonym),
    call = without_person(f.call, patterns, pseudonym), issue = without_person(f.issue, patterns, pseudonym)
  where f.id = any (calls);
  update survey_responses s
  set answers = without_person(s.answers, patterns, pseudonym), comment = without_person(s.comment, patterns, pseudonym)
  where s.id = any (answers_given);
  update letters l
  set subject = without_person(l.subject, patterns, pseudonym), text = without_person(l.text, patterns, pseudonym),
    exit_reason = without_person(l.exit_reason, patterns, pseudonym)
  where l.id = any (written);
  update letters_history l
  set subject = without_person(l.subject, patterns, pseudonym), text = without_person(l.text, patterns, pseudonym),
    exit_reason = without_person(l.exit_reason, patterns, pseudonym)
  where l.id = any (written);
  perform erase_person_around(subjects, patterns, pseudonym);
end
$$;
revoke execute on function erase_person(uuid[], uuid[], text[], text) from public;
