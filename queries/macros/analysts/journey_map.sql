-- The journey map of one segment, or of all together: one row per stage and channel, with what was found
-- of its kinds of touch in marts.moments. What a stage achieves stands in marts.stage_map.
--
-- `pain_points` and `moments_of_truth` name the event, and for pain points what comes of it (left, back,
-- negative), each with its lift; the strongest first. Stage: one only, or null for all. Channels at which
-- a stage met fewer customers than [project] min_customers are left out, and so is what few met of what is
-- named: reach does not sum, so nothing tells of them. Of a segment that is folded there is no map.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro journey_map(segment := null, stage := null) as table
with

-- A customer is of one segment: of what one segment's map leaves out others' leave it out as well, or else the
-- one that is missing could be worked out from the map of all.
marked_channels as (
    select
        map.*,
        coalesce(segments.is_folded, false)
        or is_folded(
            map.customers,
            project.min_customers,
            map.segment,
            struct_pack(is_all := map.is_all, stage := map.stage, channel := map.channel),
            coalesce(segments.is_folded, false)
        ) as is_folded
    from marts.journey_map as map
    cross join ops.project as project
    left join named_segments() as segments
        on not map.is_all and map.segment is not distinct from segments.segment
),

flagged_moments as (
    select
        moments.stage,
        moments.channel,
        moments.kind,
        moments.lift,
        moments.event
        || if(moments.outcome = 'advanced', '', ' (' || moments.outcome || ')')
        || coalesce(' ×' || printf('%.1f', moments.lift), '') as told
    from told_moments() as moments
    where
        moments.kind is not null
        and moments.is_all = (segment is null)
        and (segment is null or moments.segment = segment)
),

listed_moments as (
    select
        flagged_moments.stage,
        flagged_moments.channel,
        string_agg(
            flagged_moments.told, ', '
            order by flagged_moments.lift desc nulls first, flagged_moments.told asc
        ) filter (where flagged_moments.kind = 'pain point') as pain_points,
        string_agg(
            flagged_moments.told, ', '
            order by flagged_moments.lift desc nulls first, flagged_moments.told asc
        ) filter (where flagged_moments.kind = 'moment of truth') as moments_of_truth
    from flagged_moments
    group by flagged_moments.stage, flagged_moments.channel
)

select
    map.stage,
    map.stage_no,
    map.channel,
    map.customers,
    map.journeys,
    map.reach,
    map.touches,
    map.top_event,
    map.known_sentiment,
    map.positive,
    map.negative,
    map.mean_sentiment,
    listed_moments.pain_points,
    listed_moments.moments_of_truth
from marked_channels as map
cross join ops.project as project
left join listed_moments
    on map.stage = listed_moments.stage and map.channel = listed_moments.channel
where
    map.is_all = (segment is null)
    and (segment is null or map.segment = segment)
    and (stage is null or map.stage = (select one_stage(stage, 'stage')))
    and not map.is_folded
    and map.customers >= least_customers(project.min_customers)
order by map.stage_no, map.journeys desc, map.channel;
