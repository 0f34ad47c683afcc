-- One row per node of the transition graph of one grain, with its figures.
--
-- Source: marts.nodes; kind is left out, which the graph itself knows.
select
    node,
    arrivals,
    journeys,
    conversion_chance,
    expected_steps,
    visit_chance,
    return_chance,
    removal_effect,
    betweenness
from marts.nodes
where grain = $grain
