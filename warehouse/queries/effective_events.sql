-- Originals as corrections and retractions leave them: a retracted one drops out; of several corrections the latest
-- (occurred_at, event_id) holds and its values that are not null replace the original's. All corrections that are
-- known today count, whenever they were made.
select
    e.event_id, e.source, e.kind, e.occurred_at, e."day", e.case_id, e.case_key,
    coalesce(c.service, e.service) as service, coalesce(c.area, e.area) as area,
    coalesce(c.office, e.office) as office, coalesce(c.post, e.post) as post, coalesce(c.step, e.step) as step,
    coalesce(c.outcome, e.outcome) as outcome, coalesce(c.channel, e.channel) as channel,
    coalesce(c.due_at, e.due_at) as due_at, coalesce(c.amount, e.amount) as amount,
    coalesce(c.rating, e.rating) as rating, e.metric, e.asset, coalesce(c."value", e."value") as "value"
from event e
anti join (select source, ref from event where kind = 'event.retracted') r on r.source = e.source and r.ref = e.event_id
left join (
    select *, row_number() over (partition by source, ref order by occurred_at desc, event_id desc) as recent
    from event where kind = 'event.corrected') c
    on c.source = e.source and c.ref = e.event_id and c.recent = 1
where e.kind not in ('event.corrected', 'event.retracted')
