-- Sums of a metric per day and area, in thousandths of its unit; days without any are not there.
with path as (
    select area as below, ancestor, list_contains($low::varchar[], ancestor) as is_low
    from lookup.area_path where ancestor in (select unnest($areas::varchar[])))
select path.ancestor as area, c."day", sum(readings)::bigint as readings, sum(reading_sum)::bigint as reading_sum,
    sum(expected_sum)::bigint as expected_sum
from (
    select "day", area, subject, readings, reading_sum, expected_sum, false as is_low from cell_metric_day
    union all
    select span_start, area, subject, readings, reading_sum, expected_sum, true from cell_metric
    where span_kind = 'd' and len($low::varchar[]) > 0) c
join path on path.below = c.area and path.is_low = c.is_low
where subject = $metric and c."day" between $from_day and $to_day and /*filters*/
group by path.ancestor, c."day"
order by list_position($areas::varchar[], path.ancestor), c."day"
