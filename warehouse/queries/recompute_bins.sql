-- Decided cases by histogram bin of their decision time, every day and leaf area, from the rows of "case".
select decided_day as "day", service as subject, area, bin, count(*) as cases
from (
    select *, (select count(*) from lookup.duration_edge e
        where greatest(0, (epoch_us(decided_at) - epoch_us(opened_at)) // 1000000 - paused_s) >= e.at_least_s) as bin
    from "case" where status = 'decided' and service is not null and area is not null)
where /*filters*/
group by all
