-- No journey is open when its silence is over, and none is dropped or kept while it runs.
--
-- One row per journey that breaks this. The silence runs from the last touch that is not passive
-- (the first touch, if all are), so a late advertisement keeps nobody: only for a journey whose
-- last touch lies within the silence are its touchpoints asked.
with

project as (
    select * from ops.project
),

journeys as (
    select * from core.journeys
    where state in ('open', 'dropped', 'kept')
),

ads_and_mailings as (
    select * from core.touchpoints
    where event in ('ad_impression', 'mailing_received', 'view_promotion')
),

silences as (
    select
        journeys.journey_id,
        journeys.state,
        journeys.started_at,
        journeys.ended_at,
        project.cut_off - to_milliseconds(
            case
                when journeys.converted_at is not null or journeys.entered_late
                    then project.after_silence_ms
                else project.journey_silence_ms
            end
        ) as silent_before
    from journeys
    cross join project
),

-- Whose last touch is recent, but perhaps came to the customer unasked.
recent_journeys as (
    select * from silences
    where ended_at >= silent_before and started_at < silent_before
),

journeys_that_ended_passively as (
    select distinct recent_journeys.journey_id
    from recent_journeys
    inner join ads_and_mailings
        on
            recent_journeys.journey_id = ads_and_mailings.journey_id
            and recent_journeys.ended_at = ads_and_mailings.occurred_at
),

last_active_touches as (
    select
        touchpoints.journey_id,
        max(touchpoints.occurred_at) as occurred_at
    from core.touchpoints as touchpoints
    where
        touchpoints.journey_id in (select journey_id from journeys_that_ended_passively)
        and touchpoints.event not in ('ad_impression', 'mailing_received', 'view_promotion')
    group by touchpoints.journey_id
),

last_touches as (
    select
        silences.journey_id,
        silences.state,
        silences.silent_before,
        case
            when journeys_that_ended_passively.journey_id is null then silences.ended_at
            else coalesce(last_active_touches.occurred_at, silences.started_at)
        end as last_touch_at
    from silences
    left join journeys_that_ended_passively
        on silences.journey_id = journeys_that_ended_passively.journey_id
    left join last_active_touches on silences.journey_id = last_active_touches.journey_id
)

select
    journey_id,
    state,
    last_touch_at,
    silent_before
from last_touches
where (state = 'open') != (last_touch_at >= silent_before)
