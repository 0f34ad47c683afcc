-- After which touches do customers go on to a deeper stage more often than others do?
--
-- One row per stage and touch for which this is raised beyond chance: compared with steps of the same stage
-- and like length, after journeys of like length, within segments. `steps` are those with such a touch;
-- `excess` is how many more of them went on than if they were like others. Touches that fewer customers met
-- at the stage than [project] min_customers are left out. Shares are per cent.
-- It is where to look first: association, never cause.
--
-- param: segment = null  -- only customers of this segment; null: all together
-- param: stage = null  -- only this stage; null: all
-- param: top = 20  -- how many rows
with

moments_of_truth as (
    select * from told_moments() as moments
    where
        moments.kind = 'moment of truth'
        and moments.is_all = ($segment::varchar is null)
        and ($segment::varchar is null or moments.segment = $segment::varchar)
        and ($stage::varchar is null or moments.stage = (select one_stage($stage::varchar, 'stage')))
)

select
    stage,
    channel,
    event,
    exposed as steps,
    round(100 * rate, 1) as pct,
    round(100 * others_rate, 1) as others_pct,
    round(lift, 2) as lift,
    round(low, 2) as lift_from,
    round(high, 2) as lift_to,
    round(exposed_with * (1 - 1 / coalesce(lift, 'infinity'::double)))::bigint as excess
from moments_of_truth
order by excess desc, stage_no asc, channel asc, event asc
limit $top::bigint
