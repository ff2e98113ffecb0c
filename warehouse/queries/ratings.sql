-- Answers by rating in a span of days, as corrections and retractions known today leave them; an answer that names no
-- service or area has those of its case.
with said as (
    select case_id, service, area, rating
    from (/*effective_events*/)
    where kind = 'feedback.given' and "day" between $from_day and $to_day and rating is not null),
answer as (
    select coalesce(s.service, c.service) as service, coalesce(s.area, c.area) as area, s.rating
    from said s
    left join "case" c on c.case_id = s.case_id and c.status <> 'unopened')
select rating::integer as rating, count(*) as answers
from answer
where service is not null and area is not null and /*filters*/
group by rating
order by rating
