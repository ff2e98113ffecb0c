-- The first day on which anything is counted of each of some services and metrics. What was taken back counts no more,
-- whether its rows have been summed up already or not; every other measure comes with one of those asked here.
select subject, min("day") as first_day
from (
    select subject, "day" from cell_day
    where subject in (select unnest($subjects::varchar[]))
    group by subject, "day", area
    having sum(received) <> 0 or sum(decided) <> 0 or sum(withdrawn) <> 0 or sum(delivered) <> 0 or sum(reopened) <> 0
        or sum(feedback) <> 0 or sum(payments) <> 0
    union all
    select subject, "day" from cell_metric_day
    where subject in (select unnest($subjects::varchar[]))
    group by subject, "day", area
    having sum(readings) <> 0 or sum(expected_sum) <> 0)
group by subject
