-- Tokens that are refused before they expire.

-- The revocations, written by revoke: one row per subject, per token id, or for all. The id moves up when a
-- row is widened, so that nodes which have seen the old one are told. The mark tells rows apart that had
-- the same id before and after a failover that lost commits.
create table tideline.revocation (
  id     bigint not null unique,
  mark   uuid not null default gen_random_uuid(),
  kind   text not null check (kind in ('subject', 'token_id', 'all')),
  value  text collate "C" not null,
  before timestamptz not null,
  until  timestamptz not null,
  primary key (kind, value)
);
create index revocation_until on tideline.revocation (until);
comment on table tideline.revocation is
  'Tokens issued before that time are refused. Rows go when, at until, none of these can be valid any more.';

create sequence tideline.revocation_id;

-- Adds a revocation, or widens the one that is there. The lock makes the order of ids that of commits, so a
-- node that reads on from the last id misses none.
create function tideline.revoke(p_kind text, p_value text, p_before timestamptz, p_until timestamptz)
returns void language plpgsql as $$
begin
  perform tideline.demand_durable_commit();
  perform pg_advisory_xact_lock(hashtextextended('tideline.revocation', 0));
  insert into tideline.revocation as r (id, kind, value, before, until)
  values (nextval('tideline.revocation_id'), p_kind, p_value, p_before, p_until)
  on conflict (kind, value) do update
  set id = excluded.id, mark = excluded.mark,
      before = greatest(r.before, excluded.before), until = greatest(r.until, excluded.until);
end $$;

-- The next p_rows revocations behind p_id; from the first on, if the row that the caller saw last isn't
-- there any more as it was.
create function tideline.revocations_since(p_id bigint, p_mark text, p_rows int)
returns setof tideline.revocation language plpgsql stable as $$
declare
  v_after bigint := case
    when exists (select from tideline.revocation r where r.id = p_id and r.mark::text = p_mark)
    then p_id else 0 end;
begin
  return query
  select r.* from tideline.revocation r where r.id > v_after order by r.id limit p_rows;
end $$;

-- Deletes up to p_rows revocations that can't matter any more, an hour late, and returns how many: nodes
-- forget by their own clocks.
create function tideline.delete_expired_revocations(p_rows int) returns bigint
language plpgsql as $$
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
