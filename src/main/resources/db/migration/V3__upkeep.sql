-- What keeps the log in shape: retention, and the expiry of all that is kept for a while only.
-- Everything works in small steps, each its own short transaction, so that publishing isn't disturbed.

-- Which node does the work that only one has to do: a lease, written by take_duty and drop_duty, and renewed
-- while the work goes on. (An advisory lock
-- would want a connection held throughout.)
create table tideline.duty (
  name  text primary key,
  node  text not null,
  until timestamptz not null
);

-- Takes or renews the duty; false if another node has it.
create function tideline.take_duty(p_name text, p_node text, p_lease interval) returns boolean
language plpgsql as $$
begin
  insert into tideline.duty as d (name, node, until)
  values (p_name, p_node, clock_timestamp() + p_lease)
  on conflict (name) do update set node = excluded.node, until = excluded.until
  where d.node = excluded.node or d.until < clock_timestamp();
  return found;
end $$;

-- Gives the duty up, so that another node may take it at once.
create function tideline.drop_duty(p_name text, p_node text) returns void language sql
begin atomic
  delete from tideline.duty d where d.name = p_name and d.node = p_node;
end;

-- Of the next p_channels channels by id: those that retention makes shorter, with what their first
-- retained offset should be, and those of which hidden rows are still there. last_id is the chunk's
-- end, null behind the last channel; id is null if nothing is to do. One look at a channel's lowest
-- row; more only where it is too old.
create function tideline.overdue(
  p_after bigint, p_channels int, p_namespaces text[], p_age_seconds bigint[], p_counts bigint[])
returns table (last_id bigint, id bigint, first bigint)
language sql stable
set enable_seqscan = off
as $$
  with chunk as (
    select c.*, clock_timestamp() - make_interval(secs => s.age) as horizon, s.count
    from (select * from tideline.channel where id > p_after order by id limit p_channels) c
    join unnest(p_namespaces, p_age_seconds, p_counts) s (namespace, age, count)
      on s.namespace = tideline.namespace_of(c.name, p_namespaces)
  ), judged as (
    select c.id, c.first_retained, lowest."offset" as lowest,
           greatest(c.first_retained, c.head - c.count + 1,
             case when lowest.time < c.horizon
                  then tideline.offset_since(c.id, c.first_retained, c.head, c.horizon) end) as first
    from chunk c
    left join lateral (
      select m."offset", m.time from tideline.message m
      where m.channel_id = c.id order by m."offset" limit 1) lowest on true
  )
  select last.id, j.id, j.first
  from (select max(c.id) as id from chunk c) last
  left join judged j on j.first > j.first_retained or j.lowest < j.first_retained
$$;

-- Hides what retention has passed. The journal tells all nodes.
create function tideline.retain(p_ids bigint[], p_firsts bigint[]) returns void
language plpgsql as $$
begin
  perform tideline.demand_durable_commit();
  perform from tideline.channel c where c.id = any (p_ids) order by c.name collate "C" for update;
  with raised as (
    update tideline.channel c
    set first_retained = least(p_firsts[array_position(p_ids, c.id)], c.head + 1)
    where c.id = any (p_ids)
      and c.first_retained < least(p_firsts[array_position(p_ids, c.id)], c.head + 1)
    returning c.*)
  insert into tideline.journal (node, channels, heads, firsts, purged)
  select '', array_agg(r.name), array_agg(r.head), array_agg(r.first_retained),
         array_agg(r.purged_through)
  from raised r having count(*) > 0;
end $$;

-- Deletes up to p_rows rows that are hidden already, and returns how many. Losing this in a crash
-- costs nothing, so nobody waits for the disk.
create function tideline.delete_hidden(p_ids bigint[], p_rows int) returns bigint
language plpgsql
set enable_seqscan = off
as $$
declare
  v_rows bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  with hidden as (
    select m.channel_id, m."offset"
    from unnest(p_ids) i (id) join tideline.channel c on c.id = i.id
    cross join lateral (
      select m.channel_id, m."offset" from tideline.message m
      where m.channel_id = c.id and m."offset" < c.first_retained
      order by m."offset" limit p_rows) m
    limit p_rows)
  delete from tideline.message m using hidden h
  where m.channel_id = h.channel_id and m."offset" = h."offset";
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

-- Deletes up to p_rows idempotency keys that are older than the window, and returns how many.
create function tideline.delete_expired_keys(p_window interval, p_rows int) returns bigint
language plpgsql
set enable_seqscan = off
as $$
declare
  v_rows bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  with expired as (
    select k.channel_id, k.key, k.used_at from tideline.idempotency_key k
    where k.used_at < clock_timestamp() - p_window order by k.used_at limit p_rows)
  delete from tideline.idempotency_key k using expired e
  where k.channel_id = e.channel_id and k.key = e.key and k.used_at = e.used_at;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

-- Sets a mark where the last one is a tenth of p_kept old, and deletes up to p_rows journal rows that
-- the newest mark older than p_kept could see.
create function tideline.trim_journal(p_kept interval, p_rows int) returns bigint
language plpgsql as $$
declare
  v_mark tideline.journal_mark;
  v_rows bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into tideline.journal_mark
  select where not exists (
    select from tideline.journal_mark m where m.at > clock_timestamp() - p_kept / 10);
  select m.* into v_mark from tideline.journal_mark m
  where m.at < clock_timestamp() - p_kept order by m.id desc limit 1;
  if v_mark.id is null then
    return 0;
  end if;
  update tideline.journal_mark m set applied = true where m.id = v_mark.id and not m.applied;
  delete from tideline.journal_mark m where m.id < v_mark.id;
  with old as (
    select j.batch_id from tideline.journal j
    where j.xid < pg_snapshot_xmax(v_mark.snapshot)
      and pg_visible_in_snapshot(j.xid, v_mark.snapshot)
    order by j.xid limit p_rows)
  delete from tideline.journal j using old o where j.batch_id = o.batch_id;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;
