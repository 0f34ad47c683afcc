-- One row per customer who is asked for: the journey that he was active in last, and what he last said of
-- the purpose.
--
-- Source: core.journeys, core.customers, core.consents. Who dropped one journey and has begun another is
-- told by the other; who has none is told too, where nothing of a journey is asked. What is not asked (a
-- variable that is null) leaves nobody out. A list leaves the house: a denial that came after the cut-off
-- (later_denials) stands, and so does one that was taken back with its publication (withdrawn_denials).
with

denials as (
    select later_denials.customer_id from later_denials
    union
    select identities.customer_id
    from core.identities as identities
    semi join withdrawn_denials on identities.identifier = withdrawn_denials.identifier
    where identities.led_by != 'hub'
),

latest_journeys as (
    select * from core.journeys
    qualify row_number() over (
        partition by journeys.customer_id
        order by journeys.last_active_at desc, journeys.started_at desc, journeys.journey_id asc
    ) = 1
),

asked as (
    select
        getvariable('stage')::varchar as stage,
        getvariable('state')::varchar as state,
        getvariable('silent_since')::timestamptz as silent_since,
        getvariable('channel')::varchar as channel,
        getvariable('traffic')::varchar as traffic,
        getvariable('campaign')::varchar as campaign,
        getvariable('segment')::varchar as segment,
        getvariable('min_value')::decimal(18, 4) as min_value,
        getvariable('max_value')::decimal(18, 4) as max_value,
        list_zip(
            getvariable('attribute_names')::varchar[], getvariable('attribute_values')::varchar[]
        ) as attributes
)

select
    customers.customer_id,
    customers.segment,
    latest_journeys.deepest_stage as stage,
    latest_journeys.state,
    latest_journeys.last_active_at,
    customers.value,
    if(denials.customer_id is null, consents.state, 'denied') as consent,
    latest_journeys.journey_id is not null as has_journey
from core.customers as customers
left join latest_journeys on customers.customer_id = latest_journeys.customer_id
left join core.consents as consents
    on customers.customer_id = consents.customer_id and consents.purpose = getvariable('purpose')
left join denials on customers.customer_id = denials.customer_id
cross join asked
where
    coalesce(latest_journeys.deepest_stage = asked.stage, asked.stage is null)
    and coalesce(latest_journeys.state = asked.state, asked.state is null)
    and coalesce(latest_journeys.last_active_at <= asked.silent_since, asked.silent_since is null)
    and coalesce(latest_journeys.first_channel = asked.channel, asked.channel is null)
    and coalesce(latest_journeys.first_traffic = asked.traffic, asked.traffic is null)
    and coalesce(latest_journeys.first_campaign = asked.campaign, asked.campaign is null)
    and coalesce(customers.segment = asked.segment, asked.segment is null)
    and coalesce(customers.value >= asked.min_value, asked.min_value is null)
    and coalesce(customers.value <= asked.max_value, asked.max_value is null)
    and coalesce(
        list_bool_and(
            list_transform(
                asked.attributes,
                lambda one: coalesce(
                    json_extract_string(
                        customers.attributes,
                        '/' || replace(replace(one[1], '~', '~0'), '/', '~1')
                    ) = one[2],
                    false
                )
            )
        ),
        true
    )
order by customers.customer_id
