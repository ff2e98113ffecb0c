-- Open cases whose clock runs, by the hour in which they will be overdue; hours without any are there with 0.
with due as (
    select (epoch_us(due_at) - epoch_us($now::timestamptz)) // 3600000000 as place, count(*) as cases
    from "case"
    where status = 'open' and due_at >= $now and due_at < $until and (paused_at is null or paused_at > due_at)
        and /*filters*/
    group by 1)
select make_timestamptz(epoch_us($now::timestamptz) + h.range * 3600000000) as hour_at, coalesce(due.cases, 0) as cases
from range($hours) h left join due on due.place = h.range
order by hour_at
