select
    count(*) filter (where status <> 'unopened') as total,
    count(*) filter (where status = 'open') as "open",
    count(*) filter (where status = 'decided') as decided,
    count(*) filter (where status = 'decided' and decided_at <= due_at) as decided_in_time,
    count(*) filter (where status = 'decided' and decided_at > due_at) as decided_late,
    count(*) filter (where status = 'open' and due_at < $now and (paused_at is null or paused_at > due_at)) as overdue,
    count(*) filter (where status = 'open' and paused_at is not null) as paused,
    count(*) filter (where status <> 'unopened' and reopened > 0) as reopened,
    count(*) filter (where status <> 'unopened' and due_at is null) as without_due,
    count(*) filter (where status = 'withdrawn') as withdrawn,
    count(*) filter (where status = 'unopened') as unopened
from /*cases*/
where /*filters*/
