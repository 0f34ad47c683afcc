-- records: lines
-- One row per line of a web server's access log, in the combined format of Apache and nginx.
--
-- Source: `records`, a line each: host, ident, user, [time], "request", status, bytes, "referrer", "agent"; the
-- server's own name before them (vhost_combined) and further fields behind them may be there.
-- Pages that were shown are touches: GET, answered with 200 to 203 or 304. Files, calls of programs, redirects and
-- errors are accepted and touch nobody. A line has no id but itself, which is told by its hash.
-- A visitor is the hash of host and user agent, unless the server knows the user. That is weak: people behind one
-- router who use one browser are one, and who changes network or browser is two. Take another source if you can.
-- A user who is a mail address is told as one too, so that whoever names the address elsewhere is the same person.
-- Logs leave out the site's own name, without which its pages look like referrals to each other: it is taken
-- from the referrers of the pages' files, or from the server's name. CloudFront's logs have another format.
with parsed_lines as (
    select
        records.record_no,
        records.record,
        regexp_extract(
            records.record,
            '^(?:([^\s:]+):\d+ )?(\S+) \S+ (\S.*?) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (?:\d+|-)'
            || ' "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?:\s.*)?$',
            ['server', 'host', 'user', 'clock', 'request', 'status', 'referrer', 'agent']
        ) as line
    from records
),

requests as (
    select
        record_no,
        md5(record) as native_id,
        line.host <> '' as is_readable,
        line.host as host,
        nullif(line.server, '') as server,
        if(line.user in ('', '-', '""'), null, line.user) as user_id,
        try_strptime(line.clock, '%d/%b/%Y:%H:%M:%S %z') as occurred_at,
        split_part(line.request, ' ', 1) as method,
        regexp_replace(split_part(line.request, ' ', 2), '^[a-z]+://[^/]*', '') as target,
        line.status as status,
        if(line.referrer in ('', '-'), null, line.referrer) as referrer,
        if(line.agent in ('', '-'), null, line.agent) as agent,
        regexp_matches(
            lower(split_part(split_part(split_part(line.request, ' ', 2), '?', 1), '#', 1)),
            '[.](css|m?js|map|json|xml|txt|rss|atom|png|jpe?g|gif|svg|webp|avif|bmp|tiff?|ico|cur|woff2?|ttf|otf|eot'
            || '|mp[34]|webm|ogg|wav|m4a|mov|avi|m3u8|ts|wasm|webmanifest|pdf|csv|xlsx?|docx?|zip|gz|rar|7z|dmg|exe'
            || '|apk)$'
        ) as is_file
    from parsed_lines
),

-- Files are asked for by the site's own pages, strangers aside.
own_site as (
    select arg_max(address, (askings, address)) as address
    from (
        select
            nullif(regexp_extract(referrer, '^https?://[^/?#]+'), '') as address,
            count(*) as askings
        from requests
        where is_file
        group by address
    )
    where address is not null
),

page_requests as (
    select
        requests.*,
        coalesce('https://' || requests.server, own_site.address, '') as site,
        requests.is_readable
        and requests.method = 'GET'
        and requests.status in ('200', '201', '202', '203', '304')
        and not requests.is_file
        and not regexp_matches(
            requests.target,
            '^/(api|graphql|wp-json|wp-admin|(wp-login|wp-cron|xmlrpc)[.]php|cdn-cgi|[.]well-known|healthz?)([/?]|$)'
        ) as is_page,
        coalesce(
            url_parameter(requests.target, 'q'),
            url_parameter(requests.target, 's'),
            url_parameter(requests.target, 'query'),
            url_parameter(requests.target, 'search'),
            url_parameter(requests.target, 'keyword')
        ) as search_term
    from requests
    cross join own_site
)

select
    record_no,
    if(is_readable, null, 'unknown_event_shape') as reject_reason,
    is_page as is_touch,
    native_id,
    occurred_at,
    's' as time_precision,
    case
        when is_page and search_term is not null then 'search'
        when is_page then 'page_view'
    end as event,
    device_type_of(agent) as device_type,
    user_id,
    if(contains(user_id, '@'), user_id, null) as email,
    if(is_readable and user_id is null, md5(concat_ws(' ', host, agent)), null) as anonymous_id,
    if(is_page, site || target, null) as page_url,
    if(is_page, referrer, null) as referrer,
    -- Who names no browser is a program.
    is_readable and coalesce(is_bot_agent(agent), true) as is_bot,
    if(is_page and not contains(search_term, '@'), search_term, null) as search_term
from page_requests
