select subject, area, bin, sum(cases)::bigint as cases
from cell_bin where span_start between $from_day and $to_day and /*filters*/
group by subject, area, bin
having sum(cases) <> 0
order by subject, area, bin
