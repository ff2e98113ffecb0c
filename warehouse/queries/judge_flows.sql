-- What is left of the sixteen flows when what is stored is taken from what was recounted: nothing, if all is well.
-- They are compared by one checksum: each times a fixed odd number of 44 bits, added up.
-- Reads the relation `difference` (span, subject, area, sign, flows) of the statement that contains it.
-- Columns: compared, different, samples (up to five of those that differ).
with summed as (
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
