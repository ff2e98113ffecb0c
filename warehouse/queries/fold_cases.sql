-- Every case recomputed from raw events by the rules of docs/clock.md, in SQL alone: it shares nothing with the fold in
-- indicators, so that each can be checked against the other. Columns: CASE_SCHEMA.
-- Events of a case are taken in the order (occurred_at, kind, source, event_id), which `place` holds in one number: the
-- names are only looked at where instant and kind tie (64 of the same kind at the same instant are told apart).
-- Cases are told apart by their 64-bit key, which is quicker than the text; two of 600,000 share one with a chance of
-- one in a hundred million. Steps are temporary tables because DuckDB then knows how small they are.
create temp table fold_correction as
select * from (
    select *, row_number() over (partition by source, ref order by occurred_at desc, event_id desc) as recent
    from event where kind = 'event.corrected')
where recent = 1;
create temp table fold_retraction as
select distinct source, ref from event where kind = 'event.retracted';
create temp table fold_tie as
select case_key, source, event_id,
    row_number() over (partition by case_key, occurred_at, kind order by source, event_id) - 1 as number
from event
where (case_key, occurred_at, kind) in (
    select (case_key, occurred_at, kind) from event
    where case_key is not null group by case_key, occurred_at, kind having count(*) > 1);
create temp view fold_walk as
select e.case_key, e.case_id, e.source, e.occurred_at, e."day", e.kind_rank,
    (epoch_us(e.occurred_at) * 16 + e.kind_rank) * 64 + least(coalesce(t.number, 0), 63) as place,
    e.kind_rank in (6, 7) as is_closing, e.kind_rank in (2, 6, 7) as is_toggle, e.kind_rank <= 6 as holds,
    coalesce(c.service, e.service) as service, coalesce(c.area, e.area) as area,
    coalesce(c.office, e.office) as office, coalesce(c.post, e.post) as post, coalesce(c.step, e.step) as step,
    coalesce(c.outcome, e.outcome) as outcome, coalesce(c.channel, e.channel) as channel,
    coalesce(c.due_at, e.due_at) as due_at
from (
    select *, case kind when 'case.opened' then 1 when 'case.reopened' then 2 when 'case.moved' then 3
        when 'case.paused' then 4 when 'case.resumed' then 5 when 'case.decided' then 6 when 'case.withdrawn' then 7
        when 'case.delivered' then 8 when 'feedback.given' then 9 when 'amount.recorded' then 10 end as kind_rank
    from event
    where case_key is not null
        and kind not in ('reading.taken', 'expected.set', 'event.corrected', 'event.retracted')) e
anti join fold_retraction r on r.source = e.source and r.ref = e.event_id
left join fold_correction c on c.source = e.source and c.ref = e.event_id
left join fold_tie t on t.case_key = e.case_key and t.source = e.source and t.event_id = e.event_id
where e.kind_rank <= 8 or coalesce(c.service, e.service) is null or coalesce(c.area, e.area) is null;
create temp table fold_known as
select case_key, any_value(case_id) as case_id, arg_min(source, place) as source,
    min(place) filter (where kind_rank = 1) as opener_place,
    arg_max(office, place) filter (where holds and office is not null) as office,
    arg_max(post, place) filter (where holds and post is not null) as post,
    arg_max(step, place) filter (where holds and step is not null) as step,
    arg_max("day", place) filter (where kind_rank = 8) as delivered_day,
    coalesce(max(occurred_at) filter (where kind_rank <= 8), max(occurred_at)) as last_event_at,
    coalesce(bool_or(kind_rank = 4), false) as has_pause
from fold_walk where /*until*/ group by case_key;
create temp table fold_opener as
select w.case_key, k.has_pause, w.source, w.service, w.area, w.channel, w.occurred_at as opened_at,
    w."day" as opened_day, w.due_at as stated_at
from fold_walk w join fold_known k on k.case_key = w.case_key and k.opener_place = w.place
where w.kind_rank = 1;
-- closing and reopening: those that change whether the case is open
create temp table fold_ended as
select case_key, arg_max(kind_rank, place) as kind_rank, arg_max(occurred_at, place) as at_instant,
    arg_max("day", place) as on_day, arg_max_null(outcome, place) as outcome,
    count(*) filter (where not is_closing) as reopened,
    arg_max("day", place) filter (where not is_closing) as reopened_day
from (
    select *, is_closing <> lag(is_closing, 1, false) over (partition by case_key order by place) as kept
    from (
        select case_key, place, kind_rank, occurred_at, "day", outcome, is_closing
        from fold_walk where is_toggle and /*until*/))
