-- Which nodes live, and who is in which channel.
--
-- All of it is worth only as long as nodes renew it, so its tables are unlogged: a crash of the server,
-- or a failover, empties them together, and each node takes a new lease and writes its members anew.

-- Numbers are never used again, also after a crash: sequences are logged.
create sequence tideline.node_lease_id;

-- The leases of nodes, each written by its own node. A lease that has run out lives on if it is renewed
-- before the others have removed its members: they end it for good, at '-infinity', and its node takes a
-- new one.
create unlogged table tideline.node_lease (
  id           bigint primary key,
  node         text not null,
  until        timestamptz not null,
  renewed_at   timestamptz not null default clock_timestamp(),
  -- Since when the renewals came without a longer break.
  steady_since timestamptz not null default clock_timestamp(),
  is_leaving   boolean not null default false,
  -- The number of the newest write of members: one that was overtaken is of no use any more.
  written      bigint not null default 0,
  -- What the node says of itself, for the list of nodes; written with each renewal.
  info         jsonb
);
comment on table tideline.node_lease is
  'The nodes that live, each by the lease that it renews; who is present through a node is so until its lease ends.';

-- Members by subject, written by set_members; the empty subject is for all connections without a name. So a
-- row is written when the first connection comes and when the last one has gone, and none for those in
-- between.
create unlogged table tideline.member (
  channel     text collate "C" not null,
  subject     text collate "C" not null,
  lease       bigint not null,
  connections int not null check (connections > 0),
  since       timestamptz not null default clock_timestamp(),
  primary key (channel, subject, lease)
);
create index member_lease on tideline.member (lease);
comment on table tideline.member is
  'Who is in which channel, through which node, by how many connections. Empty after a crash until the nodes have written it anew.';

create sequence tideline.presence_version;

-- The counts of each channel, written by set_members. The version is that of its newest change, previous that
-- of the one before: so a node that follows the changes knows whether it has missed one.
create unlogged table tideline.presence (
  channel     text collate "C" primary key,
  version     bigint not null,
  previous    bigint not null,
  members     bigint not null,
  anonymous   bigint not null,
  connections bigint not null
);
create index presence_vacant on tideline.presence (version) where connections = 0;

-- Who joined and left, for a minute. Versions are given out under one lock, so their order is that of
-- the commits, and a node that reads on from the last one misses none.
create unlogged table tideline.presence_change (
  version   bigint not null,
  channel   text collate "C" not null,
  previous  bigint not null,
  joined    text[] not null,
  gone      text[] not null,
  members   bigint not null,
  anonymous bigint not null,
  at        timestamptz not null default clock_timestamp(),
  primary key (version, channel)
);
create index presence_change_at on tideline.presence_change (at);

-- One row. Since when these tables are what they are: after a crash the row is missing, and made anew.
create unlogged table tideline.presence_state (
  id             boolean primary key default true check (id),
  since          timestamptz not null,
  pruned_through bigint not null default 0
);
insert into tideline.presence_state (since) values ('-infinity');

-- Waits for the lock under which members are written; held until the transaction ends.
create function tideline.lock_presence() returns void language sql as $$
  select pg_advisory_xact_lock(hashtextextended('tideline.presence', 0))
$$;

-- Removes leases that ended before this and have no members. The caller has the lock: so none goes while its
-- node may be writing its first members.
create function tideline.forget_leases(p_before timestamptz) returns void language sql as $$
  delete from tideline.node_lease l
  where l.until < p_before and not exists (select from tideline.member m where m.lease = l.id)
$$;

-- After a crash, notes that the tables of presence are new. Numbers that were given out may be forgotten
-- then, by a standby too: those that follow are greater than any before.
create function tideline.begin_presence() returns void
language plpgsql as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  insert into tideline.presence_state (since) values (v_now) on conflict do nothing;
  if found then
    perform setval(s, greatest(nextval(s), (extract(epoch from v_now) * 1000000)::bigint))
    from unnest(array['tideline.node_lease_id', 'tideline.presence_version']::regclass[]) s;
    update tideline.presence_state set pruned_through = (select last_value from tideline.presence_version);
  end if;
end $$;

