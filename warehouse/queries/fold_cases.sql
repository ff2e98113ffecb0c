-- Every case recomputed from raw events by the rules of docs/clock.md, in SQL alone: it shares nothing with the fold in
-- indicators, so that each can be checked against the other. Columns: CASE_SCHEMA.
with recursive
effective as (/*effective_events*/),
walk as (
    select *,
        kind not in ('feedback.given', 'amount.recorded') as is_case,
        kind in ('case.decided', 'case.withdrawn') as is_closing,
        kind in ('case.decided', 'case.withdrawn', 'case.reopened') as is_toggle,
        kind in ('case.opened', 'case.moved', 'case.paused', 'case.resumed', 'case.reopened', 'case.decided') as holds,
        row_number() over (partition by case_id order by occurred_at,
            list_position(['case.opened', 'case.reopened', 'case.moved', 'case.paused', 'case.resumed', 'case.decided',
                'case.withdrawn', 'case.delivered', 'feedback.given', 'amount.recorded'], kind),
            source, event_id) as n
    from effective
    where case_id is not null and kind not in ('reading.taken', 'expected.set')
        and (kind not in ('feedback.given', 'amount.recorded') or service is null or area is null) /*until*/),
opener as (
    select case_id, source, service, area, channel, occurred_at as opened_at, "day" as opened_day, due_at as stated_at
    from (select *, row_number() over (partition by case_id order by n) as turn from walk where kind = 'case.opened')
    where turn = 1),
known as (
    select case_id, arg_min(source, n) as source,
        arg_max(office, n) filter (where holds and office is not null) as office,
        arg_max(post, n) filter (where holds and post is not null) as post,
        arg_max(step, n) filter (where holds and step is not null) as step,
        arg_max("day", n) filter (where kind = 'case.delivered') as delivered_day,
        coalesce(max(occurred_at) filter (where is_case), max(occurred_at)) as last_event_at
    from walk group by case_id),
-- closing and reopening: those that change whether the case is open
toggle as (
    select *, is_closing <> lag(is_closing, 1, false) over (partition by case_id order by n) as kept
    from walk where is_toggle),
ended as (
    select case_id, arg_max(kind, n) as kind, arg_max(occurred_at, n) as at_instant, arg_max("day", n) as on_day,
        arg_max_null(outcome, n) as outcome,
        count(*) filter (where not is_closing) as reopened, arg_max("day", n) filter (where not is_closing) as reopened_day
    from toggle where kept group by case_id),
-- pausing and resuming while open; every closing ends a pause
pausing as (
    select case_id, n, occurred_at, kind = 'case.paused' as is_pause
    from (
        select *, coalesce(last_value(case when is_toggle then is_closing end ignore nulls) over (
            partition by case_id order by n rows between unbounded preceding and 1 preceding), false) as was_closed
        from walk)
    where (kind = 'case.paused' and not was_closed) or kind = 'case.resumed' or is_closing),
pause_turn as (
    select * from (
        select *, is_pause <> lag(is_pause, 1, false) over (partition by case_id order by n) as kept from pausing)
    where kept),
pause as (
    select p.case_id, row_number() over (partition by p.case_id order by p.n) as turn,
        greatest(p.begins_at, o.opened_at) as begins_at, greatest(p.ends_at, o.opened_at) as ends_at
    from (
        select case_id, n, is_pause, occurred_at as ends_at,
            lag(occurred_at) over (partition by case_id order by n) as begins_at
        from pause_turn) p
    join opener o using (case_id)
    where not p.is_pause),
standing as (
    select p.case_id, greatest(arg_max(p.occurred_at, p.n), o.opened_at) as paused_at
    from pause_turn p join opener o using (case_id)
    group by p.case_id, o.opened_at
    having arg_max(p.is_pause, p.n)),
