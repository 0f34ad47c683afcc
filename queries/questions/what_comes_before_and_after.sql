-- What do customers do before and after an event, or a stage?
--
-- One row per place from the anchor (−1 just before, 1 just after) and what stands there. The
-- anchor is the first such touch of each journey; a journey without one takes no part. Where a
-- journey has not begun it says `start`, where it is over its end state: the percentages of a
-- place are of all anchored journeys.
--
-- param: event = null  -- such as view_item or web/view_item; null: a purchase, if no stage is asked
-- param: stage = null  -- such as evaluation; null: any
-- param: anchor = null  -- last: their last such touch; null: the first
-- param: steps = 3  -- how many places before and after
-- param: top = 6  -- how many rows of each place
-- param: grain = null  -- stage_channel or stage: steps, not touches; null: touches
-- param: from_date = null  -- first day on which journeys began; null: from the beginning
-- param: to_date = null  -- last day; null: until the end
-- param: segment = null  -- only journeys of this segment; null: all
with

surroundings as (
    select * from before_and_after(
        event := coalesce($event::varchar, if($stage::varchar is null, 'purchase', null)),
        stage := $stage::varchar,
        anchor := coalesce($anchor::varchar, 'first'),
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
    journeys,
    round(100 * rate, 1) as journeys_pct,
    round(100 * low, 1) as journeys_from,
    round(100 * high, 1) as journeys_to
from surroundings
qualify
    row_number() over (partition by relative_no order by journeys desc, node asc) <= $top::bigint
order by relative_no asc, journeys desc, node asc
