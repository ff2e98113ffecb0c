-- Per service: open work as it stood at the end of a past day, by the rules of the series, and the seconds by which what is
-- overdue now is late, added up.
with fact as (
    select service, opened_day, coalesce(decided_day, withdrawn_day, date '2199-12-31') as closed_day,
        case when due_at is null or paused_at <= due_at then date '2199-12-31'  -- never overdue
            when due_at >= $now then greatest(lookup.local_day(due_at), $today::date + 1)
            else lookup.local_day(due_at) end as due_day,
        if(status = 'open' and due_at < $now and (paused_at is null or paused_at > due_at),
            (epoch_us($now::timestamptz) - epoch_us(due_at)) // 1000000, 0) as late_s
    from "case"
    where status <> 'unopened' and service is not null and (status = 'open' or opened_day <= $on_day) and /*filters*/),
stood as (select *, opened_day <= $on_day and closed_day > $on_day as is_open from fact)
select service, count(*) filter (is_open) as "open", count(*) filter (is_open and due_day <= $on_day) as overdue,
    count(*) filter (is_open and due_day > $on_day and due_day - 2 <= $on_day) as due_48h,
    sum(late_s)::bigint as late_s
from stood
group by service
order by service
