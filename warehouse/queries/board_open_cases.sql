-- What stocks need to know of open cases.
select service, area, status, due_at, paused_at
from "case"
where status = 'open'
