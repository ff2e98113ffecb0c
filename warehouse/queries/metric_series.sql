-- Sums of a metric per day and area, in thousandths of its unit; days without any are not there.
select p.ancestor as area, c."day", sum(readings)::bigint as readings, sum(reading_sum)::bigint as reading_sum,
    sum(expected_sum)::bigint as expected_sum
from (
    select "day", area, subject, readings, reading_sum, expected_sum, false as is_low from cell_metric_day
    union all
    select span_start, area, subject, readings, reading_sum, expected_sum, true from cell_metric
    where span_kind = 'd' and len($low::varchar[]) > 0) c
join lookup.area_path p on p.area = c.area and c.is_low = list_contains($low::varchar[], p.ancestor)
where p.ancestor in (select unnest($areas::varchar[])) and subject = $metric and c."day" between $from_day and $to_day
group by all
order by list_position($areas::varchar[], p.ancestor), c."day"
