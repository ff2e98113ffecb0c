-- What the board needs of the cases that are open: the stocks are counted from them.
select case_id, service, area, due_at, paused_at, opened_at
from "case" where status = 'open' and service is not null and area is not null and /*filters*/
