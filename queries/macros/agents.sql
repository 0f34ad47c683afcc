-- What a user agent tells of who is behind it.

-- Whether a robot asks: a crawler, a monitor, a link preview, or a program's library.
create or replace macro is_bot_agent(agent) as
    regexp_matches(
        lower(agent),
        '(^|[^u])bot(\b|[/;_ -])|crawl|spider|slurp|mediapartners|facebookexternalhit|whatsapp/|embedly|quora link'
        || '|bingpreview|google-inspectiontool|apis-google|feedfetcher|lighthouse|pagespeed|headless'
        || '|phantomjs|puppeteer|playwright|selenium|pingdom|uptime|monitor|statuscake|site24x7|datadog'
        || '|newrelicpinger|nagios|zabbix|ahrefs|semrush|screaming frog|wget|curl/|python-|python/|aiohttp'
        || '|httpx|scrapy|java/|okhttp|apache-httpclient|go-http-client|libwww|lwp|ruby|axios|node-fetch'
        || '|postmanruntime|guzzle|httpclient|masscan|zgrab|nmap|nikto|gptbot|claudebot|ccbot|bytespider'
    );

-- Whether a mail was opened by a machine: a proxy that fetches pictures unasked, or a scanner.
--
-- Apple's proxy calls itself "Mozilla/5.0" and nothing else. Google's and Yahoo's fetch a picture when
-- the reader opens the mail, so their opens are people's.
create or replace macro is_mail_machine(agent) as
    trim(agent) = 'Mozilla/5.0'
    or regexp_matches(
        lower(agent),
        'barracuda|mimecast|proofpoint|symantec|forcepoint'
        || '|fireeye|trendmicro|messagelabs|safelinks'
    )
    or is_bot_agent(agent);

-- The kind of device behind a user agent: 'tablet', 'mobile' or 'desktop'; null where it does not tell.
create or replace macro device_type_of(agent) as
    case
        when regexp_matches(agent, '(?i)ipad|tablet|kindle|silk/|playbook') then 'tablet'
        when regexp_matches(agent, '(?i)android') and not regexp_matches(agent, '(?i)mobile') then 'tablet'
        when regexp_matches(agent, '(?i)iphone|ipod|android|mobile|windows phone|blackberry|opera mini')
            then 'mobile'
        when regexp_matches(agent, '(?i)windows nt|macintosh|x11|cros ') then 'desktop'
    end;
