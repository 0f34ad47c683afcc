-- One row per strong identifier of a customer who last denied the purpose.
--
-- Source: core.consents, core.identities; $purpose.
select distinct identities.identifier
from core.consents as consents
inner join core.identities as identities on consents.customer_id = identities.customer_id
where
    consents.purpose = $purpose
    and consents.state = 'denied'
    and identities.led_by != 'hub'
    and identities.type not in ('anonymous_id', 'device_id', 'network_user_id', 'click_id')
