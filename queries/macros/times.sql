-- How a moment is read, whatever its type and spelling.

-- The instant of a clock time without a zone, read in `zone`.
--
-- A clock time that occurs twice is the earlier instant, or the later one where the source's
-- `ambiguous_time` says so; one that never occurs moves forward by the hour that was left out.
-- `timezone` alone picks the later instant: so where the offset changed in the three hours before, the
-- old one is tried, and stands if it leads back to the same clock time. Years beyond 9999, and
-- 'infinity', are no time. (The list of one: a macro copies what it is given to each place that names it,
-- and to plan ten copies of how a clock is read takes longer than to load a small file.)
create or replace macro local_time(clock, zone) as
    list_transform(
        [clock],
        lambda one: case
            when one not between timestamp '0001-01-02' and timestamp '9999-12-30' then null
            when zone in ('UTC', 'Etc/UTC') then make_timestamptz(epoch_us(one))
            when getvariable('ambiguous_time')::varchar = 'later' then timezone(zone, one)
            when
                epoch_us(timezone(zone, one)) - epoch_us(timezone(zone, one - interval 3 hours))
                = 10800000000
                then timezone(zone, one)
            when
                timezone(zone, timezone(zone, one - interval 3 hours) + interval 3 hours) = one
                then timezone(zone, one - interval 3 hours) + interval 3 hours
            else timezone(zone, one)
        end
    )[1];

-- Whether a clock time without a zone leaves a doubt about its instant in `zone`: 'twice' where the clock
-- was set back over it, 'never' where it was set forward; else null.
create or replace macro doubt_of(clock, zone) as
    list_transform(
        [clock],
        lambda one: case
            when
                zone in ('UTC', 'Etc/UTC')
                or one not between timestamp '0001-01-02' and timestamp '9999-12-30'
                then null
            when
                epoch_us(timezone(zone, one + interval 3 hours))
                - epoch_us(timezone(zone, one - interval 3 hours))
                = 21600000000
                then null
            when timezone(zone, timezone(zone, one)) <> one then 'never'
            when timezone(zone, timezone(zone, one - interval 3 hours) + interval 3 hours) = one
                and timezone(zone, one - interval 3 hours) + interval 3 hours <> timezone(zone, one)
                then 'twice'
        end
    )[1];

-- The clock time that an ISO 8601 text without a zone tells; null for any other text.
create or replace macro told_clock(text) as
    case
        when
            regexp_full_match(
                text, '\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s*'
            )
            then try_cast(replace(text, ',', '.') as timestamp)
    end;

-- The same, and noon of a day that is told alone.
create or replace macro clock_or_noon(text) as
    coalesce(
        told_clock(text),
        case
            when regexp_full_match(text, '\s*\d{4}-\d{2}-\d{2}\s*')
                then try_cast(text as timestamp) + interval 12 hours
        end
    );

-- The doubt about the clock time of a text; null for one that has a zone, has no clock, or is no time.
create or replace macro clock_doubt(text, zone) as doubt_of(told_clock(text), zone);

-- Whether a text is an ISO 8601 time with its zone or offset.
create or replace macro has_offset(text) as
    regexp_full_match(
        text,
        '\s*\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)? ?([Zz]|UTC|[+-]\d{2}(:?\d{2})?)\s*'
    );

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
        when has_offset(text) then try_cast(plain_offset(trim(text)) as timestamptz)
        else local_time(clock_or_noon(text), zone)
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
    list_transform(
        [try_cast(number as double)],
        lambda one: make_timestamptz(
            case
                when
                    one * epoch_factor(one, unit) between -62135596800000000 and 253402300799999999
                    then try_cast(round(one * epoch_factor(one, unit)) as bigint)
            end
        )
    )[1];

-- Whether what a text tells in a strptime `format` has a zone.
create or replace macro has_zone(text, format) as
    typeof(try_strptime(text, format)) = 'TIMESTAMP WITH TIME ZONE';

-- The clock time of a text in a strptime `format` without a zone; noon of the day, if it has no hour.
create or replace macro formatted_clock(text, format) as
    try_cast(try_strptime(text, format) as timestamp)
    + if(regexp_matches(format, '%-?[HIcX]'), interval 0 hours, interval 12 hours);

-- The instant of a text written in a strptime `format`, read in `zone` unless the format has a zone.
--
-- A format without an hour gives noon of the day.
create or replace macro formatted_time(text, format, zone) as
    case
        when has_zone(text, format) then try_cast(try_strptime(text, format) as timestamptz)
        else local_time(formatted_clock(text, format), zone)
    end;

-- Whether a value of any type is a number, or a text that is one without a sign. A cast that fails
-- costs ten times as much.
create or replace macro is_number(moment) as
    typeof(moment) <> 'VARCHAR'
    or regexp_full_match(try_cast(moment as varchar), '\s*\d+(\.\d*)?\s*');

-- Whether a value is of a type that tells a clock time or a day, without a zone.
create or replace macro is_clock(moment) as
    typeof(moment) in ('TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'DATE');

-- The clock time of a value of any type that has no zone and is no count; noon of a day.
create or replace macro any_clock(moment, format) as
    case
        when typeof(moment) = 'DATE' then try_cast(moment as timestamp) + interval 12 hours
        when is_clock(moment) then try_cast(moment as timestamp)
        when format is not null then formatted_clock(try_cast(moment as varchar), format)
        else clock_or_noon(try_cast(moment as varchar))
    end;

-- The instant of a value of any type: a timestamp, a date, a text, or a count since 1970.
--
-- `unit` ('s', 'ms', 'us') and `format` (strptime) are what the source declares; null leaves it to
-- the value. The type of a column is known when the query is bound, so the branches on `typeof` cost
-- nothing per row.
create or replace macro any_time(moment, unit, format, zone) as
    case
        when typeof(moment) = 'TIMESTAMP WITH TIME ZONE'
            then if(isfinite(try_cast(moment as timestamptz)), try_cast(moment as timestamptz), null)
        when is_clock(moment) or format is not null and not has_zone(try_cast(moment as varchar), format)
            then local_time(any_clock(moment, format), zone)
        when format is not null
            then try_cast(try_strptime(try_cast(moment as varchar), format) as timestamptz)
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
    doubt_of(
        case
            when typeof(moment) in ('TIMESTAMP WITH TIME ZONE', 'DATE') then null
            when is_clock(moment) then try_cast(moment as timestamp)
            when format is not null
                then if(
                    regexp_matches(format, '%-?[HIcX]')
                    and not has_zone(try_cast(moment as varchar), format),
                    formatted_clock(try_cast(moment as varchar), format),
                    null
                )
            when unit is null and not is_number(moment) then told_clock(try_cast(moment as varchar))
        end,
        zone
    );
