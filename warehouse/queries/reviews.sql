-- Reviews that were held, newest first. Everybody may know of them: their values and action points have a scope.
select review, area, title, held_at, held_by
from review
order by held_at desc, review desc
