-- The journeys of a path are those of its end states; no more of them bought than did not drop,
-- and no more customers went it than journeys.
--
-- One row per path that breaks this.
select
    grain,
    until,
    path,
    journeys,
    customers,
    conversions,
    dropped
from marts.paths
where
    journeys != open + dropped + returned + detracted + advocated + repurchased + kept
    or conversions > journeys - dropped
    or customers not between 1 and journeys
