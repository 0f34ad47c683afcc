-- How much of the conversions do each two models credit to different names?
--
-- One row per pair of models, the farthest apart first. `apart_pct` is in per cent of all
-- conversions: where it is small, the choice between the two does not matter.
--
-- param: dimension = traffic  -- traffic, campaign, channel or touchpoint
-- param: top = 100  -- how many pairs
with

distances as (
    select * from attribution_distances(dimension := $dimension::varchar)
)

select
    model,
    other_model,
    round(100 * distance, 1) as apart_pct
from distances
order by distance desc, model asc, other_model asc
limit $top::bigint
