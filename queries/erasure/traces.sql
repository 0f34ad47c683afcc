-- One row per place of the publication that tells of the erased, and what it tells there: how many rows.
--
-- Source: whose (customers to be erased), own_identifiers, wanted (identifiers as they were named: who denied
-- has no others); every table of one customer's rows.
with told as (
    select
        1 as place_no,
        'core.touchpoints' as place,
        'touches of ' || touches.source as what,
        count(*) as found
    from published.core.touchpoints as touches
    where touches.customer_id in (select whose.customer_id from whose)
    group by touches.source
    union all
    select
        2 as place_no,
        'core.sessions' as place,
        'sessions' as what,
        count(*) as found
    from published.core.sessions as sessions
    where sessions.customer_id in (select whose.customer_id from whose)
    union all
    select
        3 as place_no,
        'core.journeys' as place,
        'journeys' as what,
        count(*) as found
    from published.core.journeys as journeys
    where journeys.customer_id in (select whose.customer_id from whose)
    union all
    select
        4 as place_no,
        'core.customers' as place,
        'customers' as what,
        count(*) as found
    from published.core.customers as customers
    where customers.customer_id in (select whose.customer_id from whose)
    union all
    select
        5 as place_no,
        'core.consents' as place,
        'consents' as what,
        count(*) as found
    from published.core.consents as consents
    where consents.customer_id in (select whose.customer_id from whose)
    union all
    select
        6 as place_no,
        'core.identities' as place,
        'identifiers: ' || own_identifiers.type as what,
        count(*) as found
    from own_identifiers
    where own_identifiers.type <> 'click_id'
    group by own_identifiers.type
    union all
    select
        7 as place_no,
        'core.identity_links' as place,
        'links of identifiers' as what,
        count(*) as found
    from published.core.identity_links as links
    where
        links.one_id in (select own_identifiers.identifier from own_identifiers)
        or links.other_id in (select own_identifiers.identifier from own_identifiers)
    union all
    select
        8 as place_no,
        'core.ad_clicks' as place,
        'clicks on ads' as what,
        count(*) as found
    from published.core.ad_clicks as clicks
    where clicks.click_id in (select own_identifiers.identifier from own_identifiers)
    union all
    select
        9 as place_no,
        'core.denials' as place,
        'denials of consent' as what,
        count(*) as found
    from published.core.denials as denials
    where
        list_has_any(
            denials.strong_ids,
            (
                select list(named.identifier)
                from (
                    select own_identifiers.identifier
                    from own_identifiers
                    union
                    select wanted.identifier
                    from wanted
                ) as named
            )
        )
    union all
    select
        10 as place_no,
        'core.withdrawals' as place,
        'objects taken back' as what,
        count(*) as found
    from published.core.withdrawals as withdrawals
    where
        withdrawals.identifier in (select own_identifiers.identifier from own_identifiers)
        or withdrawals.identifier in (select wanted.identifier from wanted)
)

select
    told.place,
    told.what,
    told.found
from told
where told.found > 0
order by told.place_no, told.what
