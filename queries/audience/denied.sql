-- One row per strong identifier of a customer who last denied the purpose (a variable), or after the cut-off.
--
-- Source: core.consents, core.identities; later_denials.
with deniers as (
    select consents.customer_id
    from core.consents as consents
    where consents.purpose = getvariable('purpose')::varchar and consents.state = 'denied'
    union
    select later_denials.customer_id
    from later_denials
)

select distinct identities.identifier
from deniers
inner join core.identities as identities on deniers.customer_id = identities.customer_id
where
    identities.led_by != 'hub'
    and identities.type not in ('anonymous_id', 'device_id', 'network_user_id', 'click_id')
