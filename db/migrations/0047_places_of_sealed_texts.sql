-- Sealed texts are bound to their row and column (SEC-04; quality S12), so whoever opens one must know where it stands. What
-- `person_known_as()` says of one person is said again with the place of each sealed text; texts in clear have none.

create function person_known_at(subject uuid) returns table (kept text, table_name text, column_name text, row_id uuid)
  language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  session_scope constant text := current_setting('app.scope');
  files constant uuid[] := customer_files(subject);
  known text[];
  sealed text[];
  sealed_column record;
  place record;
  condition text;
begin
  perform set_config('app.scope', '*', true);
  known := customer_known_as(files, array(select w.id from work_orders w where w.customer_id = any (files)));
  sealed := array(select k from unnest(known) k where starts_with(k, 'aes256gcm:'));
  return query
    select distinct k, null::text, null::text, null::uuid from unnest(known) k where not starts_with(k, 'aes256gcm:');
  -- First in his own rows; then everywhere, for what stands in rows that name another person now. No two texts are sealed alike.
  foreach condition in array array['t.%2$I = any ($2)', 'true'] loop
    for sealed_column in
      select s.table_name, s.column_name, case when s.table_name = 'customers' then 'id' else 'customer_id' end as person
      from sealed_columns s
      order by 1, 2
    loop
      exit when cardinality(sealed) = 0;
      for place in execute format(
        'select distinct t.%1$I as kept, t.id from %3$I t where t.%1$I = any ($1) and ' || condition,
        sealed_column.column_name, sealed_column.person, sealed_column.table_name || '_versions')
      using sealed, files
      loop
        kept := place.kept;
        table_name := sealed_column.table_name;
        column_name := sealed_column.column_name;
        row_id := place.id;
        return next;
        sealed := array_remove(sealed, place.kept);
      end loop;
    end loop;
  end loop;
  perform set_config('app.scope', session_scope, true);
end
$$;
revoke execute on function person_known_at(uuid) from public;
grant execute on function person_known_at(uuid) to aftersales_app;
comment on table sealed_columns is
  'Where texts are kept as aes256gcm:KEY:2.BASE64, bound to table, column and id. A table has id as its key, and a past (keep_history), which is sealed with it.';
