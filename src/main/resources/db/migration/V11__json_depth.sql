-- JSON from SQL may be nested as deeply as JSON that comes over HTTP, and no deeper.

create function tideline.check_depth(p_payload jsonb) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- What stands at level 64 has 64 arrays and objects around it.
  if jsonb_path_exists(p_payload, 'strict $.**{64} ? (@.type() == "array" || @.type() == "object")') then
    perform tideline.refuse(
      'the payload is nested more than 64 levels deep', 'JSON is nested at most 64 levels.');
  end if;
end $$;

create or replace function tideline.publish(
  channel text, payload jsonb, type text default null, key text default null,
  headers jsonb default '{}')
returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  select tideline.check_depth($2);
  select tideline.put_into_outbox($1, convert_to($2::text, 'UTF8'), null, $3, $4, $5)
$$;
