-- Reviews that were held, newest first.
select review, area, title, held_at, held_by
from review where /*filters*/
order by held_at desc, review desc
