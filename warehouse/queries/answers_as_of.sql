-- Answers and payments up to an instant as corrections and retractions known today leave them.
select kind, "day", case_id, service, area, amount, rating
from (/*effective_events*/)
where kind in ('feedback.given', 'amount.recorded') and occurred_at <= $on
