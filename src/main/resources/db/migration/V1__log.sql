-- The log of all durable channels.
--
-- A channel is an append-only log. Its messages have the offsets 1, 2, 3 … without a hole, given out
-- under the lock of the channel's row in the transaction that stores them: so whoever sees an offset
-- can see all lower ones, and the order of offsets is the order of commits. (A sequence gives no such
-- promise: the lower number may commit later, and a reader that has passed it never looks back.)
--
-- What users may call or want to look at is explained by `comment on` as well; the other functions are
-- for Tideline's nodes alone.
--
-- Statements that nodes run again and again never join a channel, or a member, that they can look up:
-- a subquery, "lateral (... offset 0)" or "= any (array)" stays one look into an index for each, whatever
-- plan the session made while the tables were small (docs/adr/0019).
--
-- Error codes of our own: TL001 another server process answers than the one that the node has
-- checked; TL002 this server can't keep what it has confirmed; TL003 this server is a standby; TL422
-- an argument breaks a rule.

-- An epoch names one incarnation of the whole log. Offsets of different epochs don't compare: after a
-- failover that may have lost commits, the same offset may carry another message than the one that a
-- client has seen. The newest row counts.
create table tideline.log_epoch (
  id                int generated always as identity primary key,
  epoch             bigint not null check (epoch between 1 and (1::bigint << 48) - 1),
  system_identifier bigint not null,
  timeline          int not null,
  reason            text not null,
  started_at        timestamptz not null default clock_timestamp()
);
comment on table tideline.log_epoch is
  'The incarnations of the log; the newest row counts. Positions of an older epoch get a gap.';

