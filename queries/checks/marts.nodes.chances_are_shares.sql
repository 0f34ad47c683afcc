-- Chances, effects and betweenness lie between 0 and 1, from each node of the chain one comes at
-- least to itself, and the nodes that have a chance are those of marts.conversion_chain.
--
-- One row per node that breaks this.
with

chain_nodes as (
    select distinct
        grain,
        origin as node
    from marts.conversion_chain
),

nodes as (
    select * from marts.nodes
),

placed_nodes as (
    select
        nodes.*,
        chain_nodes.node is not null as is_in_the_chain
    from nodes
    left join chain_nodes on nodes.grain = chain_nodes.grain and nodes.node = chain_nodes.node
)

select
    grain,
    node,
    conversion_chance,
    expected_steps,
    visit_chance,
    return_chance,
    removal_effect,
    betweenness
from placed_nodes
where
    (conversion_chance is not null) != is_in_the_chain
    or conversion_chance not between 0 and 1
    or expected_steps < 1
    or (visit_chance is null) != (conversion_chance is null or node = 'start')
    or visit_chance not between 0 and 1
    or return_chance not between 0 and 1
    or removal_effect not between 0 and 1
    or betweenness is null
    or betweenness not between 0 and 1
