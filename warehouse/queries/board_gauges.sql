-- Last readings.
select metric, asset, area, read_at, event_id, "value"
from gauge
