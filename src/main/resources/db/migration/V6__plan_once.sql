-- A batch's arrays tell the planner how long they are, and with short ones a plan made for just these
-- looks better than the one that was kept: so it planned each batch anew, for a third of the batch's time.
-- The kept plan is the right one: enable_seqscan is off there, and everything is found by an index.
alter function tideline.append_batch set plan_cache_mode = force_generic_plan;
