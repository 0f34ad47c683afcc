-- records: json
-- One row per action of a visit that Matomo's Live.getLastVisitsDetails told (format JSON): a page view, search,
-- goal, order, cart, download, outlink or event.
--
-- Source: `records`, one JSON object a visit; its CSV, which flattens actions into columns, is refused.
-- Times are the actions' `timestamp`, in seconds; those that Matomo prints are in the site's zone and language.
-- A visit is told again while it lasts: an action's pageId stays, a visit has one cart, and an order its id, so
-- what was told before is known again. The cart grows meanwhile, and a login names the visit's earlier actions
-- too: a source with `mutable` takes the newest telling. What else changes (time spent, counts) is not kept.
-- How the visit came stands on its first action. Goals and events keep the names that the site gave them, and
-- the last state of a cart is one add_to_cart. Titles and the names of events may hold anything, and are not kept.
with parsed_records as (
    select
        records.record_no,
        json_transform(
            records.record,
            '{
                "idVisit": "VARCHAR",
                "visitorId": "VARCHAR",
                "userId": "VARCHAR",
                "lastActionTimestamp": "VARCHAR",
                "siteCurrency": "VARCHAR",
                "deviceType": "VARCHAR",
                "deviceTypeIcon": "VARCHAR",
                "countryCode": "VARCHAR",
                "referrerType": "VARCHAR",
                "referrerName": "VARCHAR",
                "referrerKeyword": "VARCHAR",
                "referrerUrl": "VARCHAR",
                "campaignName": "VARCHAR",
                "campaignSource": "VARCHAR",
                "campaignMedium": "VARCHAR",
                "campaignKeyword": "VARCHAR",
                "campaignContent": "VARCHAR",
                "actionDetails": [{
                    "type": "VARCHAR",
                    "url": "VARCHAR",
                    "timestamp": "VARCHAR",
                    "pageId": "VARCHAR",
                    "goalPageId": "VARCHAR",
                    "idpageview": "VARCHAR",
                    "goalId": "VARCHAR",
                    "goalName": "VARCHAR",
                    "orderId": "VARCHAR",
                    "revenue": "VARCHAR",
                    "items": "VARCHAR",
                    "itemDetails": [{"itemSKU": "VARCHAR", "itemName": "VARCHAR"}],
                    "productViewName": "VARCHAR",
                    "productViewSku": "VARCHAR",
                    "productViewCategories": ["VARCHAR"],
                    "siteSearchKeyword": "VARCHAR",
                    "siteSearchCount": "VARCHAR",
                    "eventCategory": "VARCHAR",
                    "eventAction": "VARCHAR",
                    "eventValue": "VARCHAR",
                    "contentInteraction": "VARCHAR"
                }]
            }'
        ) as visit
    from records
),

-- A visit of which no action is told keeps a row.
visit_actions as (
    select
        record_no,
        visit,
        nullif(visit.idVisit, '') as visit_id,
        coalesce(
            known(visit.campaignName), if(visit.referrerType = 'campaign', known(visit.referrerName), null)
        ) as campaign,
        coalesce(
            known(visit.campaignKeyword), if(visit.referrerType = 'campaign', known(visit.referrerKeyword), null)
        ) as campaign_term,
        -- The picture's name is in no language.
        coalesce(
            nullif(regexp_extract(visit.deviceTypeIcon, '/([a-z_]+)[.][a-z]+$', 1), ''), lower(visit.deviceType)
        ) as device,
        coalesce(len(visit.actionDetails), 0) > 0 as has_actions,
        unnest(if(has_actions, visit.actionDetails, [null])) as action,
        generate_subscripts(if(has_actions, visit.actionDetails, [null]), 1) as place
    from parsed_records
),

named_actions as (
    select
        *,
        nullif(lower(trim(action.type)), '') as kind,
        try_cast(nullif(trim(action.revenue), '') as decimal(18, 4)) as revenue,
        case
            when nullif(action.pageId, '') is not null then visit_id || '/' || action.pageId
            when action.type = 'goal'
                then
                    visit_id || '/goal/'
                    || concat_ws('/', action.goalId, nullif(action.goalPageId, ''), action.timestamp)
            when action.type = 'ecommerceOrder'
                then visit_id || '/order/' || coalesce(known(action.orderId), action.timestamp)
            when action.type = 'ecommerceAbandonedCart' then visit_id || '/cart'
            else
                visit_id || '/'
                || nullif(concat_ws('/', action.type, nullif(action.idpageview, ''), action.timestamp), '')
        end as action_id
    from visit_actions
),

