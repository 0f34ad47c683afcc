-- One row per coupon redeemed, at noon of its day; a household may redeem one coupon twice a day.
select
    records.record_no,
    concat_ws(
        '/',
        records.household_id,
        records.coupon_upc,
        records.campaign_id,
        records.redemption_date,
        row_number() over (
            partition by
                records.household_id,
                records.coupon_upc,
                records.campaign_id,
                records.redemption_date
        )
    ) as native_id,
    records.household_id::varchar as user_id,
    local_time(
        records.redemption_date::date + interval 12 hour, getvariable('timezone')::varchar
    ) as occurred_at,
    'day' as time_precision,
    'coupon_redemption' as event,
    records.campaign_id::varchar as campaign,
    records.coupon_upc::varchar as product
from records
