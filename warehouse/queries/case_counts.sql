select
    coalesce(count_if(status <> 'unopened'), 0) as total,
    coalesce(count_if(status = 'open'), 0) as "open",
    coalesce(count_if(status = 'decided'), 0) as decided,
    coalesce(count_if(status = 'decided' and decided_at <= due_at), 0) as decided_in_time,
    coalesce(count_if(status = 'decided' and decided_at > due_at), 0) as decided_late,
    coalesce(count_if(status = 'open' and due_at < $now and (paused_at is null or paused_at > due_at)), 0) as overdue,
    coalesce(count_if(status = 'open' and paused_at is not null), 0) as paused,
    coalesce(count_if(status <> 'unopened' and reopened > 0), 0) as reopened,
    coalesce(count_if(status <> 'unopened' and due_at is null), 0) as without_due,
    coalesce(count_if(status = 'withdrawn'), 0) as withdrawn,
    coalesce(count_if(status = 'unopened'), 0) as unopened
from /*cases*/
where /*filters*/
