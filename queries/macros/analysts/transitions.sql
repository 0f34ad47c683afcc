-- The transitions of one grain, of one segment or of all: one row per origin and target.
--
-- `rate` is the share of an origin's transitions that went to the target, with its interval.
-- A segment's times are exact. Over several segments they are the mean of the segments'
-- quantiles weighted by transitions: an estimate, between the smallest and the largest of them.
create or replace macro transitions(grain := 'stage', segment := null) as table
with

edges as (
    select
        edge.grain,
        edge.origin,
        edge.target,
        sum(edge.journeys)::bigint as journeys,
        sum(edge.transitions)::bigint as transitions,
        sum(edge.customers)::bigint as customers,
        round(sum(edge.median_ms * edge.transitions) / sum(edge.transitions))::bigint as median_ms,
        round(sum(edge.p90_ms * edge.transitions) / sum(edge.transitions))::bigint as p90_ms,
        sum(edge.value)::decimal(18, 4) as value
    from marts.transitions as edge
    where
        edge.grain = one_of(grain, 'grain', ['stage', 'stage_channel', 'traffic', 'touchpoint'])
        and (segment is null or edge.segment = segment)
    group by edge.grain, edge.origin, edge.target
),

edge_rates as (
    select
        edges.*,
        wilson(
            edges.transitions, sum(edges.transitions) over (partition by edges.origin)::bigint
        ) as departure
    from edges
)

select
    edge_rates.grain,
    edge_rates.origin,
    edge_rates.target,
    edge_rates.journeys,
    edge_rates.transitions,
    edge_rates.customers,
    edge_rates.median_ms,
    edge_rates.p90_ms,
    edge_rates.value,
    struct_extract(edge_rates.departure, 'rate')::double as rate,
    struct_extract(edge_rates.departure, 'low')::double as low,
    struct_extract(edge_rates.departure, 'high')::double as high
from edge_rates
order by edge_rates.transitions desc, edge_rates.origin asc, edge_rates.target asc;
