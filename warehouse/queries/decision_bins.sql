-- Histogram of decision times over the spans that begin in a period; bins as in warehouse/measure.py.
select bin, sum(cases)::bigint as cases
from cell_bin
where span_start between $from_day and $to_day and /*filters*/
group by bin
having sum(cases) <> 0
order by bin
