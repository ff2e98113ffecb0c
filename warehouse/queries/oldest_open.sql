-- The case that has been open longest in each of some areas.
select p.ancestor as area, count(*) as "open", min(c.opened_at) as opened_at,
    arg_min(c.case_id, (c.opened_at, c.case_id)) as case_id, arg_min(c.service, (c.opened_at, c.case_id)) as service,
    arg_min(c.office, (c.opened_at, c.case_id)) as office, arg_min(c.due_at, (c.opened_at, c.case_id)) as due_at
from "case" c join lookup.area_path p using (area)
where c.status = 'open' and p.ancestor in (select unnest($areas::varchar[])) and /*filters*/
group by p.ancestor
order by list_position($areas::varchar[], p.ancestor)
