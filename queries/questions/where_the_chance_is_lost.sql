-- Which moves cost most of the chance to convert, and which bring it?
--
-- One row per move that journeys made on their way to the conversion, or until they were dropped,
-- the costliest first. `conversions` is how many more of them convert (or fewer) than was to be
-- expected before the move: transitions × (chance after it − chance before it). Over all moves these
-- sum to 0, for what is lost on one is won on others. A chance is that of the node: it does not know
-- what came before.
--
-- param: grain = stage  -- stage, stage_channel, traffic or touchpoint
-- param: top = 30  -- how many moves
with

moves as (
    select * from marts.conversion_chain
    where grain = (select one_of($grain, 'grain', ['stage', 'stage_channel', 'traffic', 'touchpoint']))
),

chances as (
    select
        node,
        conversion_chance as chance
    from marts.nodes
    where grain = $grain and conversion_chance is not null
    union all
    select *
    from (values ('converted', 1), ('dropped', 0)) as ends (node, chance)
),

valued_moves as (
    select
        moves.origin,
        moves.target,
        moves.transitions,
        origins.chance as chance_before,
        targets.chance as chance_after,
        moves.transitions * (targets.chance - origins.chance) as conversions
    from moves
    inner join chances as origins on moves.origin = origins.node
    inner join chances as targets on moves.target = targets.node
)

select
    origin,
    target,
    transitions,
    round(100 * transitions / sum(transitions) over (partition by origin), 1) as of_origin_pct,
    round(100 * chance_before, 1) as chance_before_pct,
    round(100 * chance_after, 1) as chance_after_pct,
    round(conversions, 1) as conversions
from valued_moves
order by valued_moves.conversions asc, origin asc, target asc
limit $top::bigint
