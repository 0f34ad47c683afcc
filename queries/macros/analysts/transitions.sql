-- The transitions of one grain, of one segment or of all: one row per origin and target.
--
-- `rate` is the share of an origin's transitions that went to the target, with its interval.
-- A segment's times are exact. Over several segments they are the mean of the segments'
-- quantiles weighted by transitions: an estimate, between the smallest and the largest of them.
-- Nodes of fewer customers than [project] min_customers are `other`; journeys and customers of several edges in
-- one are not told, for who went on one may have gone on another.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro transitions(grain := 'stage', segment := null) as table
with

nodes as (
    select * from named_nodes(grain, segment)
),

named_edges as (
    select
        edge.*,
        if(origins.is_folded, 'other', edge.origin) as told_origin,
        if(targets.is_folded, 'other', edge.target) as told_target
    from marts.transitions as edge
    left join nodes as origins on edge.origin = origins.node
    left join nodes as targets on edge.target = targets.node
    where
        edge.grain = one_of(grain, 'grain', ['stage', 'stage_channel', 'traffic', 'touchpoint'])
        and (segment is null or edge.segment = segment)
),

edges as (
    select
        edge.grain,
        edge.told_origin as origin,
        edge.told_target as target,
        min(edge.origin) = max(edge.origin) and min(edge.target) = max(edge.target) as is_one,
        sum(edge.journeys)::bigint as journeys,
        sum(edge.transitions)::bigint as transitions,
        sum(edge.customers)::bigint as customers,
        round(sum(edge.median_ms * edge.transitions) / sum(edge.transitions))::bigint as median_ms,
        round(sum(edge.p90_ms * edge.transitions) / sum(edge.transitions))::bigint as p90_ms,
        sum(edge.value)::decimal(18, 4) as value
    from named_edges as edge
    group by edge.grain, edge.told_origin, edge.told_target
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
    if(edge_rates.is_one, edge_rates.journeys, null) as journeys,
    edge_rates.transitions,
    if(edge_rates.is_one, edge_rates.customers, null) as customers,
    edge_rates.median_ms,
    edge_rates.p90_ms,
    edge_rates.value,
    struct_extract(edge_rates.departure, 'rate')::double as rate,
    struct_extract(edge_rates.departure, 'low')::double as low,
    struct_extract(edge_rates.departure, 'high')::double as high
from edge_rates
order by edge_rates.transitions desc, edge_rates.origin asc, edge_rates.target asc;
