-- Files on documents (domain.md section 3): which bytes hang where, who brought them, and which were taken off and why. The
-- bytes themselves lie in a store outside the database, named by their SHA-256.

-- What the store may hold. A row is written and committed before the bytes are put there, so that no bytes are without one;
-- rows that no attachment needs are collected, bytes first, while the row is locked. claimed_at moves with every upload of
-- the same bytes, which are therefore not collected under its hands.
create table blobs (
  sha256 bytea constraint blobs_pkey primary key constraint blobs_sha256_check check (octet_length(sha256) = 32),
  size bigint not null constraint blobs_size_check check (size > 0),
  claimed_at timestamptz(3) not null
);
create index blobs_claimed_at_idx on blobs (claimed_at);
grant select, insert, update (claimed_at), delete on blobs to aftersales_app;

create table attachments (
  id uuid constraint attachments_pkey primary key,
  resource text not null,
  subject_id uuid not null,
  subject_number text,
  -- The station of the document; null for headquarters' documents.
  station_id uuid,
  sha256 bytea not null constraint attachments_sha256_fkey references blobs (sha256),
  size bigint not null,
  media_type text not null constraint attachments_media_type_check check (
    media_type in ('image/jpeg', 'image/png', 'image/webp', 'image/heic', 'application/pdf', 'video/mp4', 'text/plain',
      'text/csv')),
  file_name text not null constraint attachments_file_name_check check (length(file_name) between 1 and 200),
  description text,
  uploaded_at timestamptz(3) not null,
  uploaded_by text not null,
  uploaded_by_id uuid,
  removed_at timestamptz(3),
  removed_by text,
  removed_by_id uuid,
  removal_reason text,
  constraint attachments_removal_check check (
    (removed_at is null) = (removed_by is null) and (removed_at is null) = (removal_reason is null))
);
create index attachments_subject_idx on attachments (subject_id, uploaded_at desc, id desc);
create index attachments_sha256_idx on attachments (sha256, uploaded_at, id);
-- The same bytes hang on one document once.
create unique index attachments_same_file_key on attachments (resource, subject_id, sha256) where removed_at is null;
alter table attachments enable row level security;
alter table attachments force row level security;
create policy attachments_scope on attachments using (
  (select current_setting('app.scope')) = '*'
  or station_id = any ((select nullif(current_setting('app.scope'), '*'))::uuid[])
);
-- Immutable but for the one mark (REC-10).
grant select, insert, update (removed_at, removed_by, removed_by_id, removal_reason) on attachments to aftersales_app;

create function attachments_removed_once() returns trigger language plpgsql as $$
begin
  raise exception 'an attachment is taken off once'
    using errcode = 'check_violation', constraint = 'attachments_removed_once', table = 'attachments';
end
$$;
create trigger attachments_removed_once before update on attachments
  for each row when (old.removed_at is not null) execute function attachments_removed_once();

-- On how many documents of the whole network the same bytes hang: a number and nothing else crosses the scope, for the
-- check on claims with the same photograph (CLM-08).
create function attachments_with_content(content bytea) returns bigint language plpgsql as $$
declare
  scope text := current_setting('app.scope');
  found bigint;
begin
  perform set_config('app.scope', '*', true);
  select count(*) into found from attachments where sha256 = content;
  perform set_config('app.scope', scope, true);
  return found;
end
$$;
revoke execute on function attachments_with_content from public;
grant execute on function attachments_with_content to aftersales_app;
