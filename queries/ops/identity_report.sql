-- One row per fact about how touches found their people, with the identifier where it is about one.
--
-- Source: core.identities, counts.touches_led, scratch.hubs, and stored_identities, what the last
-- publication knew. A merge is a customer of tonight whose identifiers led to several the night
-- before; a split is a customer of the night before whose identifiers lead to several tonight, named
-- by the smallest that is still there: in a backup brought back its id may be one that is erased.
with tonight as (
    select distinct
        identities.identifier,
        identities.customer_id
    from core.identities as identities
    where identities.touches is null
),

former_identities as (
    select distinct
        stored.identifier,
        stored.customer_id
    from stored_identities as stored
    where stored.type not in ('anonymous_id', 'device_id', 'network_user_id', 'click_id')
),

both_nights as (
    select
        tonight.identifier,
        tonight.customer_id,
        former_identities.customer_id as former_id
    from tonight
    inner join former_identities on tonight.identifier = former_identities.identifier
),

merged_customers as (
    select both_nights.customer_id
    from both_nights
    group by both_nights.customer_id
    having count(distinct both_nights.former_id) > 1
),

split_customers as (
    select min(both_nights.identifier) as identifier
    from both_nights
    group by both_nights.former_id
    having count(distinct both_nights.customer_id) > 1
),

-- Those that several customers were seen on by a strong identifier.
shared_devices as (
    select identities.identifier
    from core.identities as identities
    where identities.touches is not null and identities.led_by = 'identifier'
    group by identities.identifier
    having min(identities.customer_id) <> max(identities.customer_id)
),

facts as (
    select
        'hub' as fact,
        hubs.identifier,
        hubs.met as number
    from scratch.hubs as hubs
    union all by name
    select
        'merge' as fact,
        merged_customers.customer_id as identifier,
        1 as number
    from merged_customers
    union all by name
    select
        'split' as fact,
        split_customers.identifier,
        1 as number
    from split_customers
    union all by name
    select
        'touches led by ' || coalesce(touches_led.led_by, 'nothing, for consent was denied') as fact,
        touches_led.touches as number
    from counts.touches_led as touches_led
    union all by name
    select
        'identifiers of type ' || identities.type as fact,
        count(distinct identities.identifier) as number
    from core.identities as identities
    group by identities.type
    union all by name
    select
        'shared devices' as fact,
        count(*) as number
    from shared_devices
    union all by name
    select
        'anonymous share of touches' as fact,
        coalesce(sum(customers.touches) filter (where devices.identifier is not null), 0)
        / nullif(sum(customers.touches), 0) as number
    from core.customers as customers
    left join (
        select distinct identifiers.identifier
        from known_identifiers as identifiers
        where identifiers.type in ('anonymous_id', 'device_id', 'network_user_id')
    ) as devices on customers.customer_id = devices.identifier
)

select
    facts.fact,
    types.type,
    facts.identifier,
    facts.number::double as number
from facts
left join (
    select distinct
        identifiers.identifier,
        identifiers.type
    from known_identifiers as identifiers
) as types on facts.identifier = types.identifier
order by facts.fact, facts.identifier
