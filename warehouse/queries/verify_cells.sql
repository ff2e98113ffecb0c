-- Stored cells of services against a recount: by month before the horizon, by day from it on.
-- Sixteen sums are compared by one checksum: each times a fixed odd number of 44 bits, added up.
-- Columns: compared, different, samples (up to five of those that differ).
with difference as (
    select case when f."day" < $horizon then date_trunc('month', f."day")::date else f."day" end as span,
        f.subject, f.area, 1 as sign, f.* exclude ("day", subject, area)
    from (/*cell_facts*/) f
    union all
    select case when span_start < $horizon then date_trunc('month', span_start)::date else span_start end,
        c.subject, c.area, -1, c.* exclude (span_kind, span_start, subject, area)
    from cell c),
summed as (
    select span, subject, area, sum(sign * (
        received::hugeint * 14240813429981 + decided::hugeint * 10613744204863 + approved::hugeint * 16281695783893
        + rejected::hugeint * 13455729586905 + in_time::hugeint * 16001649218675 + late::hugeint * 12870386466869
        + undated::hugeint * 8867978061439 + withdrawn::hugeint * 11022191547677 + delivered::hugeint * 15186283437931
        + reopened::hugeint * 16898694314189 + decide_s::hugeint * 10680404792767 + feedback::hugeint * 16139737442337
        + satisfied::hugeint * 12540075030691 + rating::hugeint * 12681869650271 + payments::hugeint * 10090029714633
        + paid_paise::hugeint * 14201784780559)) as checksum
    from difference group by span, subject, area)
select count(*) as compared, count(*) filter (where checksum <> 0) as different,
    (list(span || ' ' || subject || ' ' || area) filter (where checksum <> 0))[1:5] as samples
from summed
