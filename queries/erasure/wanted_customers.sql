-- One row per customer whom the wanted identifiers lead to, with the identifier; hubs lead to nobody.
--
-- Source: wanted (identifiers asked for); the publication's identities.
select distinct
    wanted.identifier,
    identities.customer_id
from wanted
inner join published.core.identities as identities on wanted.identifier = identities.identifier
where identities.led_by <> 'hub'
