-- Which connections are in a channel, each with what its protocol tells of it: only those whose protocol asks.
-- Written with the members, under the same lease, lock and versions, and worth as little after a crash.

create unlogged table tideline.seat (
  channel    text collate "C" not null,
  connection text collate "C" not null,
  lease      bigint not null,
  subject    text collate "C" not null,
  info       bytea check (octet_length(info) <= 1024),
  primary key (channel, connection)
);
create index seat_lease on tideline.seat (lease);
comment on table tideline.seat is
  'The connections in a channel that are told one by one, through which node, and what is told of them.';

-- Who took a seat or gave it up, for a minute.
create unlogged table tideline.seat_change (
  version    bigint not null,
  channel    text collate "C" not null,
  connection text collate "C" not null,
  subject    text collate "C" not null,
  info       bytea,
  is_taken   boolean not null,
  at         timestamptz not null default clock_timestamp(),
  primary key (version, channel, connection)
);
create index seat_change_at on tideline.seat_change (at);

alter table tideline.presence_state add column seats_pruned_through bigint not null default 0;

-- Takes and gives up seats through this lease, and tells what that changes. The caller has the lock.
create function tideline.set_seats(
  p_lease bigint, p_channels text[], p_connections text[], p_subjects text[], p_infos bytea[], p_taken boolean[])
returns void
language plpgsql as $$
declare
  v_version bigint := nextval('tideline.presence_version');
begin
  -- A seat is looked up by its key alone: where the table was empty when it was looked at last, the lease would
  -- seem as good a way to it.
  with wanted as materialized (
    select * from unnest(p_channels, p_connections, p_subjects, p_infos, p_taken)
      w (channel, connection, subject, info, is_taken)
  ), gone as (
    delete from tideline.seat t
    where t.ctid = any (array(
      select g.ctid from wanted w cross join lateral (
        select t.ctid, t.lease from tideline.seat t
        where t.channel = w.channel and t.connection = w.connection offset 0) g
      where not w.is_taken and g.lease = p_lease))
    returning t.channel, t.connection, t.subject, t.info
  ), taken as (
    insert into tideline.seat as t (channel, connection, lease, subject, info)
    select w.channel, w.connection, p_lease, w.subject, w.info from wanted w where w.is_taken
    on conflict (channel, connection) do update
    set lease = excluded.lease, subject = excluded.subject, info = excluded.info
    where (t.lease, t.subject, t.info) is distinct from (excluded.lease, excluded.subject, excluded.info)
    returning t.channel, t.connection, t.subject, t.info
  )
  insert into tideline.seat_change (version, channel, connection, subject, info, is_taken)
  select v_version, g.channel, g.connection, g.subject, g.info, false from gone g
  union all
  select v_version, t.channel, t.connection, t.subject, t.info, true from taken t;
end $$;

-- As write_members, with seats in the same transaction.
create function tideline.write_presence(
  p_lease bigint, p_number bigint, p_channels text[], p_subjects text[], p_connections int[],
  p_seat_channels text[], p_seat_connections text[], p_seat_subjects text[], p_seat_infos bytea[], p_taken boolean[])
returns boolean
language plpgsql as $$
begin
  if not tideline.write_members(p_lease, p_number, p_channels, p_subjects, p_connections) then
    return false;
  end if;
  perform tideline.set_seats(
    p_lease, p_seat_channels, p_seat_connections, p_seat_subjects, p_seat_infos, p_taken);
  return true;
end $$;

-- What one node does for all: forgets old changes, and removes up to p_rows seats of a lease that keep_presence
-- has ended for good. True if there may be more to do.
create function tideline.keep_seats(p_rows int) returns boolean
language plpgsql as $$
declare
  v_dead        bigint;
  v_channels    text[];
  v_connections text[];
begin
  perform set_config('synchronous_commit', 'off', true);
  if not pg_try_advisory_xact_lock(hashtextextended('tideline.presence', 0)) then
    return false;
  end if;
  with old as (
    delete from tideline.seat_change c where c.at < clock_timestamp() - interval '1 minute' returning c.version)
  update tideline.presence_state s
  set seats_pruned_through = greatest(s.seats_pruned_through, o.version)
  from (select max(version) as version from old) o where o.version is not null;
  -- From lease to lease by the index, however many seats each has.
  with recursive held (lease) as (
    select min(t.lease) from tideline.seat t
    union all
    select (select min(t.lease) from tideline.seat t where t.lease > h.lease) from held h
    where h.lease is not null
  )
  select h.lease into v_dead
  from held h left join tideline.node_lease l on l.id = h.lease
  where h.lease is not null and (l.id is null or l.until = '-infinity')
  order by h.lease limit 1;
  if v_dead is null then
    return false;
  end if;
  select array_agg(t.channel), array_agg(t.connection) into v_channels, v_connections
  from (select t.channel, t.connection from tideline.seat t where t.lease = v_dead limit p_rows) t;
  perform tideline.set_seats(
    v_dead, v_channels, v_connections,
    array_fill(''::text, array[cardinality(v_channels)]),
    array_fill(null::bytea, array[cardinality(v_channels)]),
    array_fill(false, array[cardinality(v_channels)]));
  return true;
end $$;
