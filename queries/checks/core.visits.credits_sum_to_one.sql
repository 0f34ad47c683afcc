-- By each rule the credits of a journey's visits sum to one, none is negative, and visits earn by
-- all rules or by none: only those that began before the conversion.
--
-- One row per journey that breaks this.
with

credits as (
    select
        journey_id,
        [
            credit_first, credit_last, credit_last_non_direct, credit_linear, credit_position,
            credit_j, credit_inverse_j, credit_time_decay
        ] as shares,
        to_conversion_ms
    from core.visits
),

journeys as (
    select
        journey_id,
        [
            sum(shares[1]), sum(shares[2]), sum(shares[3]), sum(shares[4]), sum(shares[5]),
            sum(shares[6]), sum(shares[7]), sum(shares[8])
        ] as sums,
        min(list_min(shares)) as least,
        bool_or(list_count(shares) not in (0, 8)) as has_half_credits,
        bool_or(list_count(shares) > 0 and to_conversion_ms is null) as has_late_credits
    from credits
    group by journey_id
)

select
    journey_id,
    sums,
    least,
    has_half_credits,
    has_late_credits
from journeys
where
    list_min(sums) < 1 - 1e-9
    or list_max(sums) > 1 + 1e-9
    or least < 0
    or has_half_credits
    or has_late_credits
