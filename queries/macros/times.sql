-- How a moment is read, whatever its type and spelling.

-- The instant of a clock time without a zone, read in `zone`.
--
-- A clock time that occurs twice is the earlier instant, or the later one where the source's
-- `ambiguous_time` says so; one that never occurs moves forward by the hour that was left out.
-- `timezone` alone picks the later instant: so where the offset changed in the three hours before, the
-- old one is tried, and stands if it leads back to the same clock time. Years beyond 9999, and
-- 'infinity', are no time.
create or replace macro local_time(clock, zone) as
    case
        when clock not between timestamp '0001-01-02' and timestamp '9999-12-30' then null
        when zone in ('UTC', 'Etc/UTC') then make_timestamptz(epoch_us(clock))
        when getvariable('ambiguous_time')::varchar = 'later' then timezone(zone, clock)
        when
            epoch_us(timezone(zone, clock)) - epoch_us(timezone(zone, clock - interval 3 hours))
            = 10800000000
            then timezone(zone, clock)
        when
            timezone(zone, timezone(zone, clock - interval 3 hours) + interval 3 hours) = clock
            then timezone(zone, clock - interval 3 hours) + interval 3 hours
        else timezone(zone, clock)
    end;

-- Whether a clock time without a zone leaves a doubt about its instant in `zone`: 'twice' where the clock
-- was set back over it, 'never' where it was set forward; else null.
create or replace macro doubt_of(clock, zone) as
    case
        when zone in ('UTC', 'Etc/UTC') or clock not between timestamp '0001-01-02' and timestamp '9999-12-30'
            then null
        when
            epoch_us(timezone(zone, clock + interval 3 hours))
            - epoch_us(timezone(zone, clock - interval 3 hours))
            = 21600000000
            then null
        when timezone(zone, timezone(zone, clock)) <> clock then 'never'
        when timezone(zone, timezone(zone, clock - interval 3 hours) + interval 3 hours) = clock
            and timezone(zone, clock - interval 3 hours) + interval 3 hours <> timezone(zone, clock)
            then 'twice'
    end;

-- The same of a text; null for one that has a zone, has no clock, or is no time.
create or replace macro clock_doubt(text, zone) as
    case
        when
            regexp_full_match(
                text, '\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s*'
            )
            then doubt_of(try_cast(replace(text, ',', '.') as timestamp), zone)
    end;

-- An ISO 8601 text with an offset, spelled as a cast takes it: with seconds, and no space before it.
create or replace macro plain_offset(text) as
    case
        when substr(text, 17, 1) = ':' and substr(text, length(text), 1) = 'Z' and not contains(text, ' Z')
            then replace(text, ',', '.')
        else regexp_replace(
            regexp_replace(
                replace(replace(text, ',', '.'), 'UTC', 'Z'), '^(.{16}) ?([^:].*)$', '\1:00\2'
            ),
            ' ([Zz+-])',
            '\1'
        )
    end;

-- The instant that an ISO 8601 text tells; null for any other text.
--
-- A zone or offset in the text wins; a time without one is read in `zone`; a day alone is noon of it.
-- What a cast would take as well ('epoch', 'infinity', '2026-1-2') is refused, and an offset is never
-- left to a cast to TIMESTAMP, which drops it without a word.
create or replace macro parse_time(text, zone) as
    case
        when
            regexp_full_match(
                text, '\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s*'
            )
            then local_time(try_cast(replace(text, ',', '.') as timestamp), zone)
        when
            regexp_full_match(
                text,
                '\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)? ?([Zz]|UTC|[+-]\d{2}(:?\d{2})?)\s*'
            )
            then try_cast(plain_offset(trim(text)) as timestamptz)
        when regexp_full_match(text, '\s*\d{4}-\d{2}-\d{2}\s*')
            then local_time(try_cast(text as timestamp) + interval 12 hours, zone)
    end;

-- How many microseconds one `unit` has; without a unit, what the magnitude of `number` says.
create or replace macro epoch_factor(number, unit) as
    case
        when unit = 's' then 1000000
        when unit = 'ms' then 1000
        when unit = 'us' then 1
        when unit is not null then null
        when number >= 946684800 and number < 4102444800 then 1000000
        when number >= 946684800e3 and number < 4102444800e3 then 1000
        when number >= 946684800e6 and number < 4102444800e6 then 1
    end;

