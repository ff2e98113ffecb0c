-- One indicator in one area as it was sealed, day by day; days that were not sealed are not there. A day's value is the last
-- row of its calendar month up to it (warehouse/seal.py); without one there was none: state no_data, all else null.
with told as (
    select "day", date_trunc('month', "day") as of_month, numerator, denominator, "value", band, state, definition_version
    from value_day
    where indicator = $indicator and area = $area and period = $period
        and "day" between date_trunc('month', $from_day::date) and $to_day and /*filters*/),
sealed as (
    select *, date_trunc('month', "day") as of_month from sealed_day where "day" between $from_day and $to_day)
select s."day", s.sealed_at, s.was_shown, t.numerator, t.denominator, t."value", t.band,
    coalesce(t.state, 'no_data') as state, t.definition_version
from sealed s asof left join told t on s.of_month = t.of_month and s."day" >= t."day"
order by s."day"
