-- Flows within each span of days and stocks at its end, per area asked for. Spans count back from to_day.
-- Stocks come from case rows as running sums of what changes them; a case stands open on the days from opening to
-- before its closing, overdue from the day on which it was due (today: once the instant has passed), due_48h on the two
-- days before. Bodies below the series level have flows from day_horizon on; before it they are null, not 0.
with
span as (
    select range as place, ($to_day::date - ($spans - 1 - range)::int * $step_days::int) as end_day
    from range($spans)),
path as (select area, ancestor from lookup.area_path where ancestor in (select unnest($areas::varchar[]))),
told as (
    select area, ($spans - 1 - ($to_day::date - "day") // $step_days) as place, is_low,
        sum(received) as received, sum(decided) as decided, sum(approved) as approved, sum(rejected) as rejected,
        sum(in_time) as in_time, sum(late) as late, sum(withdrawn) as withdrawn, sum(delivered) as delivered,
        sum(reopened) as reopened, sum(feedback) as feedback, sum(satisfied) as satisfied
    from (
        select "day", area, subject, received, decided, approved, rejected, in_time, late, withdrawn, delivered, reopened,
            feedback, satisfied, false as is_low from cell_day
        union all
        select span_start, area, subject, received, decided, approved, rejected, in_time, late, withdrawn, delivered,
            reopened, feedback, satisfied, true from cell
        where span_kind = 'd' and len($low::varchar[]) > 0)
    where "day" between $from_day and $to_day and /*subject_filters*/
    group by all),
flow as (
    select p.ancestor, t.place, sum(received) as received, sum(decided) as decided, sum(approved) as approved,
        sum(rejected) as rejected, sum(in_time) as in_time, sum(late) as late, sum(withdrawn) as withdrawn,
        sum(delivered) as delivered, sum(reopened) as reopened, sum(feedback) as feedback, sum(satisfied) as satisfied
    from told t join path p on p.area = t.area and t.is_low = list_contains($low::varchar[], p.ancestor)
    group by all),
fact as (
    select p.ancestor, opened_day, coalesce(decided_day, withdrawn_day, $to_day::date + 1) as closed_day,
        case when due_at is null or paused_at <= due_at then date '2199-12-31'  -- never overdue
            when due_at >= $now then greatest(lookup.local_day(due_at), $today::date + 1)
            else lookup.local_day(due_at) end as due_day
    from "case" join path p using (area)
    where status <> 'unopened' and opened_day <= $to_day
        and coalesce(decided_day, withdrawn_day, $to_day::date + 1) > $first_end and /*filters*/),
-- days as places of spans: the first span that ends on the day or later; many cases share all of them
stood as materialized (
    select ancestor, greatest(0, (opened_day - $first_end::date + $step_days::int - 1) // $step_days::int) as opens,
        (closed_day - $first_end::date + $step_days::int - 1) // $step_days::int as closes,
        greatest(0, (greatest(due_day, opened_day) - $first_end::date + $step_days::int - 1) // $step_days::int)
            as late_from,
        greatest(0, (greatest(due_day - 2, opened_day) - $first_end::date + $step_days::int - 1) // $step_days::int)
            as soon_from,
        (least(due_day, closed_day) - $first_end::date + $step_days::int - 1) // $step_days::int as soon_to,
        count(*) as cases
    from fact group by all),
step as (
    select ancestor, opens as place, cases as "open", 0 as overdue, 0 as due_48h from stood
    union all
    select ancestor, closes, -cases, if(closes > late_from, -cases, 0), 0 from stood
    union all
    select ancestor, late_from, 0, cases, 0 from stood where closes > late_from
    union all
    select ancestor, soon_from, 0, 0, cases from stood where soon_to > soon_from
    union all
    select ancestor, soon_to, 0, 0, -cases from stood where soon_to > soon_from),
changed as (
    select ancestor, place, sum("open") as "open", sum(overdue) as overdue, sum(due_48h) as due_48h
    from step where place < $spans group by all),
grid as (select a.ancestor, s.place, s.end_day from (select unnest($areas::varchar[]) as ancestor) a cross join span s),
horizon as (select coalesce(max("value")::date, date '1900-01-01') as first_day from setting where name = 'day_horizon')
select g.ancestor as area, g.end_day as "day",
    case when is_known then coalesce(f.received, 0)::bigint end as received,
    case when is_known then coalesce(f.decided, 0)::bigint end as decided,
    case when is_known then coalesce(f.approved, 0)::bigint end as approved,
    case when is_known then coalesce(f.rejected, 0)::bigint end as rejected,
    case when is_known then coalesce(f.in_time, 0)::bigint end as in_time,
    case when is_known then coalesce(f.late, 0)::bigint end as late,
    case when is_known then coalesce(f.withdrawn, 0)::bigint end as withdrawn,
    case when is_known then coalesce(f.delivered, 0)::bigint end as delivered,
    case when is_known then coalesce(f.reopened, 0)::bigint end as reopened,
    case when is_known then coalesce(f.feedback, 0)::bigint end as feedback,
    case when is_known then coalesce(f.satisfied, 0)::bigint end as satisfied,
    coalesce(sum(c."open") over so_far, 0)::bigint as "open",
    coalesce(sum(c.overdue) over so_far, 0)::bigint as overdue,
    coalesce(sum(c.due_48h) over so_far, 0)::bigint as due_48h
from (
    select grid.*, not list_contains($low::varchar[], ancestor)
        or greatest(end_day - $step_days::int + 1, $from_day::date) >= (select first_day from horizon) as is_known
    from grid) g
left join flow f using (ancestor, place)
left join changed c using (ancestor, place)
window so_far as (partition by g.ancestor order by g.place)
order by list_position($areas::varchar[], g.ancestor), g.end_day
