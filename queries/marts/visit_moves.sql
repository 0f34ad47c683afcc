-- One row per dimension, way over the last visits, and where it went on: how often decided
-- journeys went from a visit of one name to a visit of the next.
--
-- Source: counts.visit_moves, which says what is counted.
select
    dimension,
    third_last,
    second_last,
    origin,
    target,
    moves,
    value
from counts.visit_moves
order by dimension, third_last, second_last, origin, target
