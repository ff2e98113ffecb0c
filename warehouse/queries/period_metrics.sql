select subject, area, sum(readings)::bigint as readings, sum(reading_sum)::bigint as reading_sum,
    sum(expected_sum)::bigint as expected_sum
from cell_metric where span_start between $from_day and $to_day and /*filters*/
group by subject, area
order by subject, area
