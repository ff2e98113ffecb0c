-- Everything that was told of a case, corrections of its events included, in the order in which it is taken.
with own as (
    select * from event
    where case_key = $key and case_id = $case_id
        and exists (select 1 from "case" where case_key = $key and case_id = $case_id and /*filters*/)),
said as (
    select e.* from event e
    where e.rowid in (
        select x.rowid from event x semi join own o on x.ref = o.event_id and x.source = o.source
        where x.kind in ('event.corrected', 'event.retracted')))
select * exclude (event_key, case_key, asset_key, ref_key) from (select * from own union all select * from said)
order by occurred_at,
    list_position(['case.opened', 'case.reopened', 'case.moved', 'case.paused', 'case.resumed', 'case.decided',
        'case.withdrawn', 'case.delivered'], kind), source, event_id
