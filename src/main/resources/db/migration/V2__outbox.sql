-- Publishing from SQL, in the application's own transaction.
--
-- The functions here only write a row into the outbox: they take no lock of a channel, so a slow or
-- idle transaction delays nobody but itself. Once it has committed, a node moves the row into the log.
-- Among rows that are there at the same time the order of insertion is kept.
--
-- For a role that shall publish:
--   grant usage on schema tideline to my_role;
--   grant execute on function tideline.publish to my_role;

-- What the functions need to know of the nodes' configuration: one row, which nodes write when they start.
-- Sizes are in bytes.
create table tideline.publish_rules (
  is_only_row          boolean primary key default true check (is_only_row),
  payload_bytes_max    int not null default 65536,
  namespaces           text[] not null default '{default}',
  ephemeral_namespaces text[] not null default '{}'
);
insert into tideline.publish_rules default values;

-- Publications that wait to be moved into the log. Written by put_into_outbox, emptied by move_outbox.
create table tideline.outbox (
  id           bigint generated always as identity primary key,
  channel      text collate "C" not null check (channel ~ '^[A-Za-z0-9][A-Za-z0-9_.:@~-]{0,199}$'),
  payload      bytea not null,
  content_type text,
  type         text,
  key          text collate "C",
  headers      jsonb,
  digest       bytea,
  at           timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
alter table tideline.outbox alter column payload set storage external;
comment on table tideline.outbox is
  'Publications from SQL that are not in the log yet. Usually empty: a node moves them at once.';

-- Publications that can't be moved into the log. Written by move_outbox and refuse_outbox.
create table tideline.outbox_refused (
  like tideline.outbox,
  reason     text not null,
  refused_at timestamptz not null default clock_timestamp(),
  primary key (id)
);
comment on table tideline.outbox_refused is
  'Publications from SQL that could not be moved into the log, and why. Nobody deletes them but you.';

-- The namespace whose settings a channel gets.
create function tideline.namespace_of(p_channel text, p_namespaces text[]) returns text
language sql immutable as $$
  select case when strpos(p_channel, ':') > 0 and split_part(p_channel, ':', 1) = any (p_namespaces)
              then split_part(p_channel, ':', 1) else 'default' end
$$;

-- By which a repeated publish is told from another one under the same key: the first 16 bytes of
-- SHA-256 over content type, type, headers in order of their names, and the payload, each but the
-- payload ended by a zero byte. Nodes compute the same.
create function tideline.digest(p_content_type text, p_type text, p_headers jsonb, p_payload bytea)
returns bytea
language sql immutable as $$
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

-- Raises an error that says what to do.
create function tideline.refuse(p_message text, p_hint text) returns void
language plpgsql as $$
begin
  raise exception using errcode = 'TL422', message = p_message, hint = p_hint;
end $$;

-- Refuses a publication that breaks a rule. The rules are those of the REST API; they are checked here, in
-- the publisher's own transaction, so that nothing in the outbox can get stuck later.
create function tideline.check_publication(
  p_channel text, p_payload bytea, p_content_type text, p_type text, p_key text, p_headers jsonb)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
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
end $$;

-- Refuses headers that break a rule: names, values, or more than 4,096 bytes in all.
create function tideline.check_headers(p_headers jsonb) returns void
language plpgsql immutable as $$
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
end $$;

-- Checks a publication, writes it into the outbox, and wakes a node. The publish functions end here.
create function tideline.put_into_outbox(
  p_channel text, p_payload bytea, p_content_type text, p_type text, p_key text, p_headers jsonb)
returns void
language plpgsql as $$
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

-- Refuses JSON that is nested more deeply than JSON over HTTP may be. Called by publish.
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

-- The functions for applications. They run with their owner's rights, so a publisher needs no right on any
-- table. Three names and not three overloads: a bare literal would be taken for text, and JSON be published
-- as text.
create function tideline.publish(
  channel text, payload jsonb, type text default null, key text default null,
  headers jsonb default '{}')
returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  select tideline.check_depth($2);
  select tideline.put_into_outbox($1, convert_to($2::text, 'UTF8'), null, $3, $4, $5)
$$;
comment on function tideline.publish is
  'Publishes JSON to a channel when the current transaction commits: select tideline.publish(''orders:42'', ''{"status":"paid"}''). The same key within the idempotency window publishes once.';

create function tideline.publish_text(
  channel text, payload text, type text default null, key text default null,
  headers jsonb default '{}', content_type text default 'text/plain')
returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  select tideline.put_into_outbox(
    $1, convert_to($2, 'UTF8'), coalesce($6, 'text/plain'), $3, $4, $5)
$$;
comment on function tideline.publish_text is
  'Publishes text to a channel when the current transaction commits.';

create function tideline.publish_bytes(
  channel text, payload bytea, type text default null, key text default null,
  headers jsonb default '{}', content_type text default 'application/octet-stream')
returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  select tideline.put_into_outbox($1, $2, coalesce($6, 'application/octet-stream'), $3, $4, $5)
$$;
comment on function tideline.publish_bytes is
  'Publishes bytes to a channel when the current transaction commits.';

-- Publishing is a right that is given, not one that everybody has.
revoke execute on function tideline.publish, tideline.publish_text, tideline.publish_bytes from public;

-- Moves up to p_rows rows (and about p_bytes of payload) into the log and tells what became of them, in the
-- order of the log. One node at a time: a second call meanwhile returns no row. Statuses as append_batch
-- has them; a key conflict goes to outbox_refused.
create function tideline.move_outbox(
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

-- Puts the oldest row aside, when it alone can't be moved for what it is.
create function tideline.refuse_outbox(p_reason text) returns bigint
language sql as $$
  with gone as (
    delete from tideline.outbox o
    where o.id = (select min(oldest.id) from tideline.outbox oldest) returning o.*)
  insert into tideline.outbox_refused select g.*, p_reason from gone g returning id
$$;
