-- One row per grain and node of the transition graph: how often it is come to, and what it means
-- for the conversion.
--
-- Source: built_nodes (pipeline.figures.nodes of marts.conversion_chain, and the betweenness of
-- pipeline.graph); marts.transitions for the arrivals, counts.nodes for the journeys.
-- A node that only journeys come to that are not decided, or only after their conversion, has no
-- place in the chain: null. So have the end states; of the start only the chance and the steps are
-- told. All segments are taken together.
with

arrivals as (
    select
        grain,
        target as node,
        sum(transitions)::bigint as arrivals
    from marts.transitions
    group by grain, target
),

starts as (
    select
        grain,
        sum(transitions)::bigint as journeys
    from marts.transitions
    where origin = 'start'
    group by grain
),

journeys_by_node as (
    select * from counts.nodes
)

select
    built.grain,
    built.node,
    case
        when built.node = 'start' then 'start'
        when
            built.node in (
                'open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept'
            )
            then 'state'
        when built.grain = 'stage_channel' then 'stage'
        else built.grain
    end as kind,
    arrivals.arrivals,
    -- Nobody comes to the start, and a journey comes to its end state once.
    coalesce(
        journeys_by_node.journeys, if(built.node = 'start', starts.journeys, arrivals.arrivals)
    )::bigint as journeys,
    built.conversion_chance,
    built.expected_steps,
    built.visit_chance,
    built.return_chance,
    built.removal_effect,
    built.betweenness
from built_nodes as built
inner join starts on built.grain = starts.grain
left join arrivals on built.grain = arrivals.grain and built.node = arrivals.node
left join journeys_by_node
    on built.grain = journeys_by_node.grain and built.node = journeys_by_node.node
order by built.grain, built.node
