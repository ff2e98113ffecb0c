-- Sums of the daily cells of some metrics over a span of days, at the series level and above it.
select subject, area, sum(columns(* exclude ("day", subject, area)))::bigint
from cell_metric_day
where subject in (select unnest($subjects::varchar[])) and "day" between $from_day and $to_day
group by subject, area
