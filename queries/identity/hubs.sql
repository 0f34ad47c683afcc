-- One row per strong identifier that joins more others than a person can have: a shared till, a test
-- account. It is set aside and joins nobody.
--
-- Source: core.identity_links, scratch.identifiers. Orders do not count, for a loyal customer has many;
-- but what meets over an order counts as met, unless the order is a hub itself.
with ends as (
    select
        links.one_id as id,
        links.other_id
    from core.identity_links as links
    union
    select
        links.other_id as id,
        links.one_id as other_id
    from core.identity_links as links
),

order_ids as (
    select distinct identifiers.identifier
    from scratch.identifiers as identifiers
    where identifiers.type = 'order_id'
),

personal_ends as (
    select
        ends.id,
        ends.other_id
    from ends
    anti join order_ids on ends.other_id = order_ids.identifier
),

order_hubs as (
    select
        personal_ends.id,
        count(*) as met
    from personal_ends
    semi join order_ids on personal_ends.id = order_ids.identifier
    group by personal_ends.id
    having count(*) > getvariable('max_links')
),

-- Who meets over an order: only those can have more than their direct links that have many orders.
busy_ids as (
    select ends.id
    from ends
    anti join order_ids on ends.id = order_ids.identifier
    group by ends.id
    having count(*) > 1
),

met_over_orders as (
    select
        ends.id,
        personal_ends.other_id
    from ends
    semi join busy_ids on ends.id = busy_ids.id
    semi join order_ids on ends.other_id = order_ids.identifier
    anti join order_hubs on ends.other_id = order_hubs.id
    inner join personal_ends on ends.other_id = personal_ends.id
    where ends.id <> personal_ends.other_id
),

met as (
    select
        personal_ends.id,
        personal_ends.other_id
    from personal_ends
    anti join order_ids on personal_ends.id = order_ids.identifier
    union
    select
        met_over_orders.id,
        met_over_orders.other_id
    from met_over_orders
),

personal_hubs as (
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
from (
    from order_hubs
    union all
    from personal_hubs
) as hubs
order by hubs.id
