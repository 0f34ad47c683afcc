-- What is told of how a visit came, as the rules of traffic compare it.

-- One number for what a touch tells of how its visit came; null where it tells nothing.
--
-- Two combinations share a number once in thousands of millions of nights.
create or replace macro traffic_key(utm_source, utm_medium, campaign, utm_term, click_id_type, referrer_host) as
    if(
        coalesce(utm_source, utm_medium, campaign, utm_term, click_id_type, referrer_host) is null,
        null,
        hash(utm_source, utm_medium, campaign, utm_term, click_id_type, referrer_host)
    );

-- A text without case, accents and outer spaces.
create or replace macro plain_text(text) as strip_accents(lower(trim(text)));

-- A text's words, plain, with one space before and after each.
create or replace macro plain_words(text) as
    ' ' || trim(regexp_replace(plain_text(text), '[^\pL\pN]+', ' ', 'g')) || ' ';

-- Whether a search was for the project's own name: its term says so, or its campaign, which may also
-- call itself 'brand' or 'marca'. One that calls itself 'non-brand' is none.
create or replace macro is_brand_search(utm_term, campaign) as
    coalesce(regexp_matches(plain_words(utm_term), getvariable('brand_words')::varchar), false)
    or (
        coalesce(
            regexp_matches(plain_words(campaign), '[^\pL](brand|branded|marca)[^\pL]')
            or regexp_matches(plain_words(campaign), getvariable('brand_words')::varchar),
            false
        )
        and not regexp_matches(plain_words(campaign), '[^\pL](non|no|sin) ?(brand|marca)')
    );

-- A channel's or traffic's name as it may stand in graphs and flows, which have words of their own: a source
-- that calls one of its channels `start` or `open` finds it there as `start*`, `open*`.
create or replace macro unreserved(name) as
if(
    name in (
        'start', 'converted', 'unattributed',
        'open', 'dropped', 'returned', 'detracted', 'advocated', 'repurchased', 'kept'
    ),
    name || '*',
    name
);

-- How a touch says that its visit came: by a rule of the config, else by the source's own word, else by
-- the default rules.
create or replace macro traffic_of(by_project, told_traffic, by_default) as
    unreserved(coalesce(by_project, told_traffic, by_default));
