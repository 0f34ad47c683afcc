-- A rate of the map lies within its interval, both within 0 and 1, and is told where there is one; a target
-- is met above the interval's reach, missed below, and else undecided.
--
-- One row per segment, stage and rate where that does not hold.
with

rates as (
    select
        is_all,
        segment,
        stage,
        'goal' as rate_of,
        goal_judged as judged,
        goal_judged_met as judged_with,
        goal_rate as rate,
        goal_low as low,
        goal_high as high,
        goal_target as target,
        goal_status as status
    from marts.stage_map
    union all
    select
        is_all,
        segment,
        stage,
        'advance' as rate_of,
        if(stage = 'outcome', 0, advanced + settled + lost) as judged,
        advanced as judged_with,
        advance_rate as rate,
        advance_low as low,
        advance_high as high,
        advance_target as target,
        advance_status as status
    from marts.stage_map
)

select * from rates
where
    rate is distinct from (judged_with / nullif(judged, 0))
    or (rate is null) != (low is null)
    or (rate is null) != (high is null)
    or not (0 <= low and low <= rate and rate <= high and high <= 1)
    or (target is null) != (status is null)
    or (status = 'met' and (low < target) is not false)
    or (status = 'missed' and (high >= target) is not false)
    or (status = 'undecided' and (low >= target or high < target))
    or status not in ('met', 'missed', 'undecided')
