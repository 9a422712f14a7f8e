-- Roles and database, before the first migration. Run by a superuser on the maintenance database; repeatable.
--
-- aftersales_owner owns the database and every object in it and runs migrations; aftersales_app is the server: it owns
-- nothing, and row-level security binds it. Passwords come from the environment (never from an argument, which `ps` shows)
-- and stay as they are when the variable is not set, e.g. where the unix socket alone decides who may come in.
--
--   AFTERSALES_OWNER_PASSWORD=… AFTERSALES_APP_PASSWORD=… psql --no-psqlrc --file bootstrap.sql postgres

\set ON_ERROR_STOP on
\set QUIET on
set client_min_messages = warning;
-- Where statements are logged, a password is not.
set log_statement = 'none';
set log_min_duration_statement = -1;

\set owner_password ''
\set app_password ''
\getenv owner_password AFTERSALES_OWNER_PASSWORD
\getenv app_password AFTERSALES_APP_PASSWORD

select format('create role %I login', name)
from unnest(array['aftersales_owner', 'aftersales_app']) as name
where not exists (select from pg_roles where rolname = name)
\gexec

alter role aftersales_owner login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role aftersales_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

select format('alter role %I password %L', name, password)
from (values ('aftersales_owner', :'owner_password'), ('aftersales_app', :'app_password')) as given (name, password)
where password <> ''
\gexec

-- template0: no locale, no object and no encoding of the host comes along.
select 'create database aftersales owner aftersales_owner template template0 encoding ''UTF8'''
where not exists (select from pg_database where datname = 'aftersales')
\gexec

revoke all on database aftersales from public;
grant connect on database aftersales to aftersales_app;

\connect aftersales
revoke create on schema public from public;
