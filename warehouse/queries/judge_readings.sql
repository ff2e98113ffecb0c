-- What is left of the sums of readings when what is stored is taken from what was recounted: nothing, if all is well.
-- Reads the relation `difference` (span, subject, area, sums) of the statement that contains it.
-- Columns: compared, different, samples (up to five of those that differ: recounted minus stored).
with summed as (
    select span, subject, area, sum(columns(* exclude (span, subject, area)))
    from difference group by span, subject, area),
judged as (
    select greatest(*columns(* exclude (span, subject, area))) <> 0 or least(*columns(* exclude (span, subject, area))) <> 0 as differs, summed
    from summed)
select count(*) as compared, count(*) filter (where differs) as different,
    (list(case when differs then summed::varchar end) filter (where differs))[1:5] as samples
from judged
