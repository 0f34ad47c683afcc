-- One row per device or network user that is the erased customers' alone: of its touches, none belongs to
-- anybody else. The device itself is a customer too, for touches long before the person was seen on it.
--
-- Source: whose (customers to be erased); the publication's touches.
with met_devices as (
    select distinct touches.weak_id
    from published.core.touchpoints as touches
    where
        touches.weak_id is not null
        and touches.customer_id in (select whose.customer_id from whose)
)

select touches.weak_id as identifier
from published.core.touchpoints as touches
semi join met_devices on touches.weak_id = met_devices.weak_id
group by touches.weak_id
having
    bool_and(
        touches.customer_id = touches.weak_id
        or touches.customer_id in (select whose.customer_id from whose)
    )
