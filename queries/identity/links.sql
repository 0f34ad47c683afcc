-- One row per pair of strong identifiers that met and what told so, the smaller first; of records one per source.
--
-- Source: linking_touches, and standing_links of touches that need not be read again;
-- scratch.record_links, of records that touched nobody, which hold as long as their file is read so;
-- scratch.known_customers, whose rows hold as long as the customer file has them.
with met_ids as (
    select distinct
        linking_touches.strong_ids,
        'touch' as told_by
    from linking_touches
    where len(linking_touches.strong_ids) > 1
    union all
    select distinct
        known_customers.strong_ids,
        'customer file' as told_by
    from scratch.known_customers as known_customers
    where len(known_customers.strong_ids) > 1
),

firsts as (
    select
        met_ids.told_by,
        met_ids.strong_ids,
        unnest(generate_series(1, len(met_ids.strong_ids) - 1)) as place
    from met_ids
),

pairs as (
    select
        firsts.told_by,
        firsts.strong_ids[firsts.place] as first_id,
        unnest(firsts.strong_ids[firsts.place + 1:]) as second_id
    from firsts
)

select
    least(pairs.first_id, pairs.second_id) as one_id,
    greatest(pairs.first_id, pairs.second_id) as other_id,
    pairs.told_by,
    null::varchar as source,
    null::varchar as load_id
from pairs
where pairs.first_id <> pairs.second_id
union
select
    standing_links.one_id,
    standing_links.other_id,
    'touch' as told_by,
    null::varchar as source,
    null::varchar as load_id
from standing_links
union
select
    record_links.one_id,
    record_links.other_id,
    'record' as told_by,
    record_links.source,
    record_links.load_id
from scratch.record_links as record_links
order by one_id, other_id, told_by, source
