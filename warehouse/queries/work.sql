-- What is held now and what was decided in a span of days, by office, by seat (office and post) or by service.
with found as (
    select office, post, service, status, due_at, paused_at, decided_at,
        status = 'open' and due_at < $now and (paused_at is null or paused_at > due_at) as is_overdue,
        status = 'open' and due_at >= $now and due_at <= $until and (paused_at is null or paused_at > due_at) as is_due
    from "case"
    where (status = 'open' or (status = 'decided' and decided_day between $from_day and $to_day)) and /*filters*/)
select /*by*/, count(*) filter (status = 'open') as "open", count(*) filter (is_overdue) as overdue,
    count(*) filter (is_due) as due_48h, count(*) filter (status = 'open' and paused_at is not null) as paused,
    min(due_at) filter (is_overdue) as oldest_due_at,
    coalesce(sum((epoch_us($now::timestamptz) - epoch_us(due_at)) // 1000000) filter (is_overdue), 0)::bigint
        as late_s_sum,
    count(*) filter (status = 'decided' and due_at is not null) as dated,
    count(*) filter (status = 'decided' and decided_at <= due_at) as in_time
from found
group by all
order by overdue desc, late_s_sum desc, "open" desc, /*by*/
