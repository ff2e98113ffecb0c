-- The service measures of every day and leaf area, from the rows of "case" and the raw answers and payments: what the
-- deltas in cell (by span, see day_horizon) and in cell_day (by series area) must add up to.
-- Counts and ratings of one day, service and area are far from 2^63, so that DuckDB need not watch for it: half the time.
select "day", subject, area,
    sum_no_overflow(received)::bigint as received, sum_no_overflow(decided)::bigint as decided,
    sum_no_overflow(approved)::bigint as approved, sum_no_overflow(rejected)::bigint as rejected,
    sum_no_overflow(in_time)::bigint as in_time, sum_no_overflow(late)::bigint as late,
    sum_no_overflow(undated)::bigint as undated, sum_no_overflow(withdrawn)::bigint as withdrawn,
    sum_no_overflow(delivered)::bigint as delivered, sum_no_overflow(reopened)::bigint as reopened,
    sum(decide_s)::bigint as decide_s, sum_no_overflow(feedback)::bigint as feedback,
    sum_no_overflow(satisfied)::bigint as satisfied, sum_no_overflow(rating)::bigint as rating,
    sum_no_overflow(payments)::bigint as payments, sum(paid_paise)::bigint as paid_paise
from (/*cell_facts*/) where /*filters*/
group by "day", subject, area
