select source, reason, count(*) as "rows", max(received_at) as last_received_at
from rejected where /*filters*/
group by all
order by "rows" desc, source, reason
