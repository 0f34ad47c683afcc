-- One row per model of attribution and traffic: the share of all conversions that is credited to it.
--
-- Source: yesterday.marts.attribution, the publication's. What no visit has earned is `unattributed`.
-- Participation is left out: it credits every traffic of a journey with all of it.
select
    attribution.model,
    coalesce(attribution.traffic, 'unattributed') as traffic,
    attribution.share
from yesterday.marts.attribution as attribution
where
    attribution.dimension = 'traffic'
    and attribution.model <> 'participation'
    and attribution.share > 0
order by attribution.model asc, attribution.share desc, traffic asc
