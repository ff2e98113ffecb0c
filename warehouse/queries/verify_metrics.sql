-- Stored cells of metrics against a recount: by month before the horizon, by day from it on.
-- Columns: compared, different, samples (up to five of those that differ: recounted minus stored).
with difference as (
    select case when "day" < $horizon then date_trunc('month', "day")::date else "day" end as span,
        * exclude ("day")
    from (/*recompute_metrics*/)
    union all
    select case when span_start < $horizon then date_trunc('month', span_start)::date else span_start end,
        subject, area, -columns(* exclude (span_kind, span_start, subject, area))
    from cell_metric),
summed as (
    select span, subject, area, sum(columns(* exclude (span, subject, area)))
    from difference group by span, subject, area),
judged as (
    select greatest(*columns(* exclude (span, subject, area))) <> 0 or least(*columns(* exclude (span, subject, area))) <> 0 as differs, summed
    from summed)
select count(*) as compared, count(*) filter (where differs) as different,
    (list(case when differs then summed::varchar end) filter (where differs))[1:5] as samples
from judged
