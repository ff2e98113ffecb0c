-- Sums of the service measures over spans that begin in [from_day, to_day]; old days are kept by calendar month.
select subject, area, sum(received)::bigint as received, sum(decided)::bigint as decided,
    sum(approved)::bigint as approved, sum(rejected)::bigint as rejected, sum(in_time)::bigint as in_time,
    sum(late)::bigint as late, sum(undated)::bigint as undated, sum(withdrawn)::bigint as withdrawn,
    sum(delivered)::bigint as delivered, sum(reopened)::bigint as reopened, sum(decide_s)::bigint as decide_s,
    sum(feedback)::bigint as feedback, sum(satisfied)::bigint as satisfied, sum(rating)::bigint as rating,
    sum(payments)::bigint as payments, sum(paid_paise)::bigint as paid_paise
from cell where span_start between $from_day and $to_day and /*filters*/
group by subject, area
order by subject, area
