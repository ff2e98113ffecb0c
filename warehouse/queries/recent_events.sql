select event_id, source, kind, occurred_at, received_at, case_id, service, area, office, post, outcome, amount, rating,
    metric, asset, "value"
from event
where rowid in (select rowid from event where /*filters*/ order by occurred_at desc, rowid desc limit $limit)
order by occurred_at desc, rowid desc
