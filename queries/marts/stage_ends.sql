-- One row per stage, dimension, value of it, and month in which the journeys began
-- (in the project's zone): how many went on from the stage, and how many were lost there.
--
-- Source: counts.stage_ends, which says what is counted; every cell has all six stages.
-- A month is ripe when its end lies at least the journey silence before the cut-off: before that,
-- whoever went on is counted already and whoever will drop is not. A rate is final in a ripe month
-- whose open journeys cannot move it out of its interval: they may have prolonged their silence.
with

project as (
    select * from ops.project
),

ends as (
    select * from counts.stage_ends
),

-- Every journey has come to the first stage.
stage_cells as (
    select
        stages.stage,
        stages.stage_no,
        ends.dimension,
        ends.dimension_value,
        ends.month
    from ends
    cross join stages() as stages
    where ends.stage_no = 1
),

stage_counts as (
    select
        stage_cells.*,
        coalesce(ends.advanced, 0) as advanced,
        coalesce(ends.settled, 0) as settled,
        coalesce(ends.dropped, 0) as dropped,
        coalesce(ends.open, 0) as open,
        coalesce(ends.undecided, 0) as undecided
    from stage_cells
    left join ends
        on
            stage_cells.stage_no = ends.stage_no
            and stage_cells.dimension = ends.dimension
            and stage_cells.dimension_value is not distinct from ends.dimension_value
            and stage_cells.month = ends.month
),

stage_rates as (
    select
        stage_counts.*,
        advanced + settled + dropped + open as reached,
        wilson(dropped, advanced + settled + dropped) as drop_off,
        timezone(project.time_zone, (stage_counts.month + interval 1 month)::timestamp)
        + to_milliseconds(project.journey_silence_ms)
        <= project.cut_off as is_ripe
    from stage_counts
    cross join project
)

select
    stage,
    stage_no,
    dimension,
    dimension_value,
    month,
    advanced,
    settled,
    dropped,
    open,
    undecided,
    is_ripe,
    is_ripe and coalesce(
        dropped / reached >= struct_extract(drop_off, 'low')
        and (dropped + undecided) / reached <= struct_extract(drop_off, 'high'),
        reached = 0
    ) as is_final
from stage_rates
order by dimension, dimension_value, month, stage_no
