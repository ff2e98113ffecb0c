select source, field, kind, "rows", last_found_at
from personal_count where /*filters*/
order by source, field, kind
