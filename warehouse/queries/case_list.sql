with found as (select rowid as place, case_id, opened_at, due_at, paused_at, service, office from /*cases*/ where /*filters*/),
page as (select place from found order by /*sort*/, case_id limit $limit offset $offset)
select case_id, service, area, office, post, step, opened_at, due_at, paused_at, decided_at, status, outcome, reopened,
    -- whole seconds past the limit, now or at the decision; nothing where it is not late or ended otherwise
    case when due_at < coalesce(decided_at, $now) and status <> 'withdrawn' and (paused_at is null or paused_at > due_at)
        then (epoch_us(coalesce(decided_at, $now::timestamptz)) - epoch_us(due_at)) // 1000000 end as late_s,
    (select count(*) from found) as "of"
from /*cases*/
where rowid in (select place from page)
order by /*sort*/, case_id
