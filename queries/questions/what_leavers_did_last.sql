-- What did those who left do last, and what had they done before?
--
-- One row per place from the end of the journeys that were dropped, and touch: 0 is the last
-- touch, −1 the one before it. `start` stands where a journey had not begun yet. The percentages
-- of a place are of all these leavers.
--
-- param: stage = null  -- the stage that they came to at most, such as evaluation; null: any
-- param: steps = 2  -- how many touches before the last
-- param: top = 6  -- how many rows of each place
-- param: grain = null  -- stage_channel or stage: steps, not touches; null: touches
-- param: from_date = null  -- first day on which journeys began; null: from the beginning
-- param: to_date = null  -- last day; null: until the end
-- param: segment = null  -- only journeys of this segment; null: all
with

surroundings as (
    select * from before_and_after(
        state := 'dropped',
        deepest_stage := $stage::varchar,
        anchor := 'last',
        steps := $steps::bigint,
        grain := coalesce($grain::varchar, 'touchpoint'),
        from_date := $from_date::varchar,
        to_date := $to_date::varchar,
        segment := $segment::varchar
    )
)

select
    relative_no,
    node,
    journeys as leavers,
    round(100 * rate, 1) as leavers_pct,
    round(100 * low, 1) as leavers_from,
    round(100 * high, 1) as leavers_to
from surroundings
where relative_no <= 0
qualify
    row_number() over (partition by relative_no order by journeys desc, node asc) <= $top::bigint
order by relative_no desc, leavers desc, node asc
