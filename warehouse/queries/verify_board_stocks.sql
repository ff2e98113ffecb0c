-- A recount of the stocks at an instant from the rows of "case", over the subtree of every area.
with counted as (
    select service, area, due_at, paused_at, due_at is null as is_undated,
        coalesce(due_at < $at and (paused_at is null or paused_at > due_at), false) as is_overdue,
        coalesce(due_at >= $at and due_at <= $at::timestamptz + interval 48 hours
            and (paused_at is null or paused_at > due_at), false) as is_soon
    from "case" where status = 'open' and service is not null and area is not null)
select service as subject, p.ancestor as area,
    count(*) as "open",
    count(*) filter (where is_overdue) as overdue,
    count(*) filter (where is_soon) as due_48h,
    count(*) filter (where paused_at is not null) as paused,
    count(*) filter (where is_undated) as open_undated,
    coalesce(sum((epoch_us($at::timestamptz) - epoch_us(due_at)) // 86400000000) filter (where is_overdue), 0)::bigint
        as overdue_days
from counted join lookup.area_path p on p.area = counted.area
group by service, p.ancestor
