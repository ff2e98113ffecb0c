select source, received, accepted, rejected, duplicates, events, last_event_at, last_heard_at
from source_count where /*filters*/
order by source
