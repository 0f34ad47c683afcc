-- One row per identifier of the chosen customers by which they can be reached.
--
-- Source: core.identities, chosen. A hub is no person's: a till, a test account.
select
    identities.customer_id,
    identities.identifier as pseudonym
from core.identities as identities
semi join chosen on identities.customer_id = chosen.customer_id
where identities.led_by != 'hub' and list_contains(getvariable('kinds')::varchar[], identities.type)
