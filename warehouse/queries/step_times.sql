-- How long the cases that were decided in a span of days stayed at each step and post, and how long they waited for
-- their applicants, most of all the time first: one row each, over the cases that came there. As the page of a case has
-- it: what a move does not name stays, and what happens while a case is closed moves it nowhere. Every pause is taken
-- out of its step, those too that came after the limit and no longer stop the clock. One row with nulls where no time is
-- known.
with decided as (
    select case_key, case_id from "case"
    where status = 'decided' and decided_day between $from_day and $to_day and /*filters*/),
-- materialised: rows are fetched by their numbers, of which a join would make a scan of all columns
found as materialized (
    select case_id, case_key, source, event_id, kind, occurred_at, post, step
    from event
    where rowid in (select x.rowid from event x semi join decided o on o.case_key = x.case_key)
        and kind in ('case.opened', 'case.reopened', 'case.moved', 'case.paused', 'case.resumed', 'case.decided',
            'case.withdrawn')),
change as materialized (
    select source, ref, kind, event_id, occurred_at, post, step
    from event
    where rowid in (select rowid from event where kind in ('event.corrected', 'event.retracted'))),
said as (
    select source, ref, bool_or(kind = 'event.retracted') as is_retracted,
        arg_max_null(post, (occurred_at, event_id)) filter (kind = 'event.corrected') as post,
        arg_max_null(step, (occurred_at, event_id)) filter (kind = 'event.corrected') as step
    from change
    group by source, ref),
told as (
    select e.case_id, e.occurred_at, coalesce(s.post, e.post) as post, coalesce(s.step, e.step) as step,
        e.kind in ('case.opened', 'case.reopened') as is_opening, e.kind = 'case.paused' as is_pause,
        e.kind in ('case.decided', 'case.withdrawn') as is_closing, e.kind = 'case.resumed' as is_resumption,
        row_number() over (partition by e.case_key, e.case_id order by e.occurred_at, list_position(['case.opened',
            'case.reopened', 'case.moved', 'case.paused', 'case.resumed', 'case.decided', 'case.withdrawn'], e.kind),
            e.source, e.event_id) as place
    from found e
    semi join decided d on d.case_key = e.case_key and d.case_id = e.case_id
    left join said s on s.source = e.source and s.ref = e.event_id
    where not coalesce(s.is_retracted, false)),
turn as (
    select *, coalesce(last_value(case when is_closing then false when is_opening then true end ignore nulls) over so_far,
            false) as is_open,
        lead(epoch_us(occurred_at)) over (partition by case_id order by place) - epoch_us(occurred_at) as took_us
    from told
    window so_far as (partition by case_id order by place rows between unbounded preceding and current row)),
spell as (
    select case_id, is_open, took_us,
        coalesce(last_value(case when is_closing or is_resumption then false when is_pause and is_open then true end
            ignore nulls) over so_far, false) as is_waiting,
        last_value(case when is_open then post end ignore nulls) over so_far as post,
        last_value(case when is_closing then '' when is_open then step end ignore nulls) over so_far as step
    from turn
    window so_far as (partition by case_id order by place rows between unbounded preceding and current row)),
stay as (
    select case_id, is_waiting, case when not is_waiting then coalesce(step, '') end as step,
        case when not is_waiting then coalesce(post, '') end as post, sum(took_us) / 1e6 as took_s
    from spell
    where is_open and took_us > 0
    group by all)
select is_waiting, step, post, cases, median_s, p90_s, total_s, "of"
from (select count(*) as "of" from decided)
left join (
    select is_waiting, step, post, count(*) as cases, quantile_cont(took_s, 0.5) as median_s,
        quantile_cont(took_s, 0.9) as p90_s, sum(took_s) as total_s
    from stay
    group by is_waiting, step, post) on true
order by total_s desc nulls last, is_waiting, step, post
