-- What happened: one row per case or answer, the day and leaf area where it counts, and how much of which measure, from
-- the rows of "case" and the raw answers and payments. Nothing is materialized: who asks for some days reads those alone.
with effective as not materialized (/*effective_events*/),
counted as not materialized (
    select *, greatest(0, (epoch_us(decided_at) - epoch_us(opened_at)) // 1000000 - paused_s) as took_s
    from "case" where status <> 'unopened' and service is not null and area is not null),
answer as not materialized (
    select e.kind, e."day", coalesce(e.service, c.service) as subject, coalesce(e.area, c.area) as area, e.rating,
        e.amount
    from effective e
    left join "case" c on c.case_id = e.case_id and c.status <> 'unopened'
    where e.kind in ('feedback.given', 'amount.recorded')),
fact("day", subject, area, received, decided, approved, rejected, in_time, late, undated, withdrawn, delivered, reopened,
    decide_s, feedback, satisfied, rating, payments, paid_paise) as (
    select opened_day, service, area, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from counted
    union all
    select decided_day, service, area, 0, 1, coalesce(outcome = 'approved', false)::int,
        coalesce(outcome = 'rejected', false)::int, coalesce(decided_at <= due_at, false)::int,
        coalesce(decided_at > due_at, false)::int, (due_at is null)::int, 0, 0, 0, took_s, 0, 0, 0, 0, 0
    from counted where status = 'decided'
    union all
    select withdrawn_day, service, area, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
    from counted where status = 'withdrawn'
    union all
    select delivered_day, service, area, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0
    from counted where delivered_day is not null
    union all
    select reopened_day, service, area, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    from counted where reopened > 0
    union all
    select "day", subject, area, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, (rating >= 4)::int, rating, 0, 0
    from answer where kind = 'feedback.given' and rating is not null and subject is not null and area is not null
    union all
    select "day", subject, area, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, amount
    from answer where kind = 'amount.recorded' and amount is not null and subject is not null and area is not null)
select * from fact
