-- Case grants (SEC-02): the team of one case sees that document and does its work there, wherever it stands and whatever its
-- members see besides. A row is a membership; it is ended once and never deleted (SEC-09).
--
-- Sessions carry the documents granted to the caller in app.cases, beside app.scope (db/README.md). A session that does not set it
-- (the release before, a migration) has none.

create function granted_cases() returns uuid[] language sql stable as $$
  select nullif(current_setting('app.cases', true), '')::uuid[]
$$;
comment on function granted_cases() is
  'For policies of tables that know cases: … or id = any ((select granted_cases())::uuid[])';
grant execute on function granted_cases() to aftersales_app;

create table case_grants (
  id uuid not null,
  resource text not null,
  subject_id uuid not null,
  subject_number text,
  -- Of the case.
  station_id uuid,
  user_id uuid not null,
  user_name text not null,
  -- In which of his functions he is in the team: a role code, as in users.roles.
  role text not null,
  granted_at timestamptz(3) not null,
  granted_by text not null,
  granted_by_id uuid,
  revoked_at timestamptz(3),
  revoked_by text,
  revoked_by_id uuid,
  constraint case_grants_pkey primary key (id),
  constraint case_grants_user_id_fkey foreign key (user_id) references users (id),
  constraint case_grants_station_id_fkey foreign key (station_id) references stations (id),
  constraint case_grants_revoked_whole check ((revoked_at is null) = (revoked_by is null)),
  constraint case_grants_period_forward check (revoked_at >= granted_at)
);
comment on column case_grants.user_name is 'As he was called when he was called into the team.';
-- One live membership a person and case, whoever grants at the same time.
create unique index case_grants_live_key on case_grants (user_id, subject_id) where revoked_at is null;
create index case_grants_subject_id_idx on case_grants (subject_id, granted_at, id);

alter table case_grants enable row level security;
alter table case_grants force row level security;
create policy case_grants_scope on case_grants using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
  or subject_id = any ((select granted_cases())::uuid[]));
grant select, insert, update (revoked_at, revoked_by, revoked_by_id) on case_grants to aftersales_app;

create function case_grants_revoked_once() returns trigger language plpgsql as $$
begin
  raise exception 'a grant is withdrawn once'
    using errcode = 'check_violation', constraint = 'case_grants_revoked_once', table = 'case_grants';
end
$$;
create trigger case_grants_revoked_once before update on case_grants
  for each row when (old.revoked_at is not null) execute function case_grants_revoked_once();

-- The people that a team is formed of come from the whole network: of those that are named, and of no others, who they are and
-- whether they may be called crosses the scope.
create function case_candidates(people uuid[]) returns table (id uuid, name text, roles text[], is_active boolean)
  language plpgsql as $$
declare
  scope text := current_setting('app.scope');
begin
  perform set_config('app.scope', '*', true);
  return query
    select u.id, u.display_name, u.roles, u.state = 'active' and not exists (
      select from stations s where s.id = u.station_id and s.state = 'terminated')
    from users u where u.id = any (people);
  perform set_config('app.scope', scope, true);
end
$$;
revoke execute on function case_candidates(uuid[]) from public;
grant execute on function case_candidates(uuid[]) to aftersales_app;

set local app.scope = '*';
call keep_history('case_grants', 'coalesce(t.revoked_at, t.granted_at)', '{"subject_id","user_id"}');

-- What hangs on documents of all families follows its document to the team. Twins and parents carry the policy of their table.
do $$
declare
  tbl text;
begin
  foreach tbl in array array[
    'events', 'notes', 'attachments', 'attachments_history', 'attachments_versions', 'clocks', 'clocks_history',
    'clocks_versions'
  ] loop
    execute format(
      'alter policy %I on %I using (%s(select current_setting(''app.scope'')) = ''*'' '
        || 'or station_id = any ((select nullif(current_setting(''app.scope''), ''*''))::uuid[]) '
        || 'or subject_id = any ((select granted_cases())::uuid[]))',
      regexp_replace(tbl, '_(history|versions)$', '') || '_scope', tbl,
      case when tbl = 'events' then 'network_wide or ' else '' end);
  end loop;
end
$$;