-- the limit in force on the day of opening, that of the area's class first
bounded as (
    select o.*, coalesce(own.unit, general.unit) as unit, coalesce(own.amount, general.amount) as amount
    from opener o
    left join lookup.area a on a.area = o.area
    left join lookup.service_limit own on own.service = o.service and own.area_class = a.area_class
        and o.opened_day between own.valid_from and own.valid_to
    left join lookup.service_limit general on general.service = o.service and general.area_class = ''
        and o.opened_day between general.valid_from and general.valid_to),
first_due as (
    select b.case_id, b.unit, b.stated_at is not null as is_stated,
        case when b.stated_at is not null then b.stated_at
            when b.unit = 'hours' then make_timestamptz(epoch_us(b.opened_at) + b.amount * 3600000000)
            when b.unit = 'days' then lookup.end_of(b.opened_day + b.amount::int)
            when b.unit = 'working_days' then lookup.end_of(w."day") end as due_at
    from bounded b
    left join lookup.calendar c on c."day" = b.opened_day
    left join lookup.working_day w on w.counted = c.counted + b.amount),
-- one pause after the other: it counts if it begins not after the due instant as it then stands
moved as (
    select d.case_id, 0::bigint as turn, d.due_at, 0::bigint as paused_s, d.unit, d.is_stated
    from first_due d semi join pause using (case_id)
    union all
    select m.case_id, m.turn + 1,
        case when m.due_at is null or m.is_stated or p.begins_at > m.due_at then m.due_at
            when m.unit = 'hours' then make_timestamptz(epoch_us(m.due_at) + epoch_us(p.ends_at) - epoch_us(p.begins_at))
            when m.unit = 'days' then lookup.end_of(
                lookup.local_day(m.due_at) + (lookup.local_day(p.ends_at) - lookup.local_day(p.begins_at))::int)
            when lookup.end_of(w."day") < p.ends_at then lookup.end_of(later."day")
            else lookup.end_of(w."day") end,
        case when p.begins_at > m.due_at then m.paused_s
            else m.paused_s + (epoch_us(p.ends_at) - epoch_us(p.begins_at)) // 1000000 end,
        m.unit, m.is_stated
    from moved m
    join pause p on p.case_id = m.case_id and p.turn = m.turn + 1
    left join lookup.calendar due on due."day" = lookup.local_day(m.due_at)
    left join lookup.calendar begins on begins."day" = lookup.local_day(p.begins_at)
    left join lookup.calendar ends on ends."day" = lookup.local_day(p.ends_at)
    left join lookup.working_day w on w.counted = due.counted + ends.counted - begins.counted
    left join lookup.working_day later on later.counted = w.counted + 1),
settled as (
    select case_id, arg_max(due_at, turn) as due_at, arg_max(paused_s, turn) as paused_s from moved group by case_id)
select k.case_id, coalesce(o.source, k.source) as source, o.service, o.area, k.office, k.post, k.step, o.channel,
    case when o.case_id is null then 'unopened' when e.kind = 'case.decided' then 'decided'
        when e.kind = 'case.withdrawn' then 'withdrawn' else 'open' end as status,
    o.opened_at, o.opened_day,
    coalesce(s.due_at, d.due_at) as due_at, coalesce(d.is_stated, false) as due_stated,
    t.paused_at, coalesce(s.paused_s, 0) as paused_s,
    case when o.case_id is not null and e.kind = 'case.decided' then e.at_instant end as decided_at,
    case when o.case_id is not null and e.kind = 'case.decided' then e.on_day end as decided_day,
    case when o.case_id is not null and e.kind = 'case.decided' then e.outcome end as outcome,
    case when o.case_id is not null and e.kind = 'case.withdrawn' then e.on_day end as withdrawn_day,
    case when o.case_id is not null then k.delivered_day end as delivered_day,
    case when o.case_id is not null then coalesce(e.reopened, 0) else 0 end::int as reopened,
    case when o.case_id is not null then e.reopened_day end as reopened_day,
    k.last_event_at
from known k
left join opener o using (case_id)
left join ended e using (case_id)
left join first_due d using (case_id)
left join settled s using (case_id)
left join standing t using (case_id)