-- The channels. Written by append_batch, purge and retain, under the row's lock.
--
-- A row is updated by every batch: room in the page keeps these updates HOT (no index is touched), and
-- for that no index may name a column that a batch changes.
create table tideline.channel (
  id              bigint generated always as identity primary key,
  name            text collate "C" not null unique,
  head            bigint not null default 0,
  first_retained  bigint not null default 1,
  purged_through  bigint not null default 0,
  last_time       timestamptz not null default '-infinity',
  check (head >= 0 and first_retained between 1 and head + 1 and purged_through < first_retained)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
comment on table tideline.channel is
  'One row a channel, never deleted: its newest offset (head) and the first that is still there.';

-- The publications. Written by append_batch, deleted by delete_hidden.
--
-- No foreign key to the channel: the only writer has just locked that row, and the check would lock it
-- once more per message.
create table tideline.message (
  channel_id   bigint not null,
  "offset"     bigint not null,
  time         timestamptz not null,
  type         text,
  sender       text,
  content_type text,
  headers      jsonb,
  payload      bytea not null,
  primary key (channel_id, "offset")
) with (toast_tuple_target = 4080, autovacuum_vacuum_scale_factor = 0.05);
-- Messages are short and read whole: compressing them would cost more time than it saves space, and
-- up to about half a page they stay in the row, where one access finds them.
alter table tideline.message alter column payload set storage external;
comment on table tideline.message is
  'The publications. Only those from the channel''s first_retained on count; older ones are being deleted.';
comment on column tideline.message.content_type is 'Null: JSON, checked when it was published.';

-- Idempotency keys, kept for the whole window whatever is pruned or purged. The digest tells a repeated
-- publish from another one under the same key.
create table tideline.idempotency_key (
  channel_id bigint not null,
  key        text collate "C" not null,
  digest     bytea not null,
  "offset"   bigint not null,
  time       timestamptz not null,
  used_at    timestamptz not null,
  primary key (channel_id, key)
) with (autovacuum_vacuum_scale_factor = 0.05);
-- By it the expired ones are found. It grows at its right end alone, so it costs a publish little. (A
-- BRIN index would cost less, but its ranges never shrink, and as space is reused they come to span
-- everything.)
create index idempotency_key_used_at on tideline.idempotency_key (used_at);

-- What changed, one row per batch, purge or retention step, kept for ten minutes. By it nodes find what the
-- backplane lost, and a node finds out what became of a batch when the answer to its commit got lost.
create table tideline.journal (
  batch_id   uuid primary key default gen_random_uuid(),
  node       text not null,
  xid        xid8 not null default pg_current_xact_id(),
  at         timestamptz not null default clock_timestamp(),
  -- The channels that changed, and where they stand since.
  channels   text[] not null,
  heads      bigint[] not null,
  firsts     bigint[] not null,
  purged     bigint[] not null,
  -- The answer to the batch. Where every message got a new offset, these follow from what each
  -- channel's head was before (bases) and the rest is null.
  epoch      bigint,
  bases      bigint[],
  times      timestamptz[],
  statuses   smallint[],
  offsets    bigint[],
  item_times timestamptz[]
) with (autovacuum_vacuum_scale_factor = 0.05);
create index journal_xid on tideline.journal (xid);
comment on table tideline.journal is
  'What changed in the last ten minutes; node is empty where no node has been told by the answer itself.';

-- Moments in the journal's life, written by trim_journal: rows that a snapshot of ten minutes ago could see
-- are deleted. By snapshots and not by their time, since a row may become visible long after it was written
-- (a commit waits for its synchronous standby), and every reader must have had ten minutes to see it.
create table tideline.journal_mark (
  id       bigint generated always as identity primary key,
  at       timestamptz not null default clock_timestamp(),
  snapshot pg_snapshot not null default pg_current_snapshot(),
  applied  boolean not null default false
);

-- The epoch, for a node that has checked this very server process (see open_log). Every statement of a
-- node passes here, so none runs unnoticed on a server that took over since.
create function tideline.current_epoch(p_instance timestamptz) returns bigint
language plpgsql stable as $$
begin
  if p_instance is distinct from pg_postmaster_start_time() then
    raise exception 'another server process answers than the one that was checked'
      using errcode = 'TL001';
  end if;
  return (select e.epoch from tideline.log_epoch e order by e.id desc limit 1);
end $$;

-- Begins a new epoch with a random number of 48 bits. Called by open_log, and by hand after a restore.
create function tideline.new_epoch(p_reason text) returns bigint
language plpgsql as $$
declare
  v_epoch bigint :=
    greatest(1, ('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint);
begin
  insert into tideline.log_epoch (epoch, system_identifier, timeline, reason)
  select v_epoch, s.system_identifier, tideline.current_timeline(), p_reason
  from pg_control_system() s;
  return v_epoch;
end $$;
comment on function tideline.new_epoch(text) is
  'Begins a new epoch: call it after restoring the database from a snapshot, before nodes connect. Every client that comes back with a position is told that it may have lost something.';

-- The server's timeline. Not the control file's: after a promotion that one tells the old timeline until
-- the next checkpoint.
create function tideline.current_timeline() returns int
language sql as $$
  select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
$$;

-- Checks the server before a node trusts it, and begins a new epoch where commits may have been lost:
-- on another database cluster, on another timeline (unless failovers lose nothing here), or where the
-- channel of the node's last confirmed publish has a lower head than that.
create function tideline.open_log(p_lossless boolean, p_channel text, p_offset bigint)
returns table (epoch bigint, instance timestamptz)
language plpgsql as $$
declare
  v_system   bigint;
  v_timeline int;
  v_last     tideline.log_epoch;
  v_reason   text;
begin
  if pg_is_in_recovery() then
    raise exception 'this PostgreSQL is a standby: Tideline needs the primary' using errcode = 'TL003';
  end if;
  if current_setting('fsync') = 'off' then
    raise exception 'this PostgreSQL runs with fsync=off and loses confirmed messages when it crashes'
      using errcode = 'TL002', hint = 'Set fsync = on in postgresql.conf and reload.';
  end if;
  select s.system_identifier, tideline.current_timeline() into v_system, v_timeline
  from pg_control_system() s;
  for v_pass in 1..2 loop
    select e.* into v_last from tideline.log_epoch e order by e.id desc limit 1;
    v_reason := case
      when v_last.id is null then 'first start'
      when v_last.system_identifier <> v_system then 'another database cluster'
      when p_offset > coalesce((select c.head from tideline.channel c where c.name = p_channel), 0)
        then 'a confirmed message is missing'
      when v_last.timeline <> v_timeline then 'failover' end;
    exit when v_reason is null or v_pass = 2;
    -- Looked at once more under the lock: of the nodes that come at once, one begins the epoch.
    lock table tideline.log_epoch in share row exclusive mode;
  end loop;
  if v_reason = 'failover' and p_lossless then
    insert into tideline.log_epoch (epoch, system_identifier, timeline, reason)
    values (v_last.epoch, v_system, v_timeline, 'failover without loss');
  elsif v_reason is not null then
    perform tideline.new_epoch(v_reason);
  end if;
  return query
    select e.epoch, pg_postmaster_start_time() from tideline.log_epoch e order by e.id desc limit 1;
end $$;

-- Stores a batch of messages in one transaction and one round trip.
--
-- A function and not one big statement, since under READ COMMITTED a statement sees what was committed
-- when it began: keys that were stored while it waited for the lock would escape it. Here the locks
-- are taken first, and the statements after them see everything.
--
-- p_channels are the batch's channels, each once, in the order of their names (collation "C"): all
-- lock in this order, so no two batches can wait for each other. p_channel and p_nth name, for each
-- message, its channel's place in there and its own place among the batch's messages of that channel,
-- both from 1. Arrays of optional things may be null as a whole.
--
-- Statuses: 0 stored, 1 stored before under the same key, 2 key used for something else, 3 the head is
-- not where the message wants it (offsets has where it is), 4 withdrawn.
create function tideline.append_batch(
  p_batch uuid, p_node text, p_instance timestamptz, p_atomic boolean, p_key_window interval,
  p_channels text[], p_channel int[], p_nth int[],
  p_types text[], p_senders text[], p_content_types text[], p_headers text[], p_payloads bytea[],
  p_keys text[], p_digests bytea[], p_match_epochs bigint[], p_match_offsets bigint[])
returns table (
  epoch bigint, bases bigint[], times timestamptz[],
  statuses smallint[], offsets bigint[], item_times timestamptz[])
language plpgsql
-- The kept plan is the right one, as everything here is found by an index. Without this setting the
-- planner makes a plan for each batch anew, for a third of the batch's time.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_epoch    bigint := tideline.current_epoch(p_instance);
  v_now      timestamptz;
  v_ids      bigint[];
  v_bases    bigint[];
  v_heads    bigint[];
  v_firsts   bigint[];
  v_purged   bigint[];
  v_times    timestamptz[];
  v_statuses smallint[];
  v_offsets  bigint[];
  v_item_times timestamptz[];
begin
  perform tideline.demand_durable_commit();

  insert into tideline.channel (name)
  select n.name from unnest(p_channels) n (name)
  where (select c.id from tideline.channel c where c.name = n.name) is null
  order by n.name collate "C"
  on conflict (name) do nothing;

  select array_agg(l.id), array_agg(l.head), array_agg(l.first_retained),
         array_agg(l.purged_through), array_agg(l.last_time)
  into v_ids, v_bases, v_firsts, v_purged, v_times
  from (
    select c.* from tideline.channel c
    where c.name = any (p_channels) order by c.name collate "C" for update) l;
  if cardinality(v_ids) is distinct from cardinality(p_channels) then
    raise exception 'channels must be distinct' using errcode = 'TL422';
  end if;

  v_now := clock_timestamp();
  v_times := array(select greatest(v_now, t.t) from unnest(v_times) with ordinality t (t, n) order by t.n);
  v_heads := v_bases;

  if p_keys is null and p_match_offsets is null then
    insert into tideline.message
      (channel_id, "offset", time, type, sender, content_type, headers, payload)
    select v_ids[i.ch], v_bases[i.ch] + i.nth, v_times[i.ch],
           i.type, i.sender, i.content_type, i.headers::jsonb, i.payload
    from unnest(p_channel, p_nth, p_types, p_senders, p_content_types, p_headers, p_payloads)
      i (ch, nth, type, sender, content_type, headers, payload);
    v_heads := array(
      select v_bases[i.ch] + max(i.nth) from unnest(p_channel, p_nth) i (ch, nth)
      group by i.ch order by i.ch);
  else
    if p_match_offsets is null then
      select j.statuses, j.offsets, j.times into v_statuses, v_offsets, v_item_times
      from tideline.judge_by_key(
        v_now - p_key_window, v_ids, v_bases, v_times, p_channel, p_keys, p_digests) j;
    else
      select j.statuses, j.offsets, j.times into v_statuses, v_offsets, v_item_times
      from tideline.judge_in_order(
        v_epoch, v_now - p_key_window, v_ids, v_bases, v_times,
        p_channel, p_keys, p_digests, p_match_epochs, p_match_offsets) j;
    end if;
    if p_atomic and (2 = any (v_statuses) or 3 = any (v_statuses)) then
      return query
        select v_epoch, null::bigint[], null::timestamptz[],
               array_agg(case when i.status in (2, 3) then i.status else 4::smallint end order by i.n),
               array_agg(v_bases[i.ch] order by i.n), null::timestamptz[]
        from unnest(v_statuses, p_channel) with ordinality i (status, ch, n);
      return;
    end if;
    insert into tideline.message
      (channel_id, "offset", time, type, sender, content_type, headers, payload)
    select v_ids[i.ch], i.place, v_times[i.ch],
           i.type, i.sender, i.content_type, i.headers::jsonb, i.payload
    from unnest(p_channel, v_statuses, v_offsets, p_types, p_senders, p_content_types, p_headers, p_payloads)
      i (ch, status, place, type, sender, content_type, headers, payload)
    where i.status = 0;
    -- A conflict is a key whose window has passed and that hasn't been deleted yet.
    insert into tideline.idempotency_key (channel_id, key, digest, "offset", time, used_at)
    select v_ids[i.ch], i.key, i.digest, i.place, v_times[i.ch], v_now
    from unnest(p_channel, v_statuses, v_offsets, p_keys, p_digests) i (ch, status, place, key, digest)
    where i.status = 0 and i.key is not null
    on conflict (channel_id, key) do update
      set digest = excluded.digest, "offset" = excluded."offset",
          time = excluded.time, used_at = excluded.used_at;
    v_heads := array(
      select greatest(v_bases[i.ch], max(i.place) filter (where i.status = 0))
      from unnest(p_channel, v_statuses, v_offsets) i (ch, status, place)
      group by i.ch order by i.ch);
  end if;

  update tideline.channel c
  set head = v_heads[array_position(v_ids, c.id)], last_time = v_times[array_position(v_ids, c.id)]
  where c.id = any (v_ids) and v_heads[array_position(v_ids, c.id)] > c.head;
  if found then
    insert into tideline.journal
      (batch_id, node, channels, heads, firsts, purged, epoch, bases, times, statuses, offsets, item_times)
    select p_batch, p_node, array_agg(n.name order by n.i), array_agg(n.head order by n.i),
           array_agg(n.first order by n.i), array_agg(n.purged order by n.i), v_epoch,
           case when v_statuses is null then v_bases end, case when v_statuses is null then v_times end,
           v_statuses, v_offsets, v_item_times
    from unnest(p_channels, v_bases, v_heads, v_firsts, v_purged)
      with ordinality n (name, base, head, first, purged, i)
    where n.head > n.base;
  end if;

  return query select v_epoch, v_bases, v_times, v_statuses, v_offsets, v_item_times;
end $$;

-- What is confirmed must survive a crash, even where the database's default says otherwise; and a lock
-- that isn't to be had must not hold up everything behind it: then nothing was stored, and the node
-- tries again. Both for this transaction only.
create function tideline.demand_durable_commit() returns void
language plpgsql as $$
begin
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  perform set_config('lock_timeout', '2s', true);
end $$;

-- Keys without conditions: the first message of a key is stored unless the key was used before, the
-- others are judged by the first.
create function tideline.judge_by_key(
  p_since timestamptz, p_ids bigint[], p_bases bigint[], p_times timestamptz[],
  p_channel int[], p_keys text[], p_digests bytea[])
returns table (statuses smallint[], offsets bigint[], times timestamptz[])
language plpgsql stable
set enable_seqscan = off
as $$
begin
  return query
  with item as (
    select i.n, i.ch, i.key, i.digest,
           first_value(i.n) over same as first_n,
           first_value(i.digest) over same as first_digest,
           -- A subquery and not a join: one look into the index each, whatever the planner believes.
           (select k from tideline.idempotency_key k
            where k.channel_id = p_ids[i.ch] and k.key = i.key and k.used_at > p_since) as used
    from unnest(p_channel, p_keys, p_digests) with ordinality i (ch, key, digest, n)
    window same as (partition by i.ch, i.key, case when i.key is null then i.n end order by i.n)
  ), judged as (
    select j.*,
           case
             when j.key is null then 0
             when (j.used).digest is not null then case when (j.used).digest = j.digest then 1 else 2 end
             when j.first_n = j.n then 0
             when j.first_digest = j.digest then 1
             else 2
           end as status
    from item j
  ), numbered as (
    select j.*, p_bases[j.ch] + sum((j.status = 0)::int) over (partition by j.ch order by j.n) as place
    from judged j
  ), placed as (
    select n.*, first_value(n.place) over (
             partition by n.ch, n.key, case when n.key is null then n.n end order by n.n) as first_place
    from numbered n
  )
  select array_agg(p.status::smallint order by p.n),
         array_agg(case p.status
                     when 0 then p.place
                     when 1 then coalesce((p.used)."offset", p.first_place) end order by p.n),
         array_agg(coalesce((p.used).time, p_times[p.ch]) order by p.n)
  from placed p;
end $$;

-- Conditions: whether one holds depends on what became of the messages before it, so these are judged
-- one after the other. Keys come first: a repeated publish is answered as the first one was, although
-- the head has moved since (by that very publish).
create function tideline.judge_in_order(
  p_epoch bigint, p_since timestamptz, p_ids bigint[], p_bases bigint[], p_times timestamptz[],
  p_channel int[], p_keys text[], p_digests bytea[], p_match_epochs bigint[], p_match_offsets bigint[])
returns table (statuses smallint[], offsets bigint[], times timestamptz[])
language plpgsql stable
set enable_seqscan = off
as $$
declare
  v_heads bigint[] := p_bases;
  -- The message before with the same key, and the one that holds the key now, by their places.
  v_before int[];
  v_holder int[] := array_fill(null::int, array[cardinality(p_channel)]);
  v_holds  int;
  v_ch     int;
  v_used   tideline.idempotency_key;
begin
  statuses := array_fill(0::smallint, array[cardinality(p_channel)]);
  offsets := array_fill(null::bigint, array[cardinality(p_channel)]);
  times := array_fill(null::timestamptz, array[cardinality(p_channel)]);
  if p_keys is not null then
    v_before := array(
      select lag(i.n) over (partition by i.ch, i.key order by i.n)
      from unnest(p_channel, p_keys) with ordinality i (ch, key, n) order by i.n);
  end if;
  for n in 1 .. cardinality(p_channel) loop
    v_ch := p_channel[n];
    v_used := null;
    v_holds := null;
    if p_keys[n] is not null then
      v_holds := v_holder[v_before[n]];
      v_holder[n] := v_holds;
      if v_holds is null then
        select k.* into v_used from tideline.idempotency_key k
        where k.channel_id = p_ids[v_ch] and k.key = p_keys[n] and k.used_at > p_since;
      end if;
    end if;
    if v_holds is not null then
      statuses[n] := case when p_digests[v_holds] = p_digests[n] then 1 else 2 end;
      offsets[n] := offsets[v_holds];
      times[n] := times[v_holds];
    elsif v_used.digest is not null then
      statuses[n] := case when v_used.digest = p_digests[n] then 1 else 2 end;
      offsets[n] := v_used."offset";
      times[n] := v_used.time;
    elsif p_match_offsets[n] is not null
        and (p_match_offsets[n] <> v_heads[v_ch] or p_match_epochs[n] <> p_epoch) then
      statuses[n] := 3;
      offsets[n] := v_heads[v_ch];
    else
      v_heads[v_ch] := v_heads[v_ch] + 1;
      offsets[n] := v_heads[v_ch];
      times[n] := p_times[v_ch];
      if p_keys[n] is not null then
        v_holder[n] := n;
      end if;
    end if;
  end loop;
  return next;
end $$;

-- The first retained offset whose time is at or after p_time, or head + 1: times never fall along a
-- channel, so halving finds it in a few looks into the primary key.
create function tideline.offset_since(p_channel_id bigint, p_first bigint, p_head bigint, p_time timestamptz)
returns bigint
language plpgsql stable as $$
declare
  v_low  bigint := p_first;
  v_high bigint := p_head + 1;
  v_mid  bigint;
begin
  while v_low < v_high loop
    v_mid := v_low + (v_high - v_low) / 2;
    if (select m.time >= p_time from tideline.message m
        where m.channel_id = p_channel_id and m."offset" = v_mid) then
      v_high := v_mid;
    else
      v_low := v_mid + 1;
    end if;
  end loop;
  return v_low;
end $$;

-- Hides everything up to p_through from readers; the rows are deleted in the background.
create function tideline.purge(p_instance timestamptz, p_channel text, p_through bigint)
returns table (epoch bigint, head bigint, first_retained bigint, purged_through bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  v_epoch bigint := tideline.current_epoch(p_instance);
begin
  perform tideline.demand_durable_commit();
  with changed as (
    update tideline.channel c
    set first_retained = least(p_through, c.head) + 1, purged_through = least(p_through, c.head)
    where c.name = p_channel and c.first_retained <= least(p_through, c.head)
    returning c.*)
  insert into tideline.journal (node, channels, heads, firsts, purged)
  select '', array[c.name], array[c.head], array[c.first_retained], array[c.purged_through]
  from changed c;
  return query
    select v_epoch, c.head, c.first_retained, c.purged_through
    from tideline.channel c where c.name = p_channel;
end $$;

-- What became of a batch whose answer got lost: its journal row, or nothing, and then it can't commit
-- any more, since this row stands where its own would go. If the batch is just committing, this waits.
create function tideline.fence(p_batch uuid) returns setof tideline.journal
language plpgsql as $$
begin
  perform tideline.demand_durable_commit();
  insert into tideline.journal (batch_id, node, channels, heads, firsts, purged)
  values (p_batch, '', '{}', '{}', '{}', '{}')
  on conflict (batch_id) do nothing;
  return query select j.* from tideline.journal j where j.batch_id = p_batch and j.channels <> '{}';
end $$;

-- What changed between the snapshot p_since (null: nothing is asked for) and this statement's: rows of
-- transactions that were running then or hadn't begun. Exact, however long other transactions run. One
-- row per channel; one with a null name if nothing changed.
create function tideline.changes_since(
  p_instance timestamptz, p_node text, p_since pg_snapshot, p_channels_max int)
returns table (
  epoch bigint, snapshot text, newest_mark bigint, applied_mark bigint,
  name text, head bigint, first_retained bigint, purged_through bigint)
language sql stable
begin atomic
  with epoch as materialized (
    select tideline.current_epoch(p_instance) as epoch
  ), news as (
    select j.channels, j.heads, j.firsts, j.purged from tideline.journal j
    where j.xid >= pg_snapshot_xmax(p_since) and j.node <> p_node
    union all
    select j.channels, j.heads, j.firsts, j.purged
    from pg_snapshot_xip(p_since) running (xid) join tideline.journal j on j.xid = running.xid
    where j.node <> p_node
  ), changed as (
    select c.name, max(c.head) as head, max(c.first) as first, max(c.purged) as purged
    from news, unnest(news.channels, news.heads, news.firsts, news.purged)
      c (name, head, first, purged)
    group by c.name limit p_channels_max
  )
  select e.epoch, pg_current_snapshot()::text,
         coalesce((select max(m.id) from tideline.journal_mark m), 0),
         coalesce((select max(m.id) from tideline.journal_mark m where m.applied), 0),
         c.name, c.head, c.first, c.purged
  from epoch e left join changed c on true;
end;
