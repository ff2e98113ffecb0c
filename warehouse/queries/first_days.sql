-- The first day on which anything was counted of each of some services and metrics.
select subject, min("day") as first_day
from (select subject, "day" from cell_day union all select subject, "day" from cell_metric_day)
where subject in (select unnest($subjects::varchar[]))
group by subject
