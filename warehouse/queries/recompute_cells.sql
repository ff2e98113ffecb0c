-- The service measures of every day and leaf area, from the rows of "case" and the raw answers and payments: what the
-- deltas in cell (by span, see day_horizon) and in cell_day (by series area) must add up to.
select "day", subject, area,
    sum(received)::bigint as received, sum(decided)::bigint as decided, sum(approved)::bigint as approved,
    sum(rejected)::bigint as rejected, sum(in_time)::bigint as in_time, sum(late)::bigint as late,
    sum(undated)::bigint as undated, sum(withdrawn)::bigint as withdrawn, sum(delivered)::bigint as delivered,
    sum(reopened)::bigint as reopened, sum(decide_s)::bigint as decide_s, sum(feedback)::bigint as feedback,
    sum(satisfied)::bigint as satisfied, sum(rating)::bigint as rating, sum(payments)::bigint as payments,
    sum(paid_paise)::bigint as paid_paise
from (/*cell_facts*/) where /*filters*/
group by "day", subject, area
