-- Over which nodes do conversions come, and at which do journeys end?
--
-- One row per node that journeys came to on their way to the conversion, or until they were dropped,
-- first those without which most conversions would be lost. `chance_pct` is the chance to convert
-- from there; of those who leave it `converted_next_pct` convert there and `dropped_next_pct` are
-- not seen again; `returns_pct` is how likely it is come to once more. Nodes of fewer customers than
-- [project] min_customers are left out.
--
-- param: grain = traffic  -- stage, stage_channel, traffic or touchpoint
-- param: top = 30  -- how many nodes
with

nodes as (
    select nodes.*
    from marts.nodes
    left join named_nodes($grain, null) as named on nodes.node = named.node
    where
        nodes.grain = (select one_of($grain, 'grain', ['stage', 'stage_channel', 'traffic', 'touchpoint']))
        and nodes.removal_effect is not null
        and not coalesce(named.is_folded, false)
),

departures as (
    select
        origin as node,
        sum(transitions) as departures,
        coalesce(sum(transitions) filter (where target = 'converted'), 0) as converted,
        coalesce(sum(transitions) filter (where target = 'dropped'), 0) as dropped
    from marts.conversion_chain
    where grain = $grain
    group by origin
)

select
    nodes.node,
    departures.departures::bigint as arrivals_before_the_end,
    round(100 * nodes.removal_effect, 1) as lost_without_it_pct,
    round(100 * nodes.conversion_chance, 1) as chance_pct,
    round(100 * departures.converted / departures.departures, 1) as converted_next_pct,
    round(100 * departures.dropped / departures.departures, 1) as dropped_next_pct,
    round(100 * nodes.return_chance, 1) as returns_pct,
    round(nodes.expected_steps, 1) as steps_to_the_end
from nodes
inner join departures on nodes.node = departures.node
order by nodes.removal_effect desc, nodes.node asc
limit $top::bigint
