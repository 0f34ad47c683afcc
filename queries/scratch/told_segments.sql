-- One row per customer of whom the customer file tells: segment and attributes, of several rows of one
-- customer the first that tells of each.
--
-- Source: scratch.known_customers, scratch.persons.
with known_ids as (
    select
        known.record_no,
        known.segment,
        known.attributes,
        unnest(known.strong_ids) as strong_id
    from scratch.known_customers as known
    where known.segment is not null or len(known.attributes) > 0
),

known_persons as (
    select
        known_ids.record_no,
        known_ids.segment,
        known_ids.attributes,
        coalesce(persons.customer_id, known_ids.strong_id) as customer_id
    from known_ids
    left join scratch.persons as persons on known_ids.strong_id = persons.strong_id
),

segments as (
    select
        known_persons.customer_id,
        arg_min(known_persons.segment, known_persons.record_no) as segment
    from known_persons
    where known_persons.segment is not null
    group by known_persons.customer_id
),

told_attributes as (
    select
        known_persons.customer_id,
        known_persons.record_no,
        unnest(known_persons.attributes) as attribute
    from known_persons
),

first_attributes as (
    select
        told_attributes.customer_id,
        told_attributes.attribute.place as place,
        told_attributes.attribute.name as name,
        arg_min(told_attributes.attribute.told, told_attributes.record_no) as told
    from told_attributes
    group by told_attributes.customer_id, told_attributes.attribute.place, told_attributes.attribute.name
),

attributes as (
    select
        first_attributes.customer_id,
        to_json(
            map_from_entries(
                list((first_attributes.name, first_attributes.told) order by first_attributes.place)
            )
        )::varchar as attributes
    from first_attributes
    group by first_attributes.customer_id
)

select
    coalesce(segments.customer_id, attributes.customer_id) as customer_id,
    segments.segment,
    attributes.attributes
from segments
full join attributes on segments.customer_id = attributes.customer_id
