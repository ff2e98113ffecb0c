select source, "column", first_seen_at
from source_column where added and /*filters*/
order by source, first_seen_at, "column"
