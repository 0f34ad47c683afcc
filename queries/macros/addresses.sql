-- What a web address tells: its parameters, click id and host.

-- The value of a parameter of an address, decoded; null where it is absent or empty.
--
-- An address whose percent signs decode to no UTF-8 keeps them.
create or replace macro url_parameter(url, parameter) as
    case
        when contains(url, parameter || '=')
            then nullif(
                coalesce(
                    try(
                        url_decode(
                            replace(
                                regexp_extract(url, '[?&;]' || parameter || '=([^&#;]*)', 1), '+', ' '
                            )
                        )
                    ),
                    regexp_extract(url, '[?&;]' || parameter || '=([^&#;]*)', 1)
                ),
                ''
            )
    end;

-- The kind of the first click id that an address carries ('gclid', 'fbclid', …), or null.
create or replace macro click_id_type_of(url) as
    case
        when
            contains(url, 'clid=')
            or contains(url, 'clkid=')
            or contains(url, 'braid=')
            or contains(url, 'li_fat_id=')
            then nullif(
                regexp_extract(
                    url,
                    '[?&](gclid|gbraid|wbraid|dclid|msclkid|yclid|fbclid|ttclid|twclid|li_fat_id)=[^&#]',
                    1
                ),
                ''
            )
    end;

-- The first click id that an address carries, as it stands there, or null.
create or replace macro click_id_of(url) as
    case
        when
            contains(url, 'clid=')
            or contains(url, 'clkid=')
            or contains(url, 'braid=')
            or contains(url, 'li_fat_id=')
            then nullif(
                regexp_extract(
                    url,
                    '[?&](?:gclid|gbraid|wbraid|dclid|msclkid|yclid|fbclid|ttclid|twclid|li_fat_id)=([^&#]+)',
                    1
                ),
                ''
            )
    end;

-- An address up to its query and fragment.
create or replace macro before_query(url) as split_part(split_part(url, '#', 1), '?', 1);

-- An address without its parameters, those in its path as well: ;jsessionid=…, or what begins with & in place of ?.
create or replace macro without_parameters(url) as
    case
        when contains(before_query(url), '=')
            then regexp_replace(before_query(url), '[;&][^/;&=]*=[^/;&]*', '', 'g')
        else before_query(url)
    end;

-- An address without what may name a person: no parameter, no fragment, no part that holds an @.
create or replace macro bare_url(url) as
    case
        when contains(url, '@') or contains(url, '%40') or contains(url, '%2540')
            then regexp_replace(without_parameters(url), '[^/]*(@|%40|%2540)[^/]*', '-', 'g')
        else without_parameters(url)
    end;

-- A text without the words that may be a mail address.
create or replace macro without_mail(text) as
    case
        when contains(text, '@') or contains(text, '%40') or contains(text, '%2540')
            then regexp_replace(
                text, '[^\s/;,|]+(@|%40|%2540)[^\s/;,|]+([.]|%2[Ee])[^\s/;,|]+', '-', 'g'
            )
        else text
    end;

-- A JSON text without what may be a mail address in its names and values; it is JSON still: an escape before
-- it stays whole, and letters that are escaped are letters of the address.
create or replace macro without_mail_in_json(told) as
    case
        when contains(told, '@') or contains(told, '%40') or contains(told, '%2540')
            then regexp_replace(
                told,
                '(?:((?:\\[^u])+)(?:[^\s/;,|"{}:()<>\[\]\\]|\\u[0-9a-fA-F]{4})*'
                || '|(?:[^\s/;,|"{}:()<>\[\]\\]|\\u[0-9a-fA-F]{4})+)(?:@|%40|%2540)'
                || '(?:[^\s/;,|"{}:()<>\[\]\\]|\\u[0-9a-fA-F]{4})+(?:[.]|%2[Ee])'
                || '(?:[^\s/;,|"{}:()<>\[\]\\]|\\u[0-9a-fA-F]{4})+',
                '\1-',
                'g'
            )
        else told
    end;

-- The host of an address in lower case; null where there is none. What may stand before it, a name and
-- password, makes the expression four times as slow, and hardly any address has it.
create or replace macro host_of(url) as
    nullif(
        lower(
            case
                when contains(url, '@') then regexp_extract(url, '^[^:/?#]*://(?:[^/?#]*@)?([^/?#:@]*)', 1)
                else regexp_extract(url, '^[^:/?#]*://([^/?#:]*)', 1)
            end
        ),
        ''
    );

-- Whether two hosts are one, or one lies under the other.
create or replace macro is_same_site(host, other_host) as
    host = other_host or ends_with(host, '.' || other_host) or ends_with(other_host, '.' || host);

-- The host of the address that led to a page, unless the page lies on it too; null where none did.
-- (The list of one: to plan seven copies of how a host is read takes longer than to load a small file.)
create or replace macro outer_host(referrer, url) as
    list_transform(
        [[host_of(referrer), host_of(url)]],
        lambda hosts: if(coalesce(is_same_site(hosts[1], hosts[2]), false), null, hosts[1])
    )[1];
