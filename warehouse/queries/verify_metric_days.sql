-- Stored daily cells of metrics at the series level against a recount.
-- Columns: compared, different, samples (up to five of those that differ: recounted minus stored).
with difference as (
    select r."day" as span, r.subject, l.series_area as area, r.* exclude ("day", subject, area)
    from (/*recompute_metrics*/) r join lookup.area l on l.area = r.area
    union all
    select "day", subject, area, -columns(* exclude ("day", subject, area))
    from cell_metric_day),
summed as (
    select span, subject, area, sum(columns(* exclude (span, subject, area)))
    from difference group by span, subject, area),
judged as (
    select greatest(*columns(* exclude (span, subject, area))) <> 0 or least(*columns(* exclude (span, subject, area))) <> 0 as differs, summed
    from summed)
select count(*) as compared, count(*) filter (where differs) as different,
    (list(case when differs then summed::varchar end) filter (where differs))[1:5] as samples
from judged