-- Renews the lease, or takes a new one if it has been ended, or is 0; others is how many other nodes live,
-- had_ended whether this one had run out: others counted it as gone meanwhile.
create function tideline.renew_lease(p_lease bigint, p_node text, p_term interval)
returns table (lease bigint, others bigint, had_ended boolean)
language plpgsql as $$
declare
  v_now       timestamptz := clock_timestamp();
  v_lease     bigint := p_lease;
  v_had_ended boolean;
begin
  select l.until <= v_now into v_had_ended from tideline.node_lease l
  where l.id = p_lease and l.node = p_node and l.until > '-infinity' and not l.is_leaving
  for update;
  if found then
    perform set_config('synchronous_commit', 'off', true);
    update tideline.node_lease l
    set until = v_now + p_term, renewed_at = v_now,
        steady_since = case when v_now - l.renewed_at > p_term / 2 then v_now else l.steady_since end
    where l.id = p_lease;
  else
    perform tideline.begin_presence();
    v_lease := nextval('tideline.node_lease_id');
    v_had_ended := p_lease <> 0;
    insert into tideline.node_lease (id, node, until) values (v_lease, p_node, v_now + p_term);
    -- Where no namespace has presence nobody else does.
    if pg_try_advisory_xact_lock(hashtextextended('tideline.presence', 0)) then
      perform tideline.forget_leases(v_now - interval '1 hour');
    end if;
  end if;
  return query
    select v_lease, count(distinct l.node), v_had_ended from tideline.node_lease l
    where l.node <> p_node and l.until > v_now and not l.is_leaving;
end $$;

-- Renews the lease, or takes a new one, as renew_lease does, and stores what the node says of itself.
create function tideline.renew_node(p_lease bigint, p_node text, p_term interval, p_info jsonb)
returns table (lease bigint, others bigint, had_ended boolean)
language plpgsql as $$
begin
  select r.lease, r.others, r.had_ended into lease, others, had_ended
  from tideline.renew_lease(p_lease, p_node, p_term) r;
  update tideline.node_lease l set info = p_info where l.id = renew_node.lease;
  return next;
end $$;

-- Notes that the node goes. Its members stay for p_grace, so that clients which connect to another node
-- meanwhile were never away.
create function tideline.leave_lease(p_lease bigint, p_grace interval) returns void
language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  update tideline.node_lease l
  set is_leaving = true, until = least(l.until, clock_timestamp() + p_grace)
  where l.id = p_lease;
end $$;

-- Sets how many connections each of these members has through this lease, and tells what that changes.
-- The caller has the lock.
create function tideline.set_members(
  p_lease bigint, p_channels text[], p_subjects text[], p_connections int[])
returns void
language plpgsql as $$
declare
  v_version bigint := nextval('tideline.presence_version');
begin
  with wanted as materialized (
    select w.channel, w.subject, w.connections, coalesce(m.connections, 0) as before,
           (select o.lease from tideline.member o
            where o.channel = w.channel and o.subject = w.subject and o.lease <> p_lease
            limit 1) is not null as elsewhere
    from unnest(p_channels, p_subjects, p_connections) w (channel, subject, connections)
    left join lateral (
      select * from tideline.member m
      where m.channel = w.channel and m.subject = w.subject and m.lease = p_lease offset 0) m on true
  ), written as (
    insert into tideline.member as m (channel, subject, lease, connections)
    select w.channel, w.subject, p_lease, w.connections from wanted w where w.connections > 0
    on conflict (channel, subject, lease) do update set connections = excluded.connections
  ), deleted as (
    delete from tideline.member m
    where m.ctid = any (array(
      select g.ctid from wanted w cross join lateral (
        select m.ctid from tideline.member m
        where m.channel = w.channel and m.subject = w.subject and m.lease = p_lease offset 0) g
      where w.connections = 0))
  ), moved as (
    select w.channel,
      coalesce(array_agg(w.subject order by w.subject) filter (
        where w.subject <> '' and w.connections > 0 and w.before = 0 and not w.elsewhere), '{}') as joined,
      coalesce(array_agg(w.subject order by w.subject) filter (
        where w.subject <> '' and w.connections = 0 and w.before > 0 and not w.elsewhere), '{}') as gone,
      coalesce(sum(w.connections - w.before) filter (where w.subject = ''), 0) as anonymous,
      sum(w.connections - w.before) as connections
    from wanted w where w.connections <> w.before group by w.channel
  ), counted as (
    insert into tideline.presence as p (channel, version, previous, members, anonymous, connections)
    select v.channel, v_version, 0, cardinality(v.joined) - cardinality(v.gone), v.anonymous, v.connections
    from moved v
    on conflict (channel) do update
    set version = excluded.version,
        previous = p.version,
        members = p.members + excluded.members,
        anonymous = p.anonymous + excluded.anonymous,
        connections = p.connections + excluded.connections
    returning p.*
  )
  insert into tideline.presence_change (version, channel, previous, joined, gone, members, anonymous)
  select c.version, c.channel, c.previous, v.joined, v.gone, c.members, c.anonymous
  from counted c join moved v using (channel);
