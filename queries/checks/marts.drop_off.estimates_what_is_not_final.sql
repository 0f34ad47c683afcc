-- An estimate stands where a rate is not final, up to the purchase, and lies in its interval; it is
-- there wherever somebody has been watched for the whole silence, or all have gone on. Only rates of
-- ripe months are final.
--
-- One row per row that breaks this.
with

bins as (
    select
        stage,
        within_ms,
        sum(not_yet) as not_yet
    from marts.stage_times
    where dimension = 'all'
    group by stage, within_ms
),

project as (
    select * from ops.project
),

known_stages as (
    select bins.stage
    from bins
    cross join project
    group by bins.stage
    having
        max(bins.within_ms) >= any_value(project.journey_silence_ms)
        or arg_max(bins.not_yet, bins.within_ms) = 0
)

select
    drop_offs.stage,
    drop_offs.dimension,
    drop_offs.dimension_value,
    drop_offs.period,
    drop_offs.is_ripe,
    drop_offs.is_final,
    drop_offs.estimate,
    drop_offs.estimate_low,
    drop_offs.estimate_high
from marts.drop_off as drop_offs
left join known_stages on drop_offs.stage = known_stages.stage
where
    (drop_offs.is_final and not drop_offs.is_ripe)
    or drop_offs.estimate_low < 0
    or drop_offs.estimate_low > drop_offs.estimate
    or drop_offs.estimate > drop_offs.estimate_high
    or drop_offs.estimate_high > 1
    or (drop_offs.estimate_low is null) != (drop_offs.estimate is null)
    or (drop_offs.estimate_high is null) != (drop_offs.estimate is null)
    or (
        drop_offs.estimate is not null
        and (
            drop_offs.is_final
            or drop_offs.stage_no > 4
            or drop_offs.advanced + drop_offs.settled + drop_offs.dropped + drop_offs.open = 0
        )
    )
    or (
        drop_offs.estimate is null
        and not drop_offs.is_final
        and drop_offs.stage_no <= 4
        and drop_offs.advanced + drop_offs.settled + drop_offs.dropped + drop_offs.open > 0
        and known_stages.stage is not null
    )
