-- The case that has been open longest in each of some areas.
with found as (
    select p.ancestor, c.case_id, c.service, c.office, c.opened_at, c.due_at
    from "case" c join lookup.area_path p using (area)
    where c.status = 'open' and p.ancestor in (select unnest($areas::varchar[])) and /*filters*/)
select ancestor as area, count(*) as "open", unnest(arg_min({'opened_at': opened_at, 'case_id': case_id,
    'service': service, 'office': office, 'due_at': due_at}, (opened_at, case_id)))
from found
group by ancestor
order by list_position($areas::varchar[], ancestor)