end $$;

-- As set_members, for a node that holds its lease; false, and nothing done, if it has run out, or if this
-- write was overtaken by one with a greater number: a caller that no longer waits can't undo what it did
-- later.
create function tideline.write_members(
  p_lease bigint, p_number bigint, p_channels text[], p_subjects text[], p_connections int[])
returns boolean
language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  perform set_config('lock_timeout', '2s', true);
  perform tideline.lock_presence();
  update tideline.node_lease l
  set written = p_number
  where l.id = p_lease and l.until > clock_timestamp() and not l.is_leaving and l.written < p_number;
  if not found then
    return false;
  end if;
  perform tideline.set_members(p_lease, p_channels, p_subjects, p_connections);
  return true;
end $$;

-- What one node does for all: forgets old changes, and removes up to p_rows members whose node's lease has
-- ended, or is no longer known. True if there may be more to do. Only who has itself renewed its lease for
-- a term without a break removes anyone: after an outage all leases have ended, and nobody is gone.
create function tideline.keep_presence(p_lease bigint, p_term interval, p_rows int) returns boolean
language plpgsql as $$
declare
  v_now      timestamptz;
  v_dead     bigint;
  v_is_known boolean;
  v_channels text[];
  v_subjects text[];
begin
  perform set_config('synchronous_commit', 'off', true);
  if not pg_try_advisory_xact_lock(hashtextextended('tideline.presence', 0)) then
    return false;
  end if;
  v_now := clock_timestamp();
  with old as (
    delete from tideline.presence_change c where c.at < v_now - interval '1 minute' returning c.version)
  update tideline.presence_state s
  set pruned_through = greatest(s.pruned_through, o.version)
  from (select max(version) as version from old) o where o.version is not null;
  delete from tideline.presence p
  using tideline.presence_state s where p.connections = 0 and p.version <= s.pruned_through;
  if not exists (
    select from tideline.node_lease l
    where l.id = p_lease and l.until > v_now and l.steady_since <= v_now - p_term) then
    return false;
  end if;
  -- From lease to lease by the index, however many members each has.
  with recursive held (lease) as (
    select min(m.lease) from tideline.member m
    union all
    select (select min(m.lease) from tideline.member m where m.lease > h.lease) from held h
    where h.lease is not null
  )
  select h.lease, l.id is not null into v_dead, v_is_known
  from held h left join tideline.node_lease l on l.id = h.lease
  where h.lease is not null and (l.id is null or l.until < v_now)
  order by h.lease limit 1;
  if v_dead is null then
    perform tideline.forget_leases(v_now);
    return false;
  end if;
  -- For good: it could be renewed, with half of its members gone. And not if it just was.
  update tideline.node_lease l set until = '-infinity' where l.id = v_dead and l.until < v_now;
  if v_is_known and not found then
    return true;
  end if;
  select array_agg(m.channel), array_agg(m.subject) into v_channels, v_subjects
  from (select m.channel, m.subject from tideline.member m where m.lease = v_dead
        order by m.channel, m.subject limit p_rows) m;
  perform tideline.set_members(
    v_dead, v_channels, v_subjects, array_fill(0, array[cardinality(v_channels)]));
  perform tideline.forget_leases(v_now);
  return true;
end $$;
