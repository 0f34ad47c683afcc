-- One row per combination of words that touches of any night tell of how their visit came, with what
-- the rules make of it: those of the config, and the default ones.
--
-- Source: gathered_touches; scratch.ad_clicks, which knows campaign and keyword behind click ids. They are
-- made distinct before they are numbered, which is the cheaper way round.
with told_words as (
    select distinct
        touches.utm_source,
        touches.utm_medium,
        coalesce(touches.campaign, touches.utm_campaign, ad_clicks.campaign) as campaign,
        coalesce(touches.utm_term, ad_clicks.keyword) as utm_term,
        touches.click_id_type,
        touches.referrer_host
    from gathered_touches as touches
    left join scratch.ad_clicks as ad_clicks on touches.click_id = ad_clicks.click_id
    where
        coalesce(
            touches.utm_source,
            touches.utm_medium,
            touches.campaign,
            touches.utm_campaign,
            ad_clicks.campaign,
            touches.utm_term,
            ad_clicks.keyword,
            touches.click_id_type,
            touches.referrer_host
        ) is not null
),

combinations as (
    select
        traffic_key(
            told_words.utm_source,
            told_words.utm_medium,
            told_words.campaign,
            told_words.utm_term,
            told_words.click_id_type,
            told_words.referrer_host
        ) as traffic_key,
        plain_text(any_value(told_words.utm_source)) as source,
        plain_text(any_value(told_words.utm_medium)) as medium,
        plain_text(any_value(told_words.campaign)) as campaign,
        plain_text(any_value(told_words.click_id_type)) as click_id,
        plain_text(any_value(told_words.referrer_host)) as referrer,
        is_brand_search(
            any_value(told_words.utm_term), any_value(told_words.campaign)
        ) as is_brand
    from told_words
    group by traffic_key
)

select
    combinations.traffic_key,
    traffic_by_project(
        combinations.medium,
        combinations.source,
        combinations.campaign,
        combinations.click_id,
        combinations.referrer,
        combinations.is_brand
    ) as by_project,
    traffic_by_default(
        combinations.medium,
        combinations.source,
        combinations.campaign,
        combinations.click_id,
        combinations.referrer,
        combinations.is_brand
    ) as by_default
from combinations
