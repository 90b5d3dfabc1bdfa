-- Numbers of leases and versions are given out once, whatever happens.

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
  end if;
end $$;

-- Renews the lease, or takes a new one if it has run out, or is 0; others is how many other nodes live.
create or replace function tideline.renew_lease(p_lease bigint, p_node text, p_term interval)
returns table (lease bigint, others bigint)
language plpgsql as $$
declare
  v_now   timestamptz := clock_timestamp();
  v_lease bigint := p_lease;
begin
  update tideline.node_lease l
  set until = v_now + p_term, renewed_at = v_now,
      steady_since = case when v_now - l.renewed_at > p_term / 2 then v_now else l.steady_since end
  where l.id = p_lease and l.node = p_node and l.until > v_now and not l.is_leaving;
  if found then
    perform set_config('synchronous_commit', 'off', true);
  else
    perform tideline.begin_presence();
    v_lease := nextval('tideline.node_lease_id');
    insert into tideline.node_lease (id, node, until) values (v_lease, p_node, v_now + p_term);
  end if;
  delete from tideline.node_lease l
  where l.until < v_now and not exists (select from tideline.member m where m.lease = l.id);
  return query
    select v_lease, count(distinct l.node) from tideline.node_lease l
    where l.node <> p_node and l.until > v_now and not l.is_leaving;
end $$;