where kept
group by case_key;
-- pausing and resuming while open; every closing ends a pause
create temp table fold_pause_turn as
with pausing as (
    select case_key, place, occurred_at, kind_rank = 4 as is_pause
    from (
        select case_key, place, occurred_at, kind_rank, is_closing,
            coalesce(last_value(case when is_toggle then is_closing end ignore nulls) over (
                partition by case_key order by place rows between unbounded preceding and 1 preceding), false) as was_closed
        from (
            select case_key, place, occurred_at, kind_rank, is_closing, is_toggle from fold_walk
            where (kind_rank in (4, 5) or is_toggle) and /*until*/
                and case_key in (select case_key from fold_opener where has_pause)))
    where (kind_rank = 4 and not was_closed) or kind_rank = 5 or is_closing)
select * from (
    select *, is_pause <> lag(is_pause, 1, false) over (partition by case_key order by place) as kept from pausing)
where kept;
create temp table fold_pause as
select p.case_key, row_number() over (partition by p.case_key order by p.place) as turn,
    greatest(p.begins_at, o.opened_at) as begins_at, greatest(p.ends_at, o.opened_at) as ends_at
from (
    select case_key, place, is_pause, occurred_at as ends_at,
        lag(occurred_at) over (partition by case_key order by place) as begins_at
    from fold_pause_turn) p
join fold_opener o using (case_key)
where not p.is_pause;
-- the limit in force on the day of opening, that of the area's class first
create temp table fold_first_due as
select b.case_key, b.unit, b.stated_at is not null as is_stated,
    case when b.stated_at is not null then b.stated_at
        when b.unit = 'hours' then make_timestamptz(epoch_us(b.opened_at) + b.amount * 3600000000)
        when b.unit = 'days' then lookup.end_of(b.opened_day + b.amount::int)
        when b.unit = 'working_days' then lookup.end_of(w."day") end as due_at
from (
    select o.case_key, o.stated_at, o.opened_at, o.opened_day,
        coalesce(own.unit, general.unit) as unit, coalesce(own.amount, general.amount) as amount
    from fold_opener o
    left join lookup.area a on a.area = o.area
    left join lookup.service_limit own on own.service = o.service and own.area_class = a.area_class
        and o.opened_day between own.valid_from and own.valid_to
    left join lookup.service_limit general on general.service = o.service and general.area_class = ''
        and o.opened_day between general.valid_from and general.valid_to) b
left join lookup.calendar c on c."day" = b.opened_day
left join lookup.working_day w on w.counted = c.counted + b.amount;
with recursive
-- one pause after the other: it counts if it begins not after the due instant as it then stands
moved as (
    select d.case_key, 0::bigint as turn, d.due_at, 0::bigint as paused_s, d.unit, d.is_stated
    from fold_first_due d semi join fold_pause using (case_key)
    union all
    select m.case_key, m.turn + 1,
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
    join fold_pause p on p.case_key = m.case_key and p.turn = m.turn + 1
    left join lookup.calendar due on due."day" = lookup.local_day(m.due_at)
    left join lookup.calendar begins on begins."day" = lookup.local_day(p.begins_at)
    left join lookup.calendar ends on ends."day" = lookup.local_day(p.ends_at)
    left join lookup.working_day w on w.counted = due.counted + ends.counted - begins.counted
    left join lookup.working_day later on later.counted = w.counted + 1),
settled as (
    select case_key, arg_max(due_at, turn) as due_at, arg_max(paused_s, turn) as paused_s from moved group by case_key),
standing as (
    select p.case_key, greatest(arg_max(p.occurred_at, p.place), o.opened_at) as paused_at
    from fold_pause_turn p join fold_opener o using (case_key)
    group by p.case_key, o.opened_at
    having arg_max(p.is_pause, p.place))
select k.case_id, coalesce(o.source, k.source) as source, o.service, o.area, k.office, k.post, k.step, o.channel,
    case when o.case_key is null then 'unopened' when e.kind_rank = 6 then 'decided'
        when e.kind_rank = 7 then 'withdrawn' else 'open' end as status,
    o.opened_at, o.opened_day,
    coalesce(s.due_at, d.due_at) as due_at, coalesce(d.is_stated, false) as due_stated,
    t.paused_at, coalesce(s.paused_s, 0) as paused_s,
    case when e.kind_rank = 6 then e.at_instant end as decided_at,
    case when e.kind_rank = 6 then e.on_day end as decided_day,
    case when e.kind_rank = 6 then e.outcome end as outcome,
    case when e.kind_rank = 7 then e.on_day end as withdrawn_day,
    case when o.case_key is not null then k.delivered_day end as delivered_day,
    coalesce(e.reopened, 0)::int as reopened, e.reopened_day, k.last_event_at
from fold_known k
left join fold_opener o using (case_key)
left join fold_ended e on e.case_key = o.case_key
left join fold_first_due d using (case_key)
left join settled s using (case_key)
left join standing t using (case_key)
