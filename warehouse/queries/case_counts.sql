select
    coalesce(count_if(status <> 'unopened'), 0)::bigint as total,
    coalesce(count_if(status = 'open'), 0)::bigint as "open",
    coalesce(count_if(status = 'decided'), 0)::bigint as decided,
    coalesce(count_if(status = 'decided' and decided_at <= due_at), 0)::bigint as decided_in_time,
    coalesce(count_if(status = 'decided' and decided_at > due_at), 0)::bigint as decided_late,
    coalesce(count_if(status = 'open' and due_at < $now and (paused_at is null or paused_at > due_at)), 0)::bigint as overdue,
    coalesce(count_if(status = 'open' and paused_at is not null), 0)::bigint as paused,
    coalesce(count_if(status <> 'unopened' and reopened > 0), 0)::bigint as reopened,
    coalesce(count_if(status <> 'unopened' and due_at is null), 0)::bigint as without_due,
    coalesce(count_if(status = 'withdrawn'), 0)::bigint as withdrawn,
    coalesce(count_if(status = 'unopened'), 0)::bigint as unopened
from /*cases*/
where /*filters*/
