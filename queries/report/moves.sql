-- One row per move of the conversion chain of one grain.
select
    origin,
    target,
    transitions
from marts.conversion_chain
where grain = $grain
