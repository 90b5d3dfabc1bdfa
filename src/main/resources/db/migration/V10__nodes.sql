-- What each node says of itself, for the list of nodes; written with each renewal of its lease. Nodes
-- of an older version go on renewing without it.
alter table tideline.node_lease add column info jsonb;

create function tideline.renew_node(p_lease bigint, p_node text, p_term interval, p_info jsonb)
returns table (lease bigint, others bigint, had_ended boolean)
language plpgsql as $$
begin
  select r.lease, r.others, r.had_ended into lease, others, had_ended
  from tideline.renew_lease(p_lease, p_node, p_term) r;
  update tideline.node_lease l set info = p_info where l.id = renew_node.lease;
  return next;
end $$;
