-- One row per journey: from the first touch towards a purchase to what came of it.
--
-- Source: built_journeys, what the kernels made of one shard; numbered_customers gives the ids back.
select
    built.journey_id,
    customers.customer_id,
    customers.segment,
    built.started_at,
    built.ended_at,
    (epoch_us(built.ended_at) - epoch_us(built.started_at)) // 1000 as duration_ms,
    built.first_channel,
    built.last_channel,
    built.first_traffic,
    built.first_campaign,
    built.first_device_type,
    built.touches::bigint as touches,
    built.sessions::bigint as sessions,
    built.steps::bigint as steps,
    deepest.stage as deepest_stage,
    built.deepest_at,
    latest.stage as last_stage,
    built.last_active_at,
    built.state,
    built.converted_at,
    built.orders::bigint as orders,
    money(built.value) as value,
    money(built.returned_value) as returned_value,
    -- Where nothing came back it is 0, and not the -0.0 of a negative value: as equals, either would be stored.
    if(
        built.returned_value = 0 and built.value <> 0, 0, built.returned_value / nullif(built.value, 0)
    ) as returned_share,
    built.entered_late,
    built.touches_before_conversion::bigint as touches_before_conversion,
    built.contact_at,
    built.touches_before_contact::bigint as touches_before_contact,
    timezone(getvariable('project_zone')::varchar, built.started_at)::date as day
from built_journeys as built
inner join scratch.numbered_customers as customers on built.customer = customers.customer
inner join stages as deepest on built.deepest_stage = deepest.stage_no
inner join stages as latest on built.last_stage = latest.stage_no
