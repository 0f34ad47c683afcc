-- One row per source and currency without a rate; give [rates] its rates from the first day on.
--
-- Source: ops.unrated.
select
    unrated.source,
    unrated.currency,
    unrated.touches,
    unrated.costs,
    unrated.value,
    unrated.first_day,
    unrated.last_day
from ops.unrated
order by unrated.source, unrated.currency
