-- One row per strong identifier and customer, of the night before or of tonight, of all persons with an
-- identifier whose links changed.
--
-- Source: scratch.changed_links, scratch.persons; the publication's identities. A person changes only by
-- the links and hubs among its own identifiers, so nobody else's did.
with former_persons as (
    select
        identities.identifier,
        identities.customer_id
    from yesterday.core.identities as identities
    where identities.touches is null
),

changed_customers as (
    select former_persons.customer_id
    from former_persons
    semi join scratch.changed_links as changed on former_persons.identifier = changed.identifier
    union
    select coalesce(persons.customer_id, changed.identifier) as customer_id
    from scratch.changed_links as changed
    left join scratch.persons as persons on changed.identifier = persons.strong_id
),

relinked_ids as (
    select former_persons.identifier
    from former_persons
    semi join changed_customers on former_persons.customer_id = changed_customers.customer_id
    union
    select persons.strong_id as identifier
    from scratch.persons as persons
    semi join changed_customers on persons.customer_id = changed_customers.customer_id
    union
    select changed.identifier
    from scratch.changed_links as changed
)

select
    relinked_ids.identifier,
    former_persons.customer_id
from relinked_ids
inner join former_persons on relinked_ids.identifier = former_persons.identifier
union
select
    relinked_ids.identifier,
    coalesce(persons.customer_id, relinked_ids.identifier) as customer_id
from relinked_ids
left join scratch.persons as persons on relinked_ids.identifier = persons.strong_id
