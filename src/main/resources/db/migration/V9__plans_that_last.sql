-- A session keeps its plans. One made (and, after an ANALYZE, made anew) while there were few channels
-- joined what it was given with all channels there are, by an index from end to end: fine with ten of
-- them, and with 2,000 a batch took ten times as long as it must, until the next ANALYZE. So nothing here joins
-- a channel, or a member, any more that it can look up; whatever the planner believes, that is one look
-- into an index for each. (Sequential scans are off in the sessions of the nodes: see ConnectionLimits.)

create or replace function tideline.append_batch(
  p_batch uuid, p_node text, p_instance timestamptz, p_atomic boolean, p_key_window interval,
  p_channels text[], p_channel int[], p_nth int[],
  p_types text[], p_senders text[], p_content_types text[], p_headers text[], p_payloads bytea[],
  p_keys text[], p_digests bytea[], p_match_epochs bigint[], p_match_offsets bigint[])
returns table (
  epoch bigint, bases bigint[], times timestamptz[],
  statuses smallint[], offsets bigint[], item_times timestamptz[])
language plpgsql
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

create or replace function tideline.move_outbox(
  p_instance timestamptz, p_key_window interval, p_rows int, p_bytes bigint)
returns table (
  status smallint, channel text, epoch bigint, head bigint, first_retained bigint, purged_through bigint,
  "offset" bigint, "time" timestamptz, type text, content_type text, headers jsonb, payload bytea)
language plpgsql as $$
#variable_conflict use_column
declare
  v_ids      bigint[];
  v_rows     tideline.outbox[];
  v_channels text[];
  v_channel  int[];
  v_nth      int[];
  v_reply    record;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('tideline.outbox', 0)) then
    return;
  end if;

  select array_agg(n.id order by n.id), array_agg(n.row order by n.id),
         array_agg(n.ch order by n.id), array_agg(n.nth order by n.id)
  into v_ids, v_rows, v_channel, v_nth
  from (
    select b.id, b.row, dense_rank() over (order by b.channel collate "C") as ch,
           row_number() over (partition by b.channel order by b.id) as nth
    from (
      select o.id, o.channel, o as row,
             sum(octet_length(o.payload)) over (order by o.id) - octet_length(o.payload) as before
      from (select * from tideline.outbox order by id limit p_rows) o) b
    where b.before < p_bytes) n;
  if v_ids is null then
    return;
  end if;
  v_channels := array(
    select distinct r.channel collate "C" from unnest(v_rows) r order by 1);

  select a.* into v_reply
  from (
    select array_agg(r.type order by r.id) as types,
           array_agg(r.content_type order by r.id) as content_types,
           array_agg(r.headers::text order by r.id) as headers,
           array_agg(r.payload order by r.id) as payloads,
           case when bool_or(r.key is not null) then array_agg(r.key order by r.id) end as keys,
           case when bool_or(r.key is not null) then array_agg(r.digest order by r.id) end as digests
    from unnest(v_rows) r) i,
    tideline.append_batch(
      -- Written by nobody: so every node's sweep reports it, also the one's that moves it.
      gen_random_uuid(), '', p_instance, false, p_key_window, v_channels, v_channel, v_nth,
      i.types, null, i.content_types, i.headers, i.payloads, i.keys, i.digests, null, null) a;

  insert into tideline.outbox_refused
  select r.*, 'its key was used for another message' as reason
  from unnest(v_reply.statuses, v_rows) i (status, id, channel, payload, content_type, type, key, headers, digest, at),
    lateral (select i.id, i.channel, i.payload, i.content_type, i.type, i.key, i.headers, i.digest, i.at) r
  where i.status = 2;
  delete from tideline.outbox o where o.id = any (v_ids);

  return query
    select coalesce(s.status, 0::smallint), r.channel, v_reply.epoch, c.head, c.first_retained,
           c.purged_through, coalesce(s.place, v_reply.bases[n.ch] + n.nth),
           coalesce(s.time, v_reply.times[n.ch]), r.type, r.content_type, r.headers, r.payload
    from unnest(v_channel, v_nth) with ordinality n (ch, nth, i)
    join unnest(v_rows) with ordinality
      r (id, channel, payload, content_type, type, key, headers, digest, at, i) on r.i = n.i
    cross join lateral (select * from tideline.channel c where c.name = r.channel offset 0) c
    left join unnest(v_reply.statuses, v_reply.offsets, v_reply.item_times)
      with ordinality s (status, place, time, i) on s.i = n.i
    order by n.i;
end $$;

create or replace function tideline.retain(p_ids bigint[], p_firsts bigint[]) returns void
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

create or replace function tideline.set_members(
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
