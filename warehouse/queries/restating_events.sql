-- Events about some subjects below an area that were received after an instant and touch a span of days that lies behind
-- it: late ones, corrections and retractions, by kind. The day of a correction is that of the event it is about.
with below as (select area from lookup.area_path where ancestor = $area),
said as (
    select case kind when 'event.corrected' then 'corrected' when 'event.retracted' then 'retracted' else 'late' end as what,
        source, coalesce(ref, event_id) as event_id, received_at, area as said_area
    from event where received_at > $since),
touched as (
    select s.what, s.received_at, coalesce(e.service, e.metric, c.service) as subject,
        coalesce(e.area, a.area, c.area) as area, s.said_area
    from said s
    join event e on e.source = s.source and e.event_id = s.event_id
    left join "case" c on c.case_key = e.case_key and c.case_id = e.case_id
    left join lookup.asset a on a.asset = e.asset
    where e.kind not in ('event.corrected', 'event.retracted') and e."day" between $from_day and $to_day)
select what, count(*) as events, min(received_at) as first_received_at, max(received_at) as last_received_at
from touched
where subject in (select unnest($subjects::varchar[]))
    and (area in (select area from below) or said_area in (select area from below)) and /*filters*/
group by what
order by what
