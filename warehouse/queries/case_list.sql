with found as (select rowid as place, case_id, opened_at, due_at, paused_at, service, office from "case" where /*filters*/),
page as (select place from found order by /*sort*/, case_id limit $limit offset $offset)
select case_id, service, area, office, post, step, opened_at, due_at, paused_at, decided_at, status, outcome, reopened,
    case when due_at < $now then (epoch_us($now::timestamptz) - epoch_us(due_at)) // 1000000 end as late_s,
    (select count(*) from found) as "of"
from "case"
where rowid in (select place from page)
order by /*sort*/, case_id
