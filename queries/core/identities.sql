-- One row per identifier and customer that it led to, with what led there.
--
-- Source: told_identifiers, scratch.identity_links, scratch.hubs and .persons; core.touchpoints for
-- devices, each of which may lead to several customers in turn.
with all_identifiers as (
    select distinct
        identifiers.identifier,
        identifiers.type,
        identifiers.namespace
    from told_identifiers as identifiers
),

links as (
    select
        links.one_id as identifier,
        links.other_id,
        links.told_by
    from scratch.identity_links as links
    union all
    select
        links.other_id as identifier,
        links.one_id as other_id,
        links.told_by
    from scratch.identity_links as links
),

met as (
    select
        links.identifier,
        min(links.other_id) as met_id,
        arg_min(links.told_by, (links.other_id, links.told_by)) as told_by
    from links
    group by links.identifier
),

-- What only refused records told of led nobody anywhere.
seen_identifiers as (
    select touchpoints.strong_id as identifier
    from core.touchpoints as touchpoints
    union
    select met.identifier
    from met
),

strong_identifiers as (
    select
        all_identifiers.identifier,
        all_identifiers.type,
        all_identifiers.namespace,
        coalesce(persons.customer_id, all_identifiers.identifier) as customer_id,
        case
            when hubs.identifier is not null then 'hub'
            when met.identifier is not null then 'met ' || met_identifiers.type || ' (' || met.told_by || ')'
            else 'itself'
        end as led_by
    from all_identifiers
    left join scratch.persons as persons on all_identifiers.identifier = persons.strong_id
    left join scratch.hubs as hubs on all_identifiers.identifier = hubs.identifier
    left join met on all_identifiers.identifier = met.identifier
    left join all_identifiers as met_identifiers on met.met_id = met_identifiers.identifier
    semi join seen_identifiers on all_identifiers.identifier = seen_identifiers.identifier
),

weak_touches as (
    select
        touchpoints.weak_id,
        touchpoints.customer_id,
        touchpoints.led_by,
        count(*) as touches
    from core.touchpoints as touchpoints
    where touchpoints.customer_id is not null and touchpoints.weak_id is not null
    group by touchpoints.weak_id, touchpoints.customer_id, touchpoints.led_by
)

select
    strong_identifiers.*,
    null::bigint as touches
from strong_identifiers
union all
select
    all_identifiers.identifier,
    all_identifiers.type,
    all_identifiers.namespace,
    weak_touches.customer_id,
    weak_touches.led_by,
    weak_touches.touches
from weak_touches
inner join all_identifiers on weak_touches.weak_id = all_identifiers.identifier
