-- One row per strong identifier that joins more others than a person can have: a shared till, a test
-- account. It is set aside and joins nobody.
--
-- Source: scratch.identity_links, known_identifiers. Orders do not count, for a loyal customer has many;
-- but what meets over an order counts as met, unless the order is a hub itself. Few can be hubs at all:
-- those whose links, each an order of the most met, would be too many.
with links as (
    select
        links.one_id as id,
        links.other_id
    from scratch.identity_links as links
    union
    select
        links.other_id as id,
        links.one_id as other_id
    from scratch.identity_links as links
),

order_ids as (
    select distinct identifiers.identifier
    from known_identifiers as identifiers
    where identifiers.type = 'order_id'
),

links_to_persons as (
    select
        links.id,
        links.other_id
    from links
    anti join order_ids on links.other_id = order_ids.identifier
),

orders as (
    select
        links_to_persons.id,
        count(*) as met
    from links_to_persons
    semi join order_ids on links_to_persons.id = order_ids.identifier
    group by links_to_persons.id
),

most_met as (
    select coalesce(max(orders.met), 1) as met
    from orders
    where orders.met <= getvariable('max_links')
),

candidates as (
    select links.id
    from links
    anti join order_ids on links.id = order_ids.identifier
    group by links.id
    having count(*) * (from most_met) > getvariable('max_links')
),

met_over_orders as (
    select
        links.id,
        links_to_persons.other_id
    from links
    semi join candidates on links.id = candidates.id
    inner join orders on links.other_id = orders.id and orders.met <= getvariable('max_links')
    inner join links_to_persons on links.other_id = links_to_persons.id
    where links.id <> links_to_persons.other_id
),

met as (
    select
        links_to_persons.id,
        links_to_persons.other_id
    from links_to_persons
    semi join candidates on links_to_persons.id = candidates.id
    union
    select
        met_over_orders.id,
        met_over_orders.other_id
    from met_over_orders
),

hubs as (
    select
        orders.id,
        orders.met
    from orders
    where orders.met > getvariable('max_links')
    union all
    select
        met.id,
        count(*) as met
    from met
    group by met.id
    having count(*) > getvariable('max_links')
)

select
    hubs.id as identifier,
    hubs.met
from hubs
order by hubs.id
