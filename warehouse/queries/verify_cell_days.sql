-- Stored daily cells of services at the series level against a recount.
with difference as (
    select f."day" as span, f.subject, l.series_area as area, 1 as sign, f.* exclude ("day", subject, area)
    from (/*cell_facts*/) f join lookup.area l on l.area = f.area
    union all
    select c."day", c.subject, c.area, -1, c.* exclude ("day", subject, area)
    from cell_day c)
select * from (/*judge_flows*/)
