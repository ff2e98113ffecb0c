-- Stored last readings against those found among all readings.
-- Columns: compared, different, samples (up to five of them).
with found as (
    select e.metric, e.asset, coalesce(e.area, a.area) as area, e.occurred_at as read_at, e.event_id, e."value"
    from (/*effective_events*/) e left join lookup.asset a on a.asset = e.asset
    where e.kind = 'reading.taken' and e.metric is not null and e.asset is not null and e."value" is not null
        and coalesce(e.area, a.area) is not null
    qualify row_number() over (
        partition by e.metric, e.asset order by e.occurred_at desc, e.event_id desc, e.source desc) = 1),
paired as (
    select coalesce(f.metric, g.metric) as metric, coalesce(f.asset, g.asset) as asset,
        (f.area, f.read_at, f.event_id, f."value") is distinct from (g.area, g.read_at, g.event_id, g."value") as differs
    from found f full outer join gauge g on g.metric = f.metric and g.asset = f.asset)
select count(*) as compared, count(*) filter (where differs) as different,
    (list(metric || ' at ' || asset) filter (where differs))[1:5] as samples
from paired
