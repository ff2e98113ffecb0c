-- Histogram of decision times over the spans that begin in a period.
select subject, area, bin, sum(cases)::bigint as cases
from cell_bin
where span_start between $from_day and $to_day
group by subject, area, bin
having sum(cases) <> 0
