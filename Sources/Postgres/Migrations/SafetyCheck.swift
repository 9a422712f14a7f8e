/// Settings and rights under which the server must not be used (R6).
package enum SafetyCheck {
  /// One clear line per violation; empty is safe. Every role may ask.
  package static let violations: Query<[String]> = .list(
    """
    select line
    from (
      select 1, 'fsync is off: a crash of the machine loses or corrupts data'
      where current_setting('fsync') <> 'on'
      union all
      select 2, 'full_page_writes is off: a crash of the machine corrupts data'
      where current_setting('full_page_writes') <> 'on'
      union all
      select 3, 'synchronous_commit is ' || current_setting('synchronous_commit')
        || ': acknowledged writes may be lost'
      where current_setting('synchronous_commit') in ('off', 'local')
      union all
      select 4, 'server_encoding is ' || current_setting('server_encoding') || ', must be UTF8'
      where current_setting('server_encoding') <> 'UTF8'
      union all
      select 5, 'role ' || current_user || ' is a superuser: row-level security does not bind it'
      from pg_roles
      where rolname = current_user and rolsuper
      union all
      select 6, 'role ' || current_user || ' has bypassrls: row-level security does not bind it'
      from pg_roles
      where rolname = current_user and rolbypassrls
      union all
      select 7, 'role ' || current_user || ' owns ' || count(*) || ' tables: it can switch off their row-level security'
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\\_toast%' and n.nspname not like 'pg\\_temp%'
        and pg_has_role(current_user, c.relowner, 'member')
        and not (select rolsuper from pg_roles where rolname = current_user)
      having count(*) > 0
    ) checks (number, line)
    order by number
    """
  ) { try $0.next() }
}
