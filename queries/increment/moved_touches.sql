-- One row per stored touch that belongs to somebody else tonight, or was led there otherwise.
--
-- Source: scratch.owners.
select
    owners.stored_row,
    owners.former_customer_id,
    owners.customer_id,
    owners.led_by
from scratch.owners as owners
where
    owners.stored_row is not null
    and (owners.customer_id, owners.led_by)
    is distinct from (owners.former_customer_id, owners.former_led_by)
