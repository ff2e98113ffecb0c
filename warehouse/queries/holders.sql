-- Offices and posts by the cases they hold, most first.
with held as (
    select coalesce(office, '') as office, coalesce(post, '') as post, any_value(area) as area, count(*) as cases,
        min(due_at) as oldest_due_at,
        sum(case when due_at < $now then (epoch_us($now::timestamptz) - epoch_us(due_at)) // 1000000 else 0 end)::bigint
            as late_s_sum
    from "case" where /*filters*/
    group by all)
select nullif(office, '') as office, nullif(post, '') as post, area, cases, oldest_due_at, late_s_sum,
    (select count(distinct office) from held) as "of"
from held
order by cases desc, late_s_sum desc, office, post
limit $limit
