-- Open cases by the whole days since the day on which they were opened, and how many of them are overdue.
select greatest(0, $today::date - opened_day)::bigint as age_days, count(*) as cases,
    count(*) filter (due_at < $now and (paused_at is null or paused_at > due_at)) as overdue
from "case"
where status = 'open' and /*filters*/
group by 1
order by 1
