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
