-- A recount of the measures of services in every period, over the subtree of every area.
with span as (
    select unnest($periods::varchar[]) as period, unnest($begins::date[]) as first_day, unnest($ends::date[]) as last_day),
counted as (
    select s.period, r.* exclude ("day")
    from (/*cell_facts*/) r join span s on r."day" between s.first_day and s.last_day),
leaf as (
    select period, subject, area, sum(columns(* exclude (period, subject, area)))
    from counted group by period, subject, area),
above as (
    select p.ancestor, l.* exclude (area)
    from leaf l join lookup.area_path p on p.area = l.area)
select period, subject, ancestor as area, sum(columns(* exclude (period, subject, ancestor)))
from above group by period, subject, ancestor
