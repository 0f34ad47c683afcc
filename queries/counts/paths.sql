-- One row per grain, reach and distinct path: how many journeys went it, and what came of them.
--
-- Source: core.steps for the way, core.journeys for what came of it (journey_ways, way_paths).
-- Back-steps count. `until` the purchase, whoever bought and whoever was lost can be on the same path,
-- so that rates tell something. `value` is what was earned less what came back.
with

states as (
    select distinct
        state,
        state_no
    from numbered_journeys
),

-- Journeys of one way are counted here, and only then told as each kind of path.
way_counts as (
    select
        journey_ways.way_no,
        count(*) as journeys,
        count(journey_ways.to_conversion_ms) as conversions,
        count(*) filter (where states.state = 'open') as open,
        count(*) filter (where states.state = 'dropped') as dropped,
        count(*) filter (where states.state = 'returned') as returned,
        count(*) filter (where states.state = 'detracted') as detracted,
        count(*) filter (where states.state = 'advocated') as advocated,
        count(*) filter (where states.state = 'repurchased') as repurchased,
        count(*) filter (where states.state = 'kept') as kept,
        sum(journey_ways.revenue) as value
    from journey_ways
    inner join states on journey_ways.state_no = states.state_no
    group by journey_ways.way_no
),

customers_of_ways as (
    select distinct
        way_no,
        customer_no
    from journey_ways
),

customer_counts as (
    select
        way_paths.path_no,
        count(distinct customers_of_ways.customer_no) as customers
    from customers_of_ways
    inner join way_paths on customers_of_ways.way_no = way_paths.way_no
    group by way_paths.path_no
)

select
    way_paths.grain,
    way_paths.until,
    way_paths.path,
    way_paths.steps,
    way_paths.is_cut,
    sum(way_counts.journeys)::bigint as journeys,
    any_value(customer_counts.customers)::bigint as customers,
    sum(way_counts.conversions)::bigint as conversions,
    sum(way_counts.open)::bigint as open,
    sum(way_counts.dropped)::bigint as dropped,
    sum(way_counts.returned)::bigint as returned,
    sum(way_counts.detracted)::bigint as detracted,
    sum(way_counts.advocated)::bigint as advocated,
    sum(way_counts.repurchased)::bigint as repurchased,
    sum(way_counts.kept)::bigint as kept,
    sum(way_counts.value)::decimal(18, 4) as value
from way_counts
inner join way_paths on way_counts.way_no = way_paths.way_no
inner join customer_counts on way_paths.path_no = customer_counts.path_no
group by
    way_paths.grain, way_paths.until, way_paths.path, way_paths.steps, way_paths.is_cut
