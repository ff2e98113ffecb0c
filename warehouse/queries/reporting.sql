-- Who has reported: leaf areas in which a service had work since from_day or has open cases, and assets with a reading,
-- by subject and area. assets is null for services.
with active as (
    select subject, area from cell where span_start >= $from_day and (received > 0 or decided > 0)
    union
    select service, area from "case" where status = 'open' and service is not null and area is not null)
select subject, area, null::bigint as assets from active where /*filters*/
union all
select metric, area, count(*) from gauge where /*filters*/ group by all
order by subject, area
