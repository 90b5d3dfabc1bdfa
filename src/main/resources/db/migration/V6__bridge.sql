-- Where the bridges stand that carry channels elsewhere.

-- The bridges out, written by begin_bridge.
create table tideline.bridge (
  name     text primary key,
  -- The patterns that its cursors were begun for.
  channels text[] not null,
  begun_at timestamptz not null default clock_timestamp()
);
comment on table tideline.bridge is
  'The bridges that carry channels elsewhere. Deleted together with its rows in bridge_cursor, a bridge begins anew.';

-- How far each bridge has carried each channel, written by begin_bridge and advance_bridge. A channel without
-- a row begins at its first message: it came into being after the bridge.
create table tideline.bridge_cursor (
  bridge   text not null,
  channel  text collate "C" not null,
  epoch    bigint not null,
  "offset" bigint not null,
  primary key (bridge, channel)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
comment on table tideline.bridge_cursor is
  'Of each channel the offset up to which a bridge''s receiver has confirmed everything.';

-- The prefixes among patterns, each of which is a name, or a prefix followed by '*'.
create function tideline.prefixes(p_patterns text[]) returns text[]
language sql immutable parallel safe
begin atomic
  select array(select left(w.p, -1) from unnest(p_patterns) w (p) where right(w.p, 1) = '*');
end;

-- Begins, of the next p_channels channels by name, those that the bridge didn't have before: at their
-- first retained message, or behind their head. The name is given behind which the next call goes on,
-- null if all have begun. Durable, as a beginning that is forgotten would lie later the next time.
create function tideline.begin_bridge(
  p_instance timestamptz, p_bridge text, p_patterns text[], p_earliest boolean, p_after text, p_channels int)
returns text
language plpgsql as $$
declare
  v_epoch bigint := tideline.current_epoch(p_instance);
  v_known text[] := coalesce((select b.channels from tideline.bridge b where b.name = p_bridge), '{}');
  v_old   text[] := tideline.prefixes(v_known);
  v_new   text[] := tideline.prefixes(p_patterns);
  v_last  text;
begin
  if v_known = p_patterns then
    return null;
  end if;
  perform tideline.demand_durable_commit();
  with looked as materialized (
    select c.name, c.head, c.first_retained from tideline.channel c
    where c.name > p_after order by c.name limit p_channels
  ), begun as (
    insert into tideline.bridge_cursor (bridge, channel, epoch, "offset")
    select p_bridge, l.name, v_epoch, case when p_earliest then l.first_retained - 1 else l.head end
    from looked l
    where (l.name ^@ any (v_new) or l.name = any (p_patterns))
      and not (l.name ^@ any (v_old) or l.name = any (v_known))
    order by l.name
    on conflict do nothing
  )
  select case when count(*) = p_channels then max(l.name) end into v_last from looked l;
  if v_last is null then
    insert into tideline.bridge as b (name, channels) values (p_bridge, p_patterns)
    on conflict (name) do update set channels = excluded.channels;
  end if;
  return v_last;
end $$;

-- Of the next p_channels channels by name, whoever's they are: those that the bridge has not carried up
-- to their heads. last_name is where the next call goes on, null behind the last channel; name is null
-- if there is none.
create function tideline.behind_bridge(
  p_instance timestamptz, p_bridge text, p_patterns text[], p_after text, p_channels int)
returns table (last_name text, name text)
language sql stable
begin atomic
  with epoch as materialized (
    select tideline.current_epoch(p_instance) as epoch
  ), looked as materialized (
    select c.name, c.head from tideline.channel c where c.name > p_after order by c.name limit p_channels
  ), behind as (
    select l.name from epoch e cross join looked l
    left join tideline.bridge_cursor b on b.bridge = p_bridge and b.channel = l.name
    where (l.name ^@ any ((select tideline.prefixes(p_patterns))::text[]) or l.name = any (p_patterns))
      and (coalesce(b."offset", 0) < l.head or b.epoch <> e.epoch)
  )
  select (select case when count(*) = p_channels then max(l.name) end from looked l), b.name
  from epoch e left join behind b on true;
end;

-- Moves cursors forward, if it is still this node's duty. Not durable: what is forgotten comes again.
create function tideline.advance_bridge(
  p_bridge text, p_duty text, p_node text, p_channels text[], p_epochs bigint[], p_offsets bigint[])
returns boolean
language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  perform from tideline.duty d
  where d.name = p_duty and d.node = p_node and d.until > clock_timestamp() for share;
  if not found then
    return false;
  end if;
  insert into tideline.bridge_cursor as b (bridge, channel, epoch, "offset")
  select p_bridge, w.channel, w.epoch, w."offset"
  from unnest(p_channels, p_epochs, p_offsets) w (channel, epoch, "offset")
  order by w.channel
  on conflict (bridge, channel) do update set epoch = excluded.epoch, "offset" = excluded."offset"
  where b.epoch <> excluded.epoch or b."offset" < excluded."offset";
  return true;
end $$;
