-- What was agreed in reviews, with the last that was said of it; "open" where nothing was. First due first.
with last as (
    select point, arg_max({'state': state, 'remark': remark, 'said_at': said_at, 'said_by': said_by}, rowid) as word
    from action_word group by point)
select p.point, p.review, p.area, p.task, p.holder, p.due_on, p.indicator, p.agreed_at, p.agreed_by,
    coalesce(l.word.state, 'open') as state, l.word.remark as remark, l.word.said_at as said_at, l.word.said_by as said_by
from action_point p left join last l using (point)
where /*filters*/
order by p.due_on, p.point
