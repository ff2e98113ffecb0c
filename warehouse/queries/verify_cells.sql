-- Stored cells of services against a recount: by month before the horizon, by day from it on.
with difference as (
    select case when f."day" < $horizon then date_trunc('month', f."day")::date else f."day" end as span,
        f.subject, f.area, 1 as sign, f.* exclude ("day", subject, area)
    from (/*cell_facts*/) f
    union all
    select case when span_start < $horizon then date_trunc('month', span_start)::date else span_start end,
        c.subject, c.area, -1, c.* exclude (span_kind, span_start, subject, area)
    from cell c)
select * from (/*judge_flows*/)
