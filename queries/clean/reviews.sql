-- records: json $.reviews $.productReviews
-- One row per review, of a shop or of a product.
--
-- Source: `records`, objects or rows under the names of Trustpilot, Google and the review tools of shops.
-- What people wrote, and their names, are not kept. The address that was invited goes before the one that
-- the writer gave, for it is the one that the shop knows. A review without stars is a review.
-- The columns of Trustpilot's file say that their clock is UTC; other times without a zone are the source's.
with parsed_records as (
    select
        record_no,
        record,
        json_transform(
            record,
            '{
                "id": "VARCHAR",
                "reviewId": "VARCHAR",
                "review_id": "VARCHAR",
                "Review Id": "VARCHAR",
                "stars": "VARCHAR",
                "rating": "VARCHAR",
                "starRating": "VARCHAR",
                "star_rating": "VARCHAR",
                "score": "VARCHAR",
                "Review Stars": "VARCHAR",
                "createdAt": "VARCHAR",
                "created_at": "VARCHAR",
                "createTime": "VARCHAR",
                "review_date": "VARCHAR",
                "date": "VARCHAR",
                "Review Created (UTC)": "VARCHAR",
                "updatedAt": "VARCHAR",
                "updated_at": "VARCHAR",
                "updateTime": "VARCHAR",
                "consumer": {"id": "VARCHAR", "email": "VARCHAR"},
                "reviewer": {"email": "VARCHAR", "external_id": "VARCHAR", "phone": "VARCHAR"},
                "user": {"email": "VARCHAR"},
                "referralEmail": "VARCHAR",
                "consumer_email": "VARCHAR",
                "consumerEmail": "VARCHAR",
                "reviewer_email": "VARCHAR",
                "customer_email": "VARCHAR",
                "email": "VARCHAR",
                "customer_id": "VARCHAR",
                "consumer_id": "VARCHAR",
                "Review Consumer User Id": "VARCHAR",
                "referenceId": "VARCHAR",
                "reference_id": "VARCHAR",
                "Reference Id": "VARCHAR",
                "orderId": "VARCHAR",
                "order_id": "VARCHAR",
                "product": {"name": "VARCHAR", "sku": "VARCHAR"},
                "product_title": "VARCHAR",
                "product_name": "VARCHAR",
                "sku": "VARCHAR",
                "language": "VARCHAR",
                "source": "VARCHAR",
                "status": "VARCHAR"
            }'
        ) as told
    from records
),

named_reviews as (
    select
        record_no,
        told,
        coalesce(
            told.id, told."reviewId", told.review_id, told."Review Id",
            json_extract_string(record, '$."Review ID"')
        ) as native_id,
        upper(
            known(
                coalesce(
                    told.stars, told.rating, told."starRating", told.star_rating, told."Review Stars", told.score
                )
            )
        ) as stars,
        coalesce(
            told."createdAt", told.created_at, told."createTime", told.review_date, told.date,
            told."Review Created (UTC)"
        ) as moment,
        coalesce(told."updatedAt", told.updated_at, told."updateTime") as changed,
        if(
            told."Review Created (UTC)" is null, getvariable('timezone')::varchar, 'UTC'
        ) as zone
    from parsed_records
),

rated_reviews as (
    select
        *,
        -- Google writes its stars out.
        coalesce(
            try_cast(stars as double),
            nullif(list_position(['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE'], stars), 0)
        ) as rating,
        nullif(stars, 'STAR_RATING_UNSPECIFIED') is not null as has_stars
    from named_reviews
)

select
    record_no,
    case
        when stars is null and moment is null and native_id is null then 'unknown_event_shape'
        when has_stars and coalesce(rating not between 1 and 5, true) then 'not_a_number'
    end as reject_reason,
    native_id,
    'review/' || native_id as object_id,
    any_time(changed, null, null, zone) as updated_at,
    any_time(moment, null, null, zone) as occurred_at,
    any_precision(moment, null, null) as time_precision,
    clock_doubt(moment, zone) as clock_doubt,
    'review' as event,
    nullif(
        trim(
            coalesce(
                told."referralEmail", told.consumer.email, told.consumer_email, told."consumerEmail",
                told.reviewer.email, told.reviewer_email, told.user.email, told.customer_email, told.email
            )
        ),
        ''
    ) as email,
    known(told.reviewer.phone) as phone,
    known(coalesce(told.reviewer.external_id, told.customer_id)) as shop_customer_id,
    known(coalesce(told.consumer.id, told.consumer_id, told."Review Consumer User Id")) as anonymous_id,
    known(
        coalesce(
            told."referenceId", told.reference_id, told."Reference Id", told."orderId", told.order_id
        )
    ) as order_id,
    known(coalesce(told.product.name, told.product_title, told.product_name, told.product.sku, told.sku))
        as product,
    if(rating between 1 and 5, rating, null) as rating,
    told.language,
    told.source as review_source,
    told.status
from rated_reviews