-- The instant of a count since 1970 (a number, or its text) in `unit`: 's', 'ms' or 'us'.
--
-- Without a unit the magnitude tells it, within the years 2000 to 2099, where the three do not
-- overlap; a number outside of them is no time.
create or replace macro epoch_time(number, unit) as
    make_timestamptz(
        case
            when
                try_cast(number as double) * epoch_factor(try_cast(number as double), unit)
                between -62135596800000000 and 253402300799999999
                then try_cast(
                    round(try_cast(number as double) * epoch_factor(try_cast(number as double), unit))
                    as bigint
                )
        end
    );

-- The instant of a text written in a strptime `format`, read in `zone` unless the format has a zone.
--
-- A format without an hour gives noon of the day.
create or replace macro formatted_time(text, format, zone) as
    case
        when typeof(try_strptime(text, format)) = 'TIMESTAMP WITH TIME ZONE'
            then try_cast(try_strptime(text, format) as timestamptz)
        when regexp_matches(format, '%-?[HIcX]')
            then local_time(try_cast(try_strptime(text, format) as timestamp), zone)
        else local_time(try_cast(try_strptime(text, format) as timestamp) + interval 12 hours, zone)
    end;

-- Whether a value of any type is a number, or a text that is one without a sign. A cast that fails
-- costs ten times as much.
create or replace macro is_number(moment) as
    typeof(moment) <> 'VARCHAR'
    or regexp_full_match(try_cast(moment as varchar), '\s*\d+(\.\d*)?\s*');

-- The instant of a value of any type: a timestamp, a date, a text, or a count since 1970.
--
-- `unit` ('s', 'ms', 'us') and `format` (strptime) are what the source declares; null leaves it to
-- the value. The type of a column is known when the query is bound, so the branches on `typeof` cost
-- nothing per row.
create or replace macro any_time(moment, unit, format, zone) as
    case
        when typeof(moment) = 'TIMESTAMP WITH TIME ZONE'
            then if(isfinite(try_cast(moment as timestamptz)), try_cast(moment as timestamptz), null)
        when typeof(moment) like 'TIMESTAMP%'
            then local_time(try_cast(moment as timestamp), zone)
        when typeof(moment) = 'DATE'
            then local_time(try_cast(moment as timestamp) + interval 12 hours, zone)
        when format is not null
            then formatted_time(try_cast(moment as varchar), format, zone)
        when unit is not null or is_number(moment)
            then epoch_time(moment, unit)
        else parse_time(try_cast(moment as varchar), zone)
    end;

-- How exact an ISO 8601 text is: 'us', 's', 'minute' or 'day'.
create or replace macro text_precision(text) as
    case
        when text is null then null
        when length(trim(text)) = 10 then 'day'
        when substr(trim(text), 17, 1) <> ':' then 'minute'
        when substr(trim(text), 20, 1) in ('.', ',') then 'us'
        else 's'
    end;

-- How exact a value that `any_time` reads is: 'us', 's', 'minute' or 'day'.
create or replace macro any_precision(moment, unit, format) as
    case
        when typeof(moment) like 'TIMESTAMP%' then 'us'
        when typeof(moment) = 'DATE' then 'day'
        when regexp_matches(format, '%[fgn]') then 'us'
        when regexp_matches(format, '%-?[ScX]') then 's'
        when regexp_matches(format, '%-?[HI]') then 'minute'
        when format is not null then 'day'
        when unit is not null or is_number(moment)
            then case
                when epoch_factor(try_cast(moment as double), unit) < 1000000 then 'us'
                when try_cast(moment as double) <> floor(try_cast(moment as double)) then 'us'
                else 's'
            end
        else text_precision(try_cast(moment as varchar))
    end;

-- The doubt that a value which `any_time` reads leaves about its instant: 'twice', 'never' or null.
create or replace macro any_clock_doubt(moment, unit, format, zone) as
    case
        when typeof(moment) in ('TIMESTAMP WITH TIME ZONE', 'DATE') then null
        when typeof(moment) like 'TIMESTAMP%' then doubt_of(try_cast(moment as timestamp), zone)
        when
            format is not null
            and regexp_matches(format, '%-?[HIcX]')
            and typeof(try_strptime(try_cast(moment as varchar), format)) <> 'TIMESTAMP WITH TIME ZONE'
            then doubt_of(
                try_cast(try_strptime(try_cast(moment as varchar), format) as timestamp), zone
            )
        when format is not null or unit is not null or is_number(moment) then null
        else clock_doubt(try_cast(moment as varchar), zone)
    end;
