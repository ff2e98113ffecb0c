-- Sums of the cells of metrics over the spans that begin in a period.
select subject, area,
    sum(readings)::bigint as readings,
    sum(reading_sum)::bigint as reading_sum,
    sum(expected_sum)::bigint as expected_sum
from cell_metric
where span_start between $from_day and $to_day
group by subject, area
