-- Stored cells of metrics against a recount: by month before the horizon, by day from it on.
with difference as (
    select case when "day" < $horizon then date_trunc('month', "day")::date else "day" end as span,
        * exclude ("day")
    from (/*recompute_metrics*/)
    union all
    select case when span_start < $horizon then date_trunc('month', span_start)::date else span_start end,
        subject, area, -columns(* exclude (span_kind, span_start, subject, area))
    from cell_metric)
select * from (/*judge_readings*/)
