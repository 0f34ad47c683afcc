-- The conversion chain is a part of the transitions: no move, conversions aside, is there more
-- often.
--
-- One row per move that breaks this.
with

transitions as (
    select
        grain,
        origin,
        target,
        sum(transitions) as transitions
    from marts.transitions
    group by grain, origin, target
)

select
    moves.grain,
    moves.origin,
    moves.target,
    moves.transitions,
    transitions.transitions as transitions_of_all_journeys
from marts.conversion_chain as moves
left join transitions
    on
        moves.grain = transitions.grain
        and moves.origin = transitions.origin
        and moves.target = transitions.target
where moves.target != 'converted' and moves.transitions > coalesce(transitions.transitions, 0)
