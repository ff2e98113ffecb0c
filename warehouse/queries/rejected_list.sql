select rejected_id, source, received_at, reason, field, detail, raw, origin, count(*) over () as "of"
from rejected where /*filters*/
order by received_at desc, origin, rejected_id
limit $limit
