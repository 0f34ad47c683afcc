-- One row per customer of the publication who is erased: a person with a strong identifier on the
-- suppression list, or a device on it that nobody was seen on.
--
-- Source: the publication's identities, erased_identifiers.
select identities.customer_id
from yesterday.core.identities as identities
semi join erased_identifiers on identities.identifier = erased_identifiers.identifier
where identities.touches is null and identities.led_by <> 'hub'
union
select erased_identifiers.identifier as customer_id
from erased_identifiers
