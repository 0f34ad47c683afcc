-- One row per visit, by number: what the counts read of it.
--
-- Source: core.visits, numbered_journeys, visit_kinds, conversions.
select
    numbered_journeys.journey_no,
    visits.visit_no::integer as visit_no,
    visit_kinds.kind_no,
    visit_kinds.traffic_no,
    visits.value,
    epoch_us(visits.started_at) as started_us,
    not numbered_journeys.is_converted
    or visits.to_conversion_ms is not null
    -- What has the conversion in it, and did not begin before, begins with it.
    or coalesce(
        visits.session_id = conversions.session_id
        and visits.campaign is not distinct from conversions.campaign,
        false
    ) as is_until_conversion,
    visits.credit_linear is not null as earns
from core.visits
inner join numbered_journeys on visits.journey_id = numbered_journeys.journey_id
left join conversions on visits.journey_id = conversions.journey_id
inner join visit_kinds
    on
        visits.traffic is not distinct from visit_kinds.traffic
        and visits.campaign is not distinct from visit_kinds.campaign
        and visits.channel is not distinct from visit_kinds.channel
        and visits.event is not distinct from visit_kinds.event
