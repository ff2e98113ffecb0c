-- The metric measures of every day and leaf area, from raw readings and expectations.
with effective as (/*effective_events*/),
reading as (
    select e.kind, e."day", e.metric as subject, coalesce(e.area, a.area) as area,
        round_even(e."value" * 1000, 0)::bigint as thousandths
    from effective e left join lookup.asset a on a.asset = e.asset
    where e.kind in ('reading.taken', 'expected.set') and e.metric is not null and e."value" is not null)
select "day", subject, area, count(*) filter (where kind = 'reading.taken') as readings,
    coalesce(sum(thousandths) filter (where kind = 'reading.taken'), 0)::bigint as reading_sum,
    coalesce(sum(thousandths) filter (where kind = 'expected.set'), 0)::bigint as expected_sum
from reading where area is not null and /*filters*/
group by "day", subject, area
