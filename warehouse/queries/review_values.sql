-- Values as they were on the screens when a review was held; what had none then is not there.
select indicator, area, period, numerator, denominator, "value", band, state, definition_version
from review_value where review = $review and area in (select unnest($areas::varchar[])) and /*filters*/
order by indicator, area, period
