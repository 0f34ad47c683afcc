-- One row per segment, stage, kind of touch (channel and event), length of the journey before a step and
-- length of the step: how many steps held such a touch, how many did not, and what came of each.
--
-- Source: core.steps, core.journeys, core.touchpoints. marts.moments compares the two.
-- Passing touches have no mind of their own, and nobody who has bought is lost: neither passing touches
-- nor purchases are kinds, they add no length, and steps of nothing else are left out. So are the last
-- steps of open journeys, of which nobody knows yet what comes.
-- Lengths are in classes: 0, 1, 2, 3 to 4, 5 to 8, 9 to 16, 17 to 32, 33 and more touches.
-- A step is *answered* by the next touch with a known sentiment after its first touch of the kind (of one
-- without: after its first touch), if that comes at the latest with the one that brings the journey back
-- to the stage: so no answer counts for two steps of a stage.
with

journeys as (
    select * from core.journeys
),

touches as (
    select
        touchpoints.journey_id,
        touchpoints.step_no,
        touchpoints.channel,
        touchpoints.event,
        min(touchpoints.touch_no) as touch_no,
        count(*) as touches
    from core.touchpoints
    where
        touchpoints.journey_id is not null
        and touchpoints.event not in (
            'page_view', 'session_start', 'first_visit', 'scroll', 'user_engagement', 'login', 'purchase'
        )
    group by touchpoints.journey_id, touchpoints.step_no, touchpoints.channel, touchpoints.event
),

answers as (
    select
        touchpoints.journey_id,
        touchpoints.touch_no,
        touchpoints.sentiment < 0 as is_negative
    from core.touchpoints
    where touchpoints.journey_id is not null and touchpoints.sentiment is not null
),

answered_touches as (
    select
        touches.*,
        answers.touch_no as answer_no,
        answers.is_negative
    from touches
    asof left join answers
        on touches.journey_id = answers.journey_id and touches.touch_no < answers.touch_no
),

lengths as (
    select
        journey_id,
        step_no,
        sum(touches) as touches,
        min(touch_no) as touch_no,
        min(answer_no) as answer_no,
        arg_min(is_negative, answer_no) as is_negative
    from answered_touches
    group by journey_id, step_no
),

steps_in_order as (
    select
        steps.journey_id,
        steps.step_no,
        steps.stage,
        journeys.segment,
        journeys.state,
        lengths.touches,
        lengths.answer_no,
        lengths.is_negative,
        stage_number(steps.stage) as stage_no,
        coalesce(sum(lengths.touches) over before, 0) as touches_before,
        lead(stage_number(steps.stage)) over in_order as next_stage_no,
        lead(steps.is_new_depth) over in_order as next_is_new_depth,
        min(lengths.touch_no) over in_stage as next_in_stage_no
    from core.steps
    inner join journeys on steps.journey_id = journeys.journey_id
    left join lengths on steps.journey_id = lengths.journey_id and steps.step_no = lengths.step_no
    window
        in_order as (partition by steps.journey_id order by steps.step_no),
        before as (
            partition by steps.journey_id
            order by steps.step_no
            rows between unbounded preceding and 1 preceding
        ),
        in_stage as (
            partition by steps.journey_id, steps.stage
            order by steps.step_no
            rows between 1 following and unbounded following
        )
),

steps as (
    select
        journey_id,
        step_no,
        stage,
        stage_no,
        segment,
        next_in_stage_no,
        case
            when touches_before <= 2 then touches_before
            when touches_before <= 4 then 3
            when touches_before <= 8 then 5
            when touches_before <= 16 then 9
            when touches_before <= 32 then 17
            else 33
        end::bigint as touches_before_from,
        case
            when touches <= 2 then touches
            when touches <= 4 then 3
            when touches <= 8 then 5
            when touches <= 16 then 9
            when touches <= 32 then 17
            else 33
        end::bigint as touches_from,
        coalesce(next_is_new_depth, state = 'repurchased' and stage != 'outcome') as is_advanced,
        coalesce(next_stage_no < stage_no, false) as is_back,
        next_stage_no is null and state = 'dropped' as is_left,
        if(answer_no > next_in_stage_no, null, is_negative) as is_negative
    from steps_in_order
    where touches is not null and (next_stage_no is not null or state != 'open')
),

exposed_steps as (
    select
        steps.stage,
        steps.stage_no,
        steps.segment,
        steps.touches_before_from,
        steps.touches_from,
        steps.is_advanced,
        steps.is_back,
        steps.is_left,
        steps.is_negative,
        answered_touches.channel,
        answered_touches.event,
        if(
            answered_touches.answer_no > steps.next_in_stage_no, null, answered_touches.is_negative
        ) as is_negative_after
    from steps
    inner join answered_touches
        on
            steps.journey_id = answered_touches.journey_id
            and steps.step_no = answered_touches.step_no
),

all_counts as (
    select
        stage,
        segment,
        touches_before_from,
        touches_from,
        count(*) as steps,
        count(*) filter (where is_advanced) as advanced,
        count(*) filter (where is_left) as lost,
        count(*) filter (where is_back) as back,
        count(is_negative) as answered,
        count(*) filter (where is_negative) as negative
    from steps
    group by stage, segment, touches_before_from, touches_from
),

exposed_counts as (
    select
        stage,
        stage_no,
        segment,
        channel,
        event,
        touches_before_from,
        touches_from,
        count(*) as steps,
        count(*) filter (where is_advanced) as advanced,
        count(*) filter (where is_left) as lost,
        count(*) filter (where is_back) as back,
        count(is_negative_after) as answered,
        count(*) filter (where is_negative_after) as negative,
        -- As they stand among all steps, from which they are taken to leave the others.
        count(is_negative) as answered_among_all,
        count(*) filter (where is_negative) as negative_among_all
    from exposed_steps
    group by stage, stage_no, segment, channel, event, touches_before_from, touches_from
)

select
    exposed_counts.segment,
    exposed_counts.stage,
    exposed_counts.stage_no,
    exposed_counts.channel,
    exposed_counts.event,
    exposed_counts.touches_before_from,
    exposed_counts.touches_from,
    exposed_counts.steps as exposed,
    exposed_counts.advanced as exposed_advanced,
    exposed_counts.lost as exposed_left,
    exposed_counts.back as exposed_back,
    exposed_counts.answered as exposed_answered,
    exposed_counts.negative as exposed_negative,
    all_counts.steps - exposed_counts.steps as others,
    all_counts.advanced - exposed_counts.advanced as others_advanced,
    all_counts.lost - exposed_counts.lost as others_left,
    all_counts.back - exposed_counts.back as others_back,
    all_counts.answered - exposed_counts.answered_among_all as others_answered,
    all_counts.negative - exposed_counts.negative_among_all as others_negative
from exposed_counts
inner join all_counts
    on
        exposed_counts.stage = all_counts.stage
        and exposed_counts.segment is not distinct from all_counts.segment
        and exposed_counts.touches_before_from = all_counts.touches_before_from
        and exposed_counts.touches_from = all_counts.touches_from
order by
    exposed_counts.segment,
    exposed_counts.stage_no,
    exposed_counts.channel,
    exposed_counts.event,
    exposed_counts.touches_before_from,
    exposed_counts.touches_from
