-- A recount of the levels of metrics from the stored last readings, over the subtree of every area.
select g.metric as subject, p.ancestor as area, count(*) as assets_reporting,
    sum(round_even(g."value" * 1000, 0)::bigint)::bigint as level_sum
from gauge g join lookup.area_path p on p.area = g.area
group by g.metric, p.ancestor
