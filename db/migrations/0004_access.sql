-- Who may ask: users, delegations, machine clients, tokens, and the failures that throttle logins (SEC-12, ORG-08, ORG-13).
--
-- Secrets never stand here: passwords as argon2id PHC strings, tokens and client secrets (32 random bytes) as SHA-256.
-- Roles are the codes of the table in code, permissions are `resource:action`; both are checked by the service, because the
-- table grows with releases and an old row with a retired code must not stop a migration.
--
-- Every change that can end or narrow a token notifies `access_changed` in its transaction, with what it touched:
-- `user:<id>`, `client:<id>`, `token:<id>` or `all`.

create table users (
  id uuid not null,
  username text not null,
  display_name text not null,
  password_hash text not null,
  must_change_password boolean not null default true,
  -- At most one of the three; none is the whole network.
  station_id uuid,
  region_id uuid,
  supplier_id uuid,
  roles text[] not null,
  state text not null default 'active',
  not_before timestamptz(3) not null,
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint users_pkey primary key (id),
  constraint users_username_key unique (username),
  constraint users_username_format check (username ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
  constraint users_password_hash_format check (password_hash like '$argon2id$%'),
  constraint users_scope_single check (num_nonnulls(station_id, region_id, supplier_id) <= 1),
  constraint users_station_id_fkey foreign key (station_id) references stations (id),
  constraint users_region_id_fkey foreign key (region_id) references regions (id),
  constraint users_roles_present check (cardinality(roles) between 1 and 20),
  constraint users_state_known check (state in ('active', 'disabled')),
  constraint users_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint users_version_positive check (version > 0)
);
comment on column users.not_before is 'Tokens issued before this instant are dead.';
create index users_station_id_idx on users (station_id, username);
create index users_region_id_idx on users (region_id, username);
create index users_display_name_idx on users (display_name, id);
create index users_created_at_idx on users (created_at, id);
create index users_roles_idx on users using gin (roles);

-- Users of headquarters, regions and suppliers have no station: they are seen by the network scope only.
alter table users enable row level security;
alter table users force row level security;
create policy users_scope on users using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

create table delegations (
  id uuid not null,
  from_user_id uuid not null,
  to_user_id uuid not null,
  -- Of both users, so that the usual policy holds here too.
  station_id uuid,
  roles text[] not null,
  starts_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  reason text not null,
  revoked_at timestamptz(3),
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  constraint delegations_pkey primary key (id),
  constraint delegations_from_user_id_fkey foreign key (from_user_id) references users (id),
  constraint delegations_to_user_id_fkey foreign key (to_user_id) references users (id),
  constraint delegations_station_id_fkey foreign key (station_id) references stations (id),
  constraint delegations_parties_differ check (from_user_id <> to_user_id),
  constraint delegations_roles_present check (cardinality(roles) > 0),
  constraint delegations_period_forward check (ends_at > starts_at)
);
comment on table delegations is
  'Roles lent for a time (ORG-13). A loan ends by itself, without a write, and when the lender loses the role or is disabled.';
create index delegations_from_user_id_idx on delegations (from_user_id, starts_at);
create index delegations_to_user_id_idx on delegations (to_user_id, ends_at) where revoked_at is null;
alter table delegations enable row level security;
alter table delegations force row level security;
create policy delegations_scope on delegations using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

create table clients (
  id uuid not null,
  client_id text not null,
  name text not null,
  roles text[] not null,
  -- null: everything that the roles grant.
  permissions text[],
  station_id uuid,
  region_id uuid,
  supplier_id uuid,
  -- Two are valid at a time while the other side changes over; the first is the newer.
  secret_hash bytea not null,
  previous_secret_hash bytea,
  secret_rotated_at timestamptz(3) not null,
  state text not null default 'active',
  external_ids jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz(3) not null,
  created_by text not null,
  created_by_id uuid,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  updated_by_id uuid,
  constraint clients_pkey primary key (id),
  constraint clients_client_id_key unique (client_id),
  constraint clients_client_id_format check (client_id ~ '^[a-z0-9][a-z0-9._-]{1,63}$'),
  constraint clients_scope_single check (num_nonnulls(station_id, region_id, supplier_id) <= 1),
  constraint clients_station_id_fkey foreign key (station_id) references stations (id),
  constraint clients_region_id_fkey foreign key (region_id) references regions (id),
  constraint clients_roles_present check (cardinality(roles) between 1 and 20),
  constraint clients_secret_hash_length check (
    length(secret_hash) = 32 and (previous_secret_hash is null or length(previous_secret_hash) = 32)),
  constraint clients_state_known check (state in ('active', 'revoked')),
  constraint clients_external_ids_object check (jsonb_typeof(external_ids) = 'object'),
  constraint clients_version_positive check (version > 0)
);
create index clients_station_id_idx on clients (station_id, client_id);
create index clients_region_id_idx on clients (region_id, client_id);
create index clients_created_at_idx on clients (created_at, id);
create index clients_name_idx on clients (name, id);
alter table clients enable row level security;
alter table clients force row level security;
create policy clients_scope on clients using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

create table tokens (
  id uuid not null,
  hash bytea not null,
  kind text not null,
  -- All tokens of one login; a used refresh token that comes again ends them together.
  family_id uuid not null,
  user_id uuid,
  client_id uuid,
  -- An operator's token stands for itself: name, roles and scope are its own.
  name text,
  roles text[],
  station_id uuid,
  region_id uuid,
  supplier_id uuid,
  -- null: everything that the subject may do.
  permissions text[],
  issued_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  revoked_at timestamptz(3),
  constraint tokens_pkey primary key (id),
  constraint tokens_hash_key unique (hash),
  constraint tokens_hash_length check (length(hash) = 32),
  constraint tokens_kind_known check (kind in ('access', 'refresh')),
  constraint tokens_subject_single check (num_nonnulls(user_id, client_id, name) = 1),
  constraint tokens_operator_whole check ((name is null) = (roles is null)),
  constraint tokens_operator_scope check (
    num_nonnulls(station_id, region_id, supplier_id) <= case when name is null then 0 else 1 end),
  constraint tokens_refresh_user check (kind = 'access' or user_id is not null),
  constraint tokens_used_refresh check (used_at is null or kind = 'refresh'),
  constraint tokens_life_forward check (expires_at > issued_at),
  constraint tokens_user_id_fkey foreign key (user_id) references users (id),
  constraint tokens_client_id_fkey foreign key (client_id) references clients (id),
  constraint tokens_station_id_fkey foreign key (station_id) references stations (id),
  constraint tokens_region_id_fkey foreign key (region_id) references regions (id)
);
create index tokens_family_id_idx on tokens (family_id);
create index tokens_user_id_idx on tokens (user_id) where revoked_at is null;
create index tokens_client_id_idx on tokens (client_id) where revoked_at is null;
create index tokens_expires_at_idx on tokens (expires_at);
alter table tokens enable row level security;
alter table tokens force row level security;
create policy tokens_scope on tokens using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[]));

-- Shared by all instances. The key is a SHA-256: what people type into a login form by mistake is often a password.
create table login_failures (
  kind text not null,
  key bytea not null,
  failures int not null,
  last_failure_at timestamptz(3) not null,
  blocked_until timestamptz(3) not null,
  constraint login_failures_pkey primary key (kind, key),
  constraint login_failures_kind_known check (kind in ('account', 'address')),
  constraint login_failures_key_length check (length(key) = 32),
  constraint login_failures_failures_positive check (failures > 0)
);
comment on table login_failures is 'Read before anybody is known, hence no row-level security; holds no name and no address.';
create index login_failures_last_failure_at_idx on login_failures (last_failure_at);

grant select, insert, update on users, delegations, clients to aftersales_app;
grant select, insert, update, delete on tokens, login_failures to aftersales_app;
