--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: tideline; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA tideline;


ALTER SCHEMA tideline OWNER TO postgres;

--
-- Name: advance_bridge(text, text, text, text[], bigint[], bigint[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.advance_bridge(p_bridge text, p_duty text, p_node text, p_channels text[], p_epochs bigint[], p_offsets bigint[]) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.advance_bridge(p_bridge text, p_duty text, p_node text, p_channels text[], p_epochs bigint[], p_offsets bigint[]) OWNER TO postgres;

--
-- Name: append_batch(uuid, text, timestamp with time zone, boolean, interval, text[], integer[], integer[], text[], text[], text[], text[], bytea[], text[], bytea[], bigint[], bigint[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.append_batch(p_batch uuid, p_node text, p_instance timestamp with time zone, p_atomic boolean, p_key_window interval, p_channels text[], p_channel integer[], p_nth integer[], p_types text[], p_senders text[], p_content_types text[], p_headers text[], p_payloads bytea[], p_keys text[], p_digests bytea[], p_match_epochs bigint[], p_match_offsets bigint[]) RETURNS TABLE(epoch bigint, bases bigint[], times timestamp with time zone[], statuses smallint[], offsets bigint[], item_times timestamp with time zone[])
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
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


ALTER FUNCTION tideline.append_batch(p_batch uuid, p_node text, p_instance timestamp with time zone, p_atomic boolean, p_key_window interval, p_channels text[], p_channel integer[], p_nth integer[], p_types text[], p_senders text[], p_content_types text[], p_headers text[], p_payloads bytea[], p_keys text[], p_digests bytea[], p_match_epochs bigint[], p_match_offsets bigint[]) OWNER TO postgres;

--
-- Name: begin_bridge(timestamp with time zone, text, text[], boolean, text, integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.begin_bridge(p_instance timestamp with time zone, p_bridge text, p_patterns text[], p_earliest boolean, p_after text, p_channels integer) RETURNS text
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.begin_bridge(p_instance timestamp with time zone, p_bridge text, p_patterns text[], p_earliest boolean, p_after text, p_channels integer) OWNER TO postgres;

--
-- Name: begin_presence(); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.begin_presence() RETURNS void
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.begin_presence() OWNER TO postgres;

--
-- Name: current_epoch(timestamp with time zone); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.current_epoch(p_instance timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
begin
  if p_instance is distinct from pg_postmaster_start_time() then
    raise exception 'another server process answers than the one that was checked'
      using errcode = 'TL001';
  end if;
  return (select e.epoch from tideline.log_epoch e order by e.id desc limit 1);
end $$;


ALTER FUNCTION tideline.current_epoch(p_instance timestamp with time zone) OWNER TO postgres;

--
-- Name: prefixes(text[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.prefixes(p_patterns text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ARRAY( SELECT "left"(w.p, '-1'::integer) AS "left"
            FROM unnest(prefixes.p_patterns) w(p)
           WHERE ("right"(w.p, 1) = '*'::text)) AS "array";
END;


ALTER FUNCTION tideline.prefixes(p_patterns text[]) OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: bridge_cursor; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.bridge_cursor (
    bridge text NOT NULL,
    channel text NOT NULL COLLATE pg_catalog."C",
    epoch bigint NOT NULL,
    "offset" bigint NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05');


ALTER TABLE tideline.bridge_cursor OWNER TO postgres;

--
-- Name: TABLE bridge_cursor; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.bridge_cursor IS 'Of each channel the offset up to which a bridge''s receiver has confirmed everything.';


--
-- Name: channel; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.channel (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    head bigint DEFAULT 0 NOT NULL,
    first_retained bigint DEFAULT 1 NOT NULL,
    purged_through bigint DEFAULT 0 NOT NULL,
    last_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT channel_check CHECK (((head >= 0) AND ((first_retained >= 1) AND (first_retained <= (head + 1))) AND (purged_through < first_retained)))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');


ALTER TABLE tideline.channel OWNER TO postgres;

--
-- Name: TABLE channel; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.channel IS 'One row a channel, never deleted: its newest offset (head) and the first that is still there.';


--
-- Name: behind_bridge(timestamp with time zone, text, text[], text, integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.behind_bridge(p_instance timestamp with time zone, p_bridge text, p_patterns text[], p_after text, p_channels integer) RETURNS TABLE(last_name text, name text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH epoch AS MATERIALIZED (
          SELECT tideline.current_epoch(behind_bridge.p_instance) AS epoch
         ), looked AS MATERIALIZED (
          SELECT c.name,
             c.head
            FROM tideline.channel c
           WHERE (c.name > behind_bridge.p_after)
           ORDER BY c.name
          LIMIT behind_bridge.p_channels
         ), behind AS (
          SELECT l.name
            FROM ((epoch e_1
              CROSS JOIN looked l)
              LEFT JOIN tideline.bridge_cursor b_1 ON (((b_1.bridge = behind_bridge.p_bridge) AND (b_1.channel = l.name))))
           WHERE (((l.name ^@ ANY (( SELECT tideline.prefixes(behind_bridge.p_patterns) AS prefixes)::text[])) OR (l.name = ANY (behind_bridge.p_patterns))) AND ((COALESCE(b_1."offset", (0)::bigint) < l.head) OR (b_1.epoch <> e_1.epoch)))
         )
  SELECT ( SELECT
                 CASE
                     WHEN (count(*) = behind_bridge.p_channels) THEN max(l.name)
                     ELSE NULL::text
                 END AS "case"
            FROM looked l) AS "case",
     b.name
    FROM (epoch e
      LEFT JOIN behind b ON (true));
END;


ALTER FUNCTION tideline.behind_bridge(p_instance timestamp with time zone, p_bridge text, p_patterns text[], p_after text, p_channels integer) OWNER TO postgres;

--
-- Name: journal; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.journal (
    batch_id uuid DEFAULT gen_random_uuid() NOT NULL,
    node text NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    channels text[] NOT NULL,
    heads bigint[] NOT NULL,
    firsts bigint[] NOT NULL,
    purged bigint[] NOT NULL,
    epoch bigint,
    bases bigint[],
    times timestamp with time zone[],
    statuses smallint[],
    offsets bigint[],
    item_times timestamp with time zone[]
)
WITH (autovacuum_vacuum_scale_factor='0.05');


ALTER TABLE tideline.journal OWNER TO postgres;

--
-- Name: TABLE journal; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.journal IS 'What changed in the last ten minutes; node is empty where no node has been told by the answer itself.';


--
-- Name: journal_mark; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.journal_mark (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    snapshot pg_snapshot DEFAULT pg_current_snapshot() NOT NULL,
    applied boolean DEFAULT false NOT NULL
);


ALTER TABLE tideline.journal_mark OWNER TO postgres;

--
-- Name: changes_since(timestamp with time zone, text, pg_snapshot, integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.changes_since(p_instance timestamp with time zone, p_node text, p_since pg_snapshot, p_channels_max integer) RETURNS TABLE(epoch bigint, snapshot text, newest_mark bigint, applied_mark bigint, name text, head bigint, first_retained bigint, purged_through bigint)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH epoch AS MATERIALIZED (
          SELECT tideline.current_epoch(changes_since.p_instance) AS epoch
         ), news AS (
          SELECT j.channels,
             j.heads,
             j.firsts,
             j.purged
            FROM tideline.journal j
           WHERE ((j.xid >= pg_snapshot_xmax(changes_since.p_since)) AND (j.node <> changes_since.p_node))
         UNION ALL
          SELECT j.channels,
             j.heads,
             j.firsts,
             j.purged
            FROM (pg_snapshot_xip(changes_since.p_since) running(xid)
              JOIN tideline.journal j ON ((j.xid = running.xid)))
           WHERE (j.node <> changes_since.p_node)
         ), changed AS (
          SELECT c_1.name,
             max(c_1.head) AS head,
             max(c_1.first) AS first,
             max(c_1.purged) AS purged
            FROM news,
             LATERAL UNNEST(news.channels, news.heads, news.firsts, news.purged) c_1(name, head, first, purged)
           GROUP BY c_1.name
          LIMIT changes_since.p_channels_max
         )
  SELECT e.epoch,
     (pg_current_snapshot())::text AS pg_current_snapshot,
     COALESCE(( SELECT max(m.id) AS max
            FROM tideline.journal_mark m), (0)::bigint) AS "coalesce",
     COALESCE(( SELECT max(m.id) AS max
            FROM tideline.journal_mark m
           WHERE m.applied), (0)::bigint) AS "coalesce",
     c.name,
     c.head,
     c.first,
     c.purged
    FROM (epoch e
      LEFT JOIN changed c ON (true));
END;


ALTER FUNCTION tideline.changes_since(p_instance timestamp with time zone, p_node text, p_since pg_snapshot, p_channels_max integer) OWNER TO postgres;

--
-- Name: check_depth(jsonb); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.check_depth(p_payload jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
begin
  -- What stands at level 64 has 64 arrays and objects around it.
  if jsonb_path_exists(p_payload, 'strict $.**{64} ? (@.type() == "array" || @.type() == "object")') then
    perform tideline.refuse(
      'the payload is nested more than 64 levels deep', 'JSON is nested at most 64 levels.');
  end if;
end $_$;


ALTER FUNCTION tideline.check_depth(p_payload jsonb) OWNER TO postgres;

--
-- Name: check_headers(jsonb); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.check_headers(p_headers jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
declare
  v_bytes int := 0;
  v_name  text;
  v_value jsonb;
begin
  if p_headers is null then
    return;
  end if;
  if jsonb_typeof(p_headers) <> 'object' then
    perform tideline.refuse('headers are not an object', 'As in ''{"trace": "42"}''.');
  end if;
  for v_name, v_value in select h.key, h.value from jsonb_each(p_headers) h loop
    if v_name collate "C" !~ '^[a-z0-9_.:-]+$' or jsonb_typeof(v_value) <> 'string'
        or (v_value #>> '{}') collate "C" !~ '^[\t -~]*$' then
      perform tideline.refuse(
        'not a header: ' || quote_literal(left(v_name, 100)),
        'A header''s name has characters of a-z 0-9 _ . : -, its value is a string of printable ASCII without line breaks.');
    end if;
    v_bytes := v_bytes + length(v_name) + length(v_value #>> '{}');
  end loop;
  if v_bytes > 4096 then
    perform tideline.refuse(
      'the headers have ' || v_bytes || ' bytes', 'Headers may have 4096 bytes in all, names and values.');
  end if;
end $_$;


ALTER FUNCTION tideline.check_headers(p_headers jsonb) OWNER TO postgres;

--
-- Name: check_publication(text, bytea, text, text, text, jsonb); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.check_publication(p_channel text, p_payload bytea, p_content_type text, p_type text, p_key text, p_headers jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
  v_rules tideline.publish_rules;
begin
  select r.* into v_rules from tideline.publish_rules r;
  if p_channel is null or p_channel collate "C" !~ '^[A-Za-z0-9][A-Za-z0-9_.:@~-]{0,199}$' then
    perform tideline.refuse(
      'not a channel name: ' || coalesce(quote_literal(left(p_channel, 200)), 'null'),
      'A channel name has 1 to 200 characters of A-Z a-z 0-9 _ . : @ ~ - and begins with a letter or digit.');
  end if;
  if tideline.namespace_of(p_channel, v_rules.namespaces) = any (v_rules.ephemeral_namespaces) then
    perform tideline.refuse(
      'channel ' || p_channel || ' is ephemeral: it has no log to publish to from SQL',
      'Publish to it through the REST API, or use a channel of a durable namespace.');
  end if;
  if p_payload is null or octet_length(p_payload) > v_rules.payload_bytes_max then
    perform tideline.refuse(
      case when p_payload is null then 'the payload is null'
           else 'the payload has ' || octet_length(p_payload) || ' bytes' end,
      'A payload has at most ' || v_rules.payload_bytes_max || ' bytes (tideline.limits.message-bytes); an empty one is allowed, null is not.');
  end if;
  if length(p_content_type) > 200 or p_content_type collate "C" !~ '^[ -.0-~]+/[ -~]*$' then
    perform tideline.refuse(
      'not a content type: ' || quote_literal(left(p_content_type, 200)),
      'A content type has at most 200 printable ASCII characters, as in ''text/plain''.');
  end if;
  if p_content_type ~* '^application/json\s*(;|$)' then
    perform tideline.refuse('JSON has to be published as jsonb', 'Use tideline.publish.');
  end if;
  if p_type collate "C" !~ '^[A-Za-z0-9_.:-]{1,100}$' or p_type in ('open', 'error', 'message')
      or lower(p_type) like 'tideline.%' then
    perform tideline.refuse(
      'not a type: ' || quote_literal(left(p_type, 100)),
      'A type has 1 to 100 characters of A-Z a-z 0-9 _ . : - and is none of ''open'', ''error'', ''message'', ''tideline.*''.');
  end if;
  if p_key collate "C" !~ '^[ -~]{1,255}$' then
    perform tideline.refuse(
      'not an idempotency key', 'A key has 1 to 255 printable ASCII characters.');
  end if;
  perform tideline.check_headers(p_headers);
end $_$;


ALTER FUNCTION tideline.check_publication(p_channel text, p_payload bytea, p_content_type text, p_type text, p_key text, p_headers jsonb) OWNER TO postgres;

--
-- Name: current_timeline(); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.current_timeline() RETURNS integer
    LANGUAGE sql
    AS $$
  select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
$$;


ALTER FUNCTION tideline.current_timeline() OWNER TO postgres;

--
-- Name: delete_expired_keys(interval, integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.delete_expired_keys(p_window interval, p_rows integer) RETURNS bigint
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $$
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


ALTER FUNCTION tideline.delete_expired_keys(p_window interval, p_rows integer) OWNER TO postgres;

--
-- Name: delete_expired_revocations(integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.delete_expired_revocations(p_rows integer) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
declare
  v_rows bigint;
begin
  perform set_config('synchronous_commit', 'off', true);
  with expired as (
    select r.kind, r.value from tideline.revocation r
    where r.until < clock_timestamp() - interval '1 hour' order by r.until limit p_rows)
  delete from tideline.revocation r using expired e
  where r.kind = e.kind and r.value = e.value;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;


ALTER FUNCTION tideline.delete_expired_revocations(p_rows integer) OWNER TO postgres;

--
-- Name: delete_hidden(bigint[], integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.delete_hidden(p_ids bigint[], p_rows integer) RETURNS bigint
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $$
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


ALTER FUNCTION tideline.delete_hidden(p_ids bigint[], p_rows integer) OWNER TO postgres;

--
-- Name: demand_durable_commit(); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.demand_durable_commit() RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  perform set_config('lock_timeout', '2s', true);
end $$;


ALTER FUNCTION tideline.demand_durable_commit() OWNER TO postgres;

--
-- Name: digest(text, text, jsonb, bytea); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.digest(p_content_type text, p_type text, p_headers jsonb, p_payload bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$
  select substring(sha256(
    convert_to(coalesce(p_content_type, ''), 'UTF8') || '\x00'::bytea
    || convert_to(coalesce(p_type, ''), 'UTF8') || '\x00'::bytea
    || coalesce((
         select string_agg(
           convert_to(h.name, 'UTF8') || '\x00'::bytea || convert_to(h.value, 'UTF8') || '\x00'::bytea,
           ''::bytea order by h.name collate "C")
         from jsonb_each_text(p_headers) h (name, value)), ''::bytea)
    || '\x00'::bytea || p_payload) from 1 for 16)
$$;


ALTER FUNCTION tideline.digest(p_content_type text, p_type text, p_headers jsonb, p_payload bytea) OWNER TO postgres;

--
-- Name: duty; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.duty (
    name text NOT NULL,
    node text NOT NULL,
    until timestamp with time zone NOT NULL
);


ALTER TABLE tideline.duty OWNER TO postgres;

--
-- Name: drop_duty(text, text); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.drop_duty(p_name text, p_node text) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
 DELETE FROM tideline.duty d
   WHERE ((d.name = drop_duty.p_name) AND (d.node = drop_duty.p_node));
END;


ALTER FUNCTION tideline.drop_duty(p_name text, p_node text) OWNER TO postgres;

--
-- Name: fence(uuid); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.fence(p_batch uuid) RETURNS SETOF tideline.journal
    LANGUAGE plpgsql
    AS $$
begin
  perform tideline.demand_durable_commit();
  insert into tideline.journal (batch_id, node, channels, heads, firsts, purged)
  values (p_batch, '', '{}', '{}', '{}', '{}')
  on conflict (batch_id) do nothing;
  return query select j.* from tideline.journal j where j.batch_id = p_batch and j.channels <> '{}';
end $$;


ALTER FUNCTION tideline.fence(p_batch uuid) OWNER TO postgres;

--
-- Name: forget_leases(timestamp with time zone); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.forget_leases(p_before timestamp with time zone) RETURNS void
    LANGUAGE sql
    AS $$
  delete from tideline.node_lease l
  where l.until < p_before and not exists (select from tideline.member m where m.lease = l.id)
$$;


ALTER FUNCTION tideline.forget_leases(p_before timestamp with time zone) OWNER TO postgres;

--
-- Name: judge_by_key(timestamp with time zone, bigint[], bigint[], timestamp with time zone[], integer[], text[], bytea[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.judge_by_key(p_since timestamp with time zone, p_ids bigint[], p_bases bigint[], p_times timestamp with time zone[], p_channel integer[], p_keys text[], p_digests bytea[]) RETURNS TABLE(statuses smallint[], offsets bigint[], times timestamp with time zone[])
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    AS $$
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


ALTER FUNCTION tideline.judge_by_key(p_since timestamp with time zone, p_ids bigint[], p_bases bigint[], p_times timestamp with time zone[], p_channel integer[], p_keys text[], p_digests bytea[]) OWNER TO postgres;

--
-- Name: judge_in_order(bigint, timestamp with time zone, bigint[], bigint[], timestamp with time zone[], integer[], text[], bytea[], bigint[], bigint[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.judge_in_order(p_epoch bigint, p_since timestamp with time zone, p_ids bigint[], p_bases bigint[], p_times timestamp with time zone[], p_channel integer[], p_keys text[], p_digests bytea[], p_match_epochs bigint[], p_match_offsets bigint[]) RETURNS TABLE(statuses smallint[], offsets bigint[], times timestamp with time zone[])
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    AS $$
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


ALTER FUNCTION tideline.judge_in_order(p_epoch bigint, p_since timestamp with time zone, p_ids bigint[], p_bases bigint[], p_times timestamp with time zone[], p_channel integer[], p_keys text[], p_digests bytea[], p_match_epochs bigint[], p_match_offsets bigint[]) OWNER TO postgres;

--
-- Name: keep_presence(bigint, interval, integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.keep_presence(p_lease bigint, p_term interval, p_rows integer) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.keep_presence(p_lease bigint, p_term interval, p_rows integer) OWNER TO postgres;

--
-- Name: leave_lease(bigint, interval); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.leave_lease(p_lease bigint, p_grace interval) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  perform set_config('synchronous_commit', 'off', true);
  update tideline.node_lease l
  set is_leaving = true, until = least(l.until, clock_timestamp() + p_grace)
  where l.id = p_lease;
end $$;


ALTER FUNCTION tideline.leave_lease(p_lease bigint, p_grace interval) OWNER TO postgres;

--
-- Name: lock_presence(); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.lock_presence() RETURNS void
    LANGUAGE sql
    AS $$
  select pg_advisory_xact_lock(hashtextextended('tideline.presence', 0))
$$;


ALTER FUNCTION tideline.lock_presence() OWNER TO postgres;

--
-- Name: move_outbox(timestamp with time zone, interval, integer, bigint); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.move_outbox(p_instance timestamp with time zone, p_key_window interval, p_rows integer, p_bytes bigint) RETURNS TABLE(status smallint, channel text, epoch bigint, head bigint, first_retained bigint, purged_through bigint, "offset" bigint, "time" timestamp with time zone, type text, content_type text, headers jsonb, payload bytea)
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.move_outbox(p_instance timestamp with time zone, p_key_window interval, p_rows integer, p_bytes bigint) OWNER TO postgres;

--
-- Name: namespace_of(text, text[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.namespace_of(p_channel text, p_namespaces text[]) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
  select case when strpos(p_channel, ':') > 0 and split_part(p_channel, ':', 1) = any (p_namespaces)
              then split_part(p_channel, ':', 1) else 'default' end
$$;


ALTER FUNCTION tideline.namespace_of(p_channel text, p_namespaces text[]) OWNER TO postgres;

--
-- Name: new_epoch(text); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.new_epoch(p_reason text) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
declare
  v_epoch bigint :=
    greatest(1, ('x' || left(replace(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint);
begin
  insert into tideline.log_epoch (epoch, system_identifier, timeline, reason)
  select v_epoch, s.system_identifier, tideline.current_timeline(), p_reason
  from pg_control_system() s;
  return v_epoch;
end $$;


ALTER FUNCTION tideline.new_epoch(p_reason text) OWNER TO postgres;

--
-- Name: FUNCTION new_epoch(p_reason text); Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON FUNCTION tideline.new_epoch(p_reason text) IS 'Begins a new epoch: call it after restoring the database from a snapshot, before nodes connect. Every client that comes back with a position is told that it may have lost something.';


--
-- Name: offset_since(bigint, bigint, bigint, timestamp with time zone); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.offset_since(p_channel_id bigint, p_first bigint, p_head bigint, p_time timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
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


ALTER FUNCTION tideline.offset_since(p_channel_id bigint, p_first bigint, p_head bigint, p_time timestamp with time zone) OWNER TO postgres;

--
-- Name: open_log(boolean, text, bigint); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.open_log(p_lossless boolean, p_channel text, p_offset bigint) RETURNS TABLE(epoch bigint, instance timestamp with time zone)
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.open_log(p_lossless boolean, p_channel text, p_offset bigint) OWNER TO postgres;

--
-- Name: overdue(bigint, integer, text[], bigint[], bigint[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.overdue(p_after bigint, p_channels integer, p_namespaces text[], p_age_seconds bigint[], p_counts bigint[]) RETURNS TABLE(last_id bigint, id bigint, first bigint)
    LANGUAGE sql STABLE
    SET enable_seqscan TO 'off'
    AS $$
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


ALTER FUNCTION tideline.overdue(p_after bigint, p_channels integer, p_namespaces text[], p_age_seconds bigint[], p_counts bigint[]) OWNER TO postgres;

--
-- Name: publish(text, jsonb, text, text, jsonb); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.publish(channel text, payload jsonb, type text DEFAULT NULL::text, key text DEFAULT NULL::text, headers jsonb DEFAULT '{}'::jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  select tideline.check_depth($2);
  select tideline.put_into_outbox($1, convert_to($2::text, 'UTF8'), null, $3, $4, $5)
$_$;


ALTER FUNCTION tideline.publish(channel text, payload jsonb, type text, key text, headers jsonb) OWNER TO postgres;

--
-- Name: FUNCTION publish(channel text, payload jsonb, type text, key text, headers jsonb); Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON FUNCTION tideline.publish(channel text, payload jsonb, type text, key text, headers jsonb) IS 'Publishes JSON to a channel when the current transaction commits: select tideline.publish(''orders:42'', ''{"status":"paid"}''). The same key within the idempotency window publishes once.';


--
-- Name: publish_bytes(text, bytea, text, text, jsonb, text); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.publish_bytes(channel text, payload bytea, type text DEFAULT NULL::text, key text DEFAULT NULL::text, headers jsonb DEFAULT '{}'::jsonb, content_type text DEFAULT 'application/octet-stream'::text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  select tideline.put_into_outbox($1, $2, coalesce($6, 'application/octet-stream'), $3, $4, $5)
$_$;


ALTER FUNCTION tideline.publish_bytes(channel text, payload bytea, type text, key text, headers jsonb, content_type text) OWNER TO postgres;

--
-- Name: FUNCTION publish_bytes(channel text, payload bytea, type text, key text, headers jsonb, content_type text); Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON FUNCTION tideline.publish_bytes(channel text, payload bytea, type text, key text, headers jsonb, content_type text) IS 'Publishes bytes to a channel when the current transaction commits.';


--
-- Name: publish_text(text, text, text, text, jsonb, text); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.publish_text(channel text, payload text, type text DEFAULT NULL::text, key text DEFAULT NULL::text, headers jsonb DEFAULT '{}'::jsonb, content_type text DEFAULT 'text/plain'::text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
  select tideline.put_into_outbox(
    $1, convert_to($2, 'UTF8'), coalesce($6, 'text/plain'), $3, $4, $5)
$_$;


ALTER FUNCTION tideline.publish_text(channel text, payload text, type text, key text, headers jsonb, content_type text) OWNER TO postgres;

--
-- Name: FUNCTION publish_text(channel text, payload text, type text, key text, headers jsonb, content_type text); Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON FUNCTION tideline.publish_text(channel text, payload text, type text, key text, headers jsonb, content_type text) IS 'Publishes text to a channel when the current transaction commits.';


--
-- Name: purge(timestamp with time zone, text, bigint); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.purge(p_instance timestamp with time zone, p_channel text, p_through bigint) RETURNS TABLE(epoch bigint, head bigint, first_retained bigint, purged_through bigint)
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.purge(p_instance timestamp with time zone, p_channel text, p_through bigint) OWNER TO postgres;

--
-- Name: put_into_outbox(text, bytea, text, text, text, jsonb); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.put_into_outbox(p_channel text, p_payload bytea, p_content_type text, p_type text, p_key text, p_headers jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  v_headers jsonb := nullif(p_headers, '{}');
begin
  perform tideline.check_publication(p_channel, p_payload, p_content_type, p_type, p_key, v_headers);
  insert into tideline.outbox (channel, payload, content_type, type, key, headers, digest)
  values (p_channel, p_payload, p_content_type, p_type, p_key, v_headers,
          case when p_key is not null
               then tideline.digest(p_content_type, p_type, v_headers, p_payload) end);
  -- Delivered when this transaction commits, once however often it publishes.
  perform pg_notify('tideline_outbox', '');
end $$;


ALTER FUNCTION tideline.put_into_outbox(p_channel text, p_payload bytea, p_content_type text, p_type text, p_key text, p_headers jsonb) OWNER TO postgres;

--
-- Name: refuse(text, text); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.refuse(p_message text, p_hint text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  raise exception using errcode = 'TL422', message = p_message, hint = p_hint;
end $$;


ALTER FUNCTION tideline.refuse(p_message text, p_hint text) OWNER TO postgres;

--
-- Name: refuse_outbox(text); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.refuse_outbox(p_reason text) RETURNS bigint
    LANGUAGE sql
    AS $$
  with gone as (
    delete from tideline.outbox o
    where o.id = (select min(oldest.id) from tideline.outbox oldest) returning o.*)
  insert into tideline.outbox_refused select g.*, p_reason from gone g returning id
$$;


ALTER FUNCTION tideline.refuse_outbox(p_reason text) OWNER TO postgres;

--
-- Name: renew_lease(bigint, text, interval); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.renew_lease(p_lease bigint, p_node text, p_term interval) RETURNS TABLE(lease bigint, others bigint, had_ended boolean)
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.renew_lease(p_lease bigint, p_node text, p_term interval) OWNER TO postgres;

--
-- Name: renew_node(bigint, text, interval, jsonb); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.renew_node(p_lease bigint, p_node text, p_term interval, p_info jsonb) RETURNS TABLE(lease bigint, others bigint, had_ended boolean)
    LANGUAGE plpgsql
    AS $$
begin
  select r.lease, r.others, r.had_ended into lease, others, had_ended
  from tideline.renew_lease(p_lease, p_node, p_term) r;
  update tideline.node_lease l set info = p_info where l.id = renew_node.lease;
  return next;
end $$;


ALTER FUNCTION tideline.renew_node(p_lease bigint, p_node text, p_term interval, p_info jsonb) OWNER TO postgres;

--
-- Name: retain(bigint[], bigint[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.retain(p_ids bigint[], p_firsts bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.retain(p_ids bigint[], p_firsts bigint[]) OWNER TO postgres;

--
-- Name: revocation; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.revocation (
    id bigint NOT NULL,
    mark uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    value text NOT NULL COLLATE pg_catalog."C",
    before timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT revocation_kind_check CHECK ((kind = ANY (ARRAY['subject'::text, 'token_id'::text, 'all'::text])))
);


ALTER TABLE tideline.revocation OWNER TO postgres;

--
-- Name: TABLE revocation; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.revocation IS 'Tokens issued before that time are refused. Rows go when, at until, none of these can be valid any more.';


--
-- Name: revocations_since(bigint, text, integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.revocations_since(p_id bigint, p_mark text, p_rows integer) RETURNS SETOF tideline.revocation
    LANGUAGE plpgsql STABLE
    AS $$
declare
  v_after bigint := case
    when exists (select from tideline.revocation r where r.id = p_id and r.mark::text = p_mark)
    then p_id else 0 end;
begin
  return query
  select r.* from tideline.revocation r where r.id > v_after order by r.id limit p_rows;
end $$;


ALTER FUNCTION tideline.revocations_since(p_id bigint, p_mark text, p_rows integer) OWNER TO postgres;

--
-- Name: revoke(text, text, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.revoke(p_kind text, p_value text, p_before timestamp with time zone, p_until timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  perform tideline.demand_durable_commit();
  perform pg_advisory_xact_lock(hashtextextended('tideline.revocation', 0));
  insert into tideline.revocation as r (id, kind, value, before, until)
  values (nextval('tideline.revocation_id'), p_kind, p_value, p_before, p_until)
  on conflict (kind, value) do update
  set id = excluded.id, mark = excluded.mark,
      before = greatest(r.before, excluded.before), until = greatest(r.until, excluded.until);
end $$;


ALTER FUNCTION tideline.revoke(p_kind text, p_value text, p_before timestamp with time zone, p_until timestamp with time zone) OWNER TO postgres;

--
-- Name: set_members(bigint, text[], text[], integer[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.set_members(p_lease bigint, p_channels text[], p_subjects text[], p_connections integer[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.set_members(p_lease bigint, p_channels text[], p_subjects text[], p_connections integer[]) OWNER TO postgres;

--
-- Name: take_duty(text, text, interval); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.take_duty(p_name text, p_node text, p_lease interval) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
  insert into tideline.duty as d (name, node, until)
  values (p_name, p_node, clock_timestamp() + p_lease)
  on conflict (name) do update set node = excluded.node, until = excluded.until
  where d.node = excluded.node or d.until < clock_timestamp();
  return found;
end $$;


ALTER FUNCTION tideline.take_duty(p_name text, p_node text, p_lease interval) OWNER TO postgres;

--
-- Name: trim_journal(interval, integer); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.trim_journal(p_kept interval, p_rows integer) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.trim_journal(p_kept interval, p_rows integer) OWNER TO postgres;

--
-- Name: write_members(bigint, bigint, text[], text[], integer[]); Type: FUNCTION; Schema: tideline; Owner: postgres
--

CREATE FUNCTION tideline.write_members(p_lease bigint, p_number bigint, p_channels text[], p_subjects text[], p_connections integer[]) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tideline.write_members(p_lease bigint, p_number bigint, p_channels text[], p_subjects text[], p_connections integer[]) OWNER TO postgres;

--
-- Name: bridge; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.bridge (
    name text NOT NULL,
    channels text[] NOT NULL,
    begun_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


ALTER TABLE tideline.bridge OWNER TO postgres;

--
-- Name: TABLE bridge; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.bridge IS 'The bridges that carry channels elsewhere. Deleted together with its rows in bridge_cursor, a bridge begins anew.';


--
-- Name: channel_id_seq; Type: SEQUENCE; Schema: tideline; Owner: postgres
--

ALTER TABLE tideline.channel ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tideline.channel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: idempotency_key; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.idempotency_key (
    channel_id bigint NOT NULL,
    key text NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL,
    "offset" bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    used_at timestamp with time zone NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05');


ALTER TABLE tideline.idempotency_key OWNER TO postgres;

--
-- Name: journal_mark_id_seq; Type: SEQUENCE; Schema: tideline; Owner: postgres
--

ALTER TABLE tideline.journal_mark ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tideline.journal_mark_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: log_epoch; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.log_epoch (
    id integer NOT NULL,
    epoch bigint NOT NULL,
    system_identifier bigint NOT NULL,
    timeline integer NOT NULL,
    reason text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT log_epoch_epoch_check CHECK (((epoch >= 1) AND (epoch <= (((1)::bigint << 48) - 1))))
);


ALTER TABLE tideline.log_epoch OWNER TO postgres;

--
-- Name: TABLE log_epoch; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.log_epoch IS 'The incarnations of the log; the newest row counts. Positions of an older epoch get a gap.';


--
-- Name: log_epoch_id_seq; Type: SEQUENCE; Schema: tideline; Owner: postgres
--

ALTER TABLE tideline.log_epoch ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tideline.log_epoch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: member; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE UNLOGGED TABLE tideline.member (
    channel text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    lease bigint NOT NULL,
    connections integer NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT member_connections_check CHECK ((connections > 0))
);


ALTER TABLE tideline.member OWNER TO postgres;

--
-- Name: TABLE member; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.member IS 'Who is in which channel, through which node, by how many connections. Empty after a crash until the nodes have written it anew.';


--
-- Name: message; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.message (
    channel_id bigint NOT NULL,
    "offset" bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    type text,
    sender text,
    content_type text,
    headers jsonb,
    payload bytea NOT NULL
)
WITH (toast_tuple_target='4080', autovacuum_vacuum_scale_factor='0.05');
ALTER TABLE ONLY tideline.message ALTER COLUMN payload SET STORAGE EXTERNAL;


ALTER TABLE tideline.message OWNER TO postgres;

--
-- Name: TABLE message; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.message IS 'The publications. Only those from the channel''s first_retained on count; older ones are being deleted.';


--
-- Name: COLUMN message.content_type; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON COLUMN tideline.message.content_type IS 'Null: JSON, checked when it was published.';


--
-- Name: node_lease; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE UNLOGGED TABLE tideline.node_lease (
    id bigint NOT NULL,
    node text NOT NULL,
    until timestamp with time zone NOT NULL,
    renewed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    steady_since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    is_leaving boolean DEFAULT false NOT NULL,
    written bigint DEFAULT 0 NOT NULL,
    info jsonb
);


ALTER TABLE tideline.node_lease OWNER TO postgres;

--
-- Name: TABLE node_lease; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.node_lease IS 'The nodes that live, each by the lease that it renews; who is present through a node is so until its lease ends.';


--
-- Name: node_lease_id; Type: SEQUENCE; Schema: tideline; Owner: postgres
--

CREATE SEQUENCE tideline.node_lease_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE tideline.node_lease_id OWNER TO postgres;

--
-- Name: outbox; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.outbox (
    id bigint NOT NULL,
    channel text NOT NULL COLLATE pg_catalog."C",
    payload bytea NOT NULL,
    content_type text,
    type text,
    key text COLLATE pg_catalog."C",
    headers jsonb,
    digest bytea,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT outbox_channel_check CHECK ((channel ~ '^[A-Za-z0-9][A-Za-z0-9_.:@~-]{0,199}$'::text))
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='2000');
ALTER TABLE ONLY tideline.outbox ALTER COLUMN payload SET STORAGE EXTERNAL;


ALTER TABLE tideline.outbox OWNER TO postgres;

--
-- Name: TABLE outbox; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.outbox IS 'Publications from SQL that are not in the log yet. Usually empty: a node moves them at once.';


--
-- Name: outbox_id_seq; Type: SEQUENCE; Schema: tideline; Owner: postgres
--

ALTER TABLE tideline.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tideline.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: outbox_refused; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.outbox_refused (
    id bigint NOT NULL,
    channel text NOT NULL COLLATE pg_catalog."C",
    payload bytea NOT NULL,
    content_type text,
    type text,
    key text COLLATE pg_catalog."C",
    headers jsonb,
    digest bytea,
    at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    refused_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


ALTER TABLE tideline.outbox_refused OWNER TO postgres;

--
-- Name: TABLE outbox_refused; Type: COMMENT; Schema: tideline; Owner: postgres
--

COMMENT ON TABLE tideline.outbox_refused IS 'Publications from SQL that could not be moved into the log, and why. Nobody deletes them but you.';


--
-- Name: presence; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE UNLOGGED TABLE tideline.presence (
    channel text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    previous bigint NOT NULL,
    members bigint NOT NULL,
    anonymous bigint NOT NULL,
    connections bigint NOT NULL
);


ALTER TABLE tideline.presence OWNER TO postgres;

--
-- Name: presence_change; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE UNLOGGED TABLE tideline.presence_change (
    version bigint NOT NULL,
    channel text NOT NULL COLLATE pg_catalog."C",
    previous bigint NOT NULL,
    joined text[] NOT NULL,
    gone text[] NOT NULL,
    members bigint NOT NULL,
    anonymous bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);


ALTER TABLE tideline.presence_change OWNER TO postgres;

--
-- Name: presence_state; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE UNLOGGED TABLE tideline.presence_state (
    id boolean DEFAULT true NOT NULL,
    since timestamp with time zone NOT NULL,
    pruned_through bigint DEFAULT 0 NOT NULL,
    CONSTRAINT presence_state_id_check CHECK (id)
);


ALTER TABLE tideline.presence_state OWNER TO postgres;

--
-- Name: presence_version; Type: SEQUENCE; Schema: tideline; Owner: postgres
--

CREATE SEQUENCE tideline.presence_version
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE tideline.presence_version OWNER TO postgres;

--
-- Name: publish_rules; Type: TABLE; Schema: tideline; Owner: postgres
--

CREATE TABLE tideline.publish_rules (
    is_only_row boolean DEFAULT true NOT NULL,
    payload_bytes_max integer DEFAULT 65536 NOT NULL,
    namespaces text[] DEFAULT '{default}'::text[] NOT NULL,
    ephemeral_namespaces text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT publish_rules_is_only_row_check CHECK (is_only_row)
);


ALTER TABLE tideline.publish_rules OWNER TO postgres;

--
-- Name: revocation_id; Type: SEQUENCE; Schema: tideline; Owner: postgres
--

CREATE SEQUENCE tideline.revocation_id
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE tideline.revocation_id OWNER TO postgres;

--
-- Name: bridge_cursor bridge_cursor_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.bridge_cursor
    ADD CONSTRAINT bridge_cursor_pkey PRIMARY KEY (bridge, channel);


--
-- Name: bridge bridge_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.bridge
    ADD CONSTRAINT bridge_pkey PRIMARY KEY (name);


--
-- Name: channel channel_name_key; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.channel
    ADD CONSTRAINT channel_name_key UNIQUE (name);


--
-- Name: channel channel_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.channel
    ADD CONSTRAINT channel_pkey PRIMARY KEY (id);


--
-- Name: duty duty_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.duty
    ADD CONSTRAINT duty_pkey PRIMARY KEY (name);


--
-- Name: idempotency_key idempotency_key_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (channel_id, key);


--
-- Name: journal_mark journal_mark_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.journal_mark
    ADD CONSTRAINT journal_mark_pkey PRIMARY KEY (id);


--
-- Name: journal journal_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (batch_id);


--
-- Name: log_epoch log_epoch_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.log_epoch
    ADD CONSTRAINT log_epoch_pkey PRIMARY KEY (id);


--
-- Name: member member_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (channel, subject, lease);


--
-- Name: message message_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (channel_id, "offset");


--
-- Name: node_lease node_lease_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.node_lease
    ADD CONSTRAINT node_lease_pkey PRIMARY KEY (id);


--
-- Name: outbox outbox_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);


--
-- Name: outbox_refused outbox_refused_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.outbox_refused
    ADD CONSTRAINT outbox_refused_pkey PRIMARY KEY (id);


--
-- Name: presence_change presence_change_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.presence_change
    ADD CONSTRAINT presence_change_pkey PRIMARY KEY (version, channel);


--
-- Name: presence presence_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.presence
    ADD CONSTRAINT presence_pkey PRIMARY KEY (channel);


--
-- Name: presence_state presence_state_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.presence_state
    ADD CONSTRAINT presence_state_pkey PRIMARY KEY (id);


--
-- Name: publish_rules publish_rules_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.publish_rules
    ADD CONSTRAINT publish_rules_pkey PRIMARY KEY (is_only_row);


--
-- Name: revocation revocation_id_key; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.revocation
    ADD CONSTRAINT revocation_id_key UNIQUE (id);


--
-- Name: revocation revocation_pkey; Type: CONSTRAINT; Schema: tideline; Owner: postgres
--

ALTER TABLE ONLY tideline.revocation
    ADD CONSTRAINT revocation_pkey PRIMARY KEY (kind, value);


--
-- Name: idempotency_key_used_at; Type: INDEX; Schema: tideline; Owner: postgres
--

CREATE INDEX idempotency_key_used_at ON tideline.idempotency_key USING btree (used_at);


--
-- Name: journal_xid; Type: INDEX; Schema: tideline; Owner: postgres
--

CREATE INDEX journal_xid ON tideline.journal USING btree (xid);


--
-- Name: member_lease; Type: INDEX; Schema: tideline; Owner: postgres
--

CREATE INDEX member_lease ON tideline.member USING btree (lease);


--
-- Name: presence_change_at; Type: INDEX; Schema: tideline; Owner: postgres
--

CREATE INDEX presence_change_at ON tideline.presence_change USING btree (at);


--
-- Name: presence_vacant; Type: INDEX; Schema: tideline; Owner: postgres
--

CREATE INDEX presence_vacant ON tideline.presence USING btree (version) WHERE (connections = 0);


--
-- Name: revocation_until; Type: INDEX; Schema: tideline; Owner: postgres
--

CREATE INDEX revocation_until ON tideline.revocation USING btree (until);


--
-- Name: FUNCTION publish(channel text, payload jsonb, type text, key text, headers jsonb); Type: ACL; Schema: tideline; Owner: postgres
--

REVOKE ALL ON FUNCTION tideline.publish(channel text, payload jsonb, type text, key text, headers jsonb) FROM PUBLIC;


--
-- Name: FUNCTION publish_bytes(channel text, payload bytea, type text, key text, headers jsonb, content_type text); Type: ACL; Schema: tideline; Owner: postgres
--

REVOKE ALL ON FUNCTION tideline.publish_bytes(channel text, payload bytea, type text, key text, headers jsonb, content_type text) FROM PUBLIC;


--
-- Name: FUNCTION publish_text(channel text, payload text, type text, key text, headers jsonb, content_type text); Type: ACL; Schema: tideline; Owner: postgres
--

REVOKE ALL ON FUNCTION tideline.publish_text(channel text, payload text, type text, key text, headers jsonb, content_type text) FROM PUBLIC;


--
-- PostgreSQL database dump complete
--


