-- Stored daily cells of metrics at the series level against a recount.
with difference as (
    select r."day" as span, r.subject, l.series_area as area, r.* exclude ("day", subject, area)
    from (/*recompute_metrics*/) r join lookup.area l on l.area = r.area
    union all
    select "day", subject, area, -columns(* exclude ("day", subject, area))
    from cell_metric_day)
select * from (/*judge_readings*/)
