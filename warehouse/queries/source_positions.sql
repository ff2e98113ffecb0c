select source, "partition", "position", updated_at
from source_position where /*filters*/
order by source, "partition"
