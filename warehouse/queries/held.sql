-- For each area asked for, with all below it: how many cases, in how many offices, with which seat (office and post)
-- most of them, and the oldest of what it holds. One more row per area, is_own, about the cases recorded at the area itself and not below it.
with found as (
    select area, coalesce(office, '') as office, coalesce(post, '') as post, due_at,
        case when due_at < $now then (epoch_us($now::timestamptz) - epoch_us(due_at)) // 1000000 else 0 end as late_s
    from "case" where /*filters*/),
seat as (
    select p.ancestor as area, false as is_own, office, post, count(*) as cases, min(due_at) as oldest_due_at,
        sum(late_s)::bigint as late_s_sum
    from found join lookup.area_path p using (area)
    where p.ancestor in (select unnest($areas::varchar[]))
    group by all
    union all
    select area, true, office, post, count(*), min(due_at), sum(late_s)::bigint
    from found where area in (select unnest($areas::varchar[]))
    group by all)
select area, is_own, sum(cases)::bigint as cases, count(distinct nullif(office, '')) as offices, count(*) as seats,
    nullif(arg_max(office, (cases, late_s_sum, office, post)), '') as office,
    nullif(arg_max(post, (cases, late_s_sum, office, post)), '') as post,
    max(cases) as most, arg_max_null(oldest_due_at, (cases, late_s_sum, office, post)) as oldest_of_most,
    min(oldest_due_at) as oldest_due_at, sum(late_s_sum)::bigint as late_s_sum
from seat
group by area, is_own
order by list_position($areas::varchar[], area), is_own
