-- Last readings up to an instant, from raw readings as corrections and retractions known today leave them.
select e.metric, e.asset, coalesce(e.area, a.area) as area, e.occurred_at as read_at, e.event_id, e."value"
from (/*effective_events*/) e left join lookup.asset a on a.asset = e.asset
where e.kind = 'reading.taken' and e.metric is not null and e.asset is not null and e."value" is not null
    and coalesce(e.area, a.area) is not null and e.occurred_at <= $on
qualify row_number() over (
    partition by e.metric, e.asset order by e.occurred_at desc, e.event_id desc, e.source desc) = 1
