-- What is held now and what was decided in a span of days, by office, by seat (office and post) or by service.
with found as (
    select office, post, service, status, due_at, paused_at, decided_at,
        status = 'open' and due_at < $now and (paused_at is null or paused_at > due_at) as is_overdue,
        status = 'open' and due_at >= $now and due_at <= $until and (paused_at is null or paused_at > due_at) as is_due
    from "case"
    where (status = 'open' or (status = 'decided' and decided_day between $from_day and $to_day)) and /*filters*/)
select /*by*/, count_if(status = 'open')::bigint as "open", count_if(is_overdue)::bigint as overdue,
    count_if(is_due)::bigint as due_48h, count_if(status = 'open' and paused_at is not null)::bigint as paused,
    min(due_at) filter (is_overdue) as oldest_due_at,
    coalesce(sum((epoch_us($now::timestamptz) - epoch_us(due_at)) // 1000000) filter (is_overdue), 0)::bigint
        as late_s_sum,
    count_if(status = 'decided' and due_at is not null)::bigint as dated,
    count_if(status = 'decided' and decided_at <= due_at)::bigint as in_time
from found
group by all
order by overdue desc, late_s_sum desc, "open" desc, /*by*/
