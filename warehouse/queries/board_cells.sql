-- Sums of the cells of services over the spans that begin in a period. Months are kept only for days before every
-- period but the financial year, which begins with a month.
select subject, area,
    sum(received)::bigint as received,
    sum(decided)::bigint as decided,
    sum(approved)::bigint as approved,
    sum(rejected)::bigint as rejected,
    sum(in_time)::bigint as in_time,
    sum(late)::bigint as late,
    sum(undated)::bigint as undated,
    sum(withdrawn)::bigint as withdrawn,
    sum(delivered)::bigint as delivered,
    sum(reopened)::bigint as reopened,
    sum(decide_s)::bigint as decide_s,
    sum(feedback)::bigint as feedback,
    sum(satisfied)::bigint as satisfied,
    sum(rating)::bigint as rating,
    sum(payments)::bigint as payments,
    sum(paid_paise)::bigint as paid_paise
from cell
where span_start between $from_day and $to_day
group by subject, area
