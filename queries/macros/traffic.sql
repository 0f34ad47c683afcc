-- How a visit came, from its campaign, click id and referrer. Needs addresses.sql.

-- Whether a host is where people read their mail.
create or replace macro is_webmail(place) as
    regexp_matches(lower(place), '^(mail\.|outlook\.|com\.google\.android\.gm$)');

-- Whether a host, or the name of a campaign's source, is a search engine; its mail is not.
create or replace macro is_search_engine(place) as
    regexp_matches(
        lower(place),
        '^(.*\.)?(google|bing|yahoo|duckduckgo|ecosia|baidu|yandex|qwant|startpage|search\.brave)(\.[a-z.]+)?$'
    )
    and not is_webmail(place);

-- Whether a host, or the name of a campaign's source, is a social network.
create or replace macro is_social_network(place) as
    regexp_matches(
        lower(place),
        '^(.*\.)?(facebook|instagram|linkedin|twitter|tiktok'
        || '|pinterest|youtube|reddit|snapchat|threads|whatsapp)(\.[a-z.]+)?$'
    )
    or lower(place) in ('fb', 'ig', 'meta', 'x', 'x.com', 't.co', 'lnkd.in', 'youtu.be', 'wa.me');

-- Whether a search campaign is for the shop's own name ('brand', 'marca'), not 'non-brand'.
create or replace macro is_brand_campaign(campaign) as
    regexp_matches(lower(campaign), '(^|[^a-z])(brand|branded|marca)([^a-z]|$)')
    and not regexp_matches(lower(campaign), '(^|[^a-z])(non|no|sin)[^a-z]?(brand|marca)');

-- How a visit came, in our words, from what its campaign, click id and referrer say; null where they
-- say nothing, which on the entry of a visit means direct.
--
-- A campaign's own words go before the click id, and both before the referrer. An fbclid is put on
-- every link of that network, so it alone is no sign of an ad; the ids of the other networks are.
-- A referrer on the visited host itself says nothing.
create or replace macro traffic_of(
    utm_source, utm_medium, campaign, click_id_type, referrer_host, own_host
) as
    case
        when
            utm_source is null
            and utm_medium is null
            and click_id_type is null
            and (
                referrer_host is null or coalesce(is_same_site(referrer_host, own_host), false)
            )
            then null
        when regexp_matches(utm_medium, '(?i)^(affiliates?|partners?)$') then 'affiliate'
        when
            regexp_matches(utm_medium, '(?i)^(e-?mail|newsletter|mailing)$')
            or regexp_matches(utm_source, '(?i)^(e-?mail|newsletter|mailing)$')
            then 'email'
        when regexp_matches(utm_medium, '(?i)^(display|banner|cpm|interstitial)$') then 'display'
        when
            regexp_matches(utm_medium, '(?i)^paid[-_ ]?social$')
            or (
                regexp_matches(utm_medium, '(?i)^(cpc|ppc|cpv|paid.*|ads?)$')
                and is_social_network(utm_source)
            )
            then 'paid_social'
        when regexp_matches(utm_medium, '(?i)^(cpc|ppc|sem|paid.*|ads?)$')
            then if(coalesce(is_brand_campaign(campaign), false), 'brand_search', 'paid_search')
        when
            regexp_matches(utm_medium, '(?i)^(social.*|sm)$')
            or (utm_medium is null and is_social_network(utm_source) and click_id_type is null)
            then 'social'
        when
            utm_medium ilike 'organic'
            or (utm_medium is null and is_search_engine(utm_source) and click_id_type is null)
            then 'organic_search'
        when click_id_type = 'dclid' then 'display'
        when click_id_type in ('gclid', 'gbraid', 'wbraid', 'msclkid', 'yclid')
            then if(coalesce(is_brand_campaign(campaign), false), 'brand_search', 'paid_search')
        when click_id_type in ('ttclid', 'twclid', 'li_fat_id') then 'paid_social'
        when click_id_type = 'fbclid' then 'social'
        when utm_medium ilike 'referral' then 'referral'
        when utm_source is not null or utm_medium is not null then 'other'
        when is_webmail(referrer_host) then 'email'
        when is_search_engine(referrer_host) then 'organic_search'
        when is_social_network(referrer_host) then 'social'
        else 'referral'
    end;