-- Actions without an id of their own, of one kind and second, are told apart by their order.
told_actions as (
    select
        *,
        row_number() over (partition by record_no, action_id order by place) as repetition,
        case
            when kind = 'action' and coalesce(known(action.productViewName), known(action.productViewSku)) is not null
                then 'view_item'
            when kind = 'action' and len(action.productViewCategories) > 0 then 'view_item_list'
            when kind = 'action' then 'page_view'
            when kind = 'ecommerceorder' then 'purchase'
            when kind = 'ecommerceabandonedcart' then 'add_to_cart'
            when kind = 'goal' then coalesce(known(action.goalName), 'goal')
            when kind = 'event' and not contains(action.eventAction, '@')
                then coalesce(known(action.eventAction), 'event')
            when kind = 'content'
                then if(nullif(action.contentInteraction, '') is null, 'content_impression', 'content_interaction')
            else kind
        end as event
    from named_actions
)

select
    record_no,
    case
        when visit_id is null or visit.actionDetails is null then 'unknown_event_shape'
        when has_actions and kind is null then 'unknown_event_shape'
        when nullif(trim(action.revenue), '') is not null and revenue is null then 'not_a_number'
    end as reject_reason,
    has_actions as is_touch,
    action_id || if(repetition > 1, '/' || repetition, '') as native_id,
    'visit/' || visit_id as object_id,
    epoch_time(visit.lastActionTimestamp, 's') as updated_at,
    epoch_time(action.timestamp, 's') as occurred_at,
    's' as time_precision,
    try_cast(coalesce(action.pageId, action.goalPageId) as bigint) as source_seq,
    event,
    -- What the campaign or the page's address tells goes before Matomo's own word.
    case
        when place <> 1 or click_id_type_of(action.url) is not null then null
        when coalesce(url_parameter(action.url, 'utm_source'), url_parameter(action.url, 'utm_medium')) is not null
            then null
        when coalesce(known(visit.campaignSource), known(visit.campaignMedium)) is not null then null
        when visit.referrerType = 'campaign' then 'other'
        when visit.referrerType = 'direct' then 'direct'
        when visit.referrerType = 'search' then 'organic_search'
        when visit.referrerType = 'social' then 'social'
    end as traffic,
    case
        when device = 'desktop' then 'desktop'
        when device = 'tablet' then 'tablet'
        when device in ('smartphone', 'phablet', 'feature_phone', 'feature phone') then 'mobile'
    end as device_type,
    nullif(trim(visit.userId), '') as user_id,
    if(kind = 'ecommerceorder', known(action.orderId), null) as order_id,
    nullif(visit.visitorId, '') as anonymous_id,
    visit_id as session_id,
    if(place = 1, known(visit.campaignSource), null) as utm_source,
    if(place = 1, known(visit.campaignMedium), null) as utm_medium,
    if(place = 1, campaign, null) as utm_campaign,
    if(place = 1, campaign_term, null) as utm_term,
    if(place = 1, known(visit.campaignContent), null) as utm_content,
    -- An outlink's address is another site's, and so are its parameters.
    if(kind = 'outlink', null, nullif(action.url, '')) as page_url,
    if(place = 1, nullif(visit.referrerUrl, ''), null) as referrer,
    revenue as value,
    if(revenue is null, null, coalesce(known(visit.siteCurrency), getvariable('currency')::varchar)) as currency,
    coalesce(
        known(action.productViewName),
        known(action.productViewSku),
        known(action.itemDetails[1].itemName),
        known(action.itemDetails[1].itemSKU)
    ) as product,
    if(contains(action.siteSearchKeyword, '@'), null, action.siteSearchKeyword) as search_term,
    action.siteSearchCount as search_results,
    if(kind = 'outlink', host_of(action.url), null) as link_host,
    action.goalId as goal_id,
    if(contains(action.eventCategory, '@'), null, action.eventCategory) as event_category,
    action.eventValue as event_value,
    action.items as items,
    visit.countryCode as country
from told_actions
