-- One row per record of the rates file: what it tells, and what is wrong with it, if anything is.
--
-- Source: file_records and unparsed, of the rates file. Rates are kept to ten decimals. What cannot be
-- cast is matched first: a cast takes 'epoch' for a day, and 1_000 for a number. What a cell holds is not told: of
-- another file, or of columns that changed places, it is somebody's.
with told_rates as (
    select
        file_records.record_no,
        trim(file_records.day::varchar) as told_day,
        trim(file_records.currency::varchar) as currency,
        trim(file_records.rate::varchar) as told_rate
    from file_records
),

typed_rates as (
    select
        told_rates.*,
        if(
            regexp_full_match(told_rates.told_day, '\d{4}-\d{2}-\d{2}'),
            try_cast(told_rates.told_day as date),
            null
        ) as day,
        if(
            regexp_full_match(told_rates.told_rate, '(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?'),
            try_cast(told_rates.told_rate as decimal(18, 10)),
            null
        ) as rate
    from told_rates
),

numbered_rates as (
    select
        typed_rates.*,
        first_value(typed_rates.record_no) over (
            partition by typed_rates.currency, typed_rates.day
            order by typed_rates.record_no
        ) as first_record_no
    from typed_rates
),

wrong_rates as (
    select
        numbered_rates.*,
        case
            when numbered_rates.day is null
                then ['day', 'a day such as 2026-01-31', numbered_rates.told_day]
            when not coalesce(regexp_full_match(numbered_rates.currency, '[A-Z]{3}'), false)
                then ['currency', 'a currency in three capital letters (ISO 4217)', numbered_rates.currency]
            when numbered_rates.rate is null or numbered_rates.rate <= 0
                then ['rate', 'a positive number such as 0.92', numbered_rates.told_rate]
            when numbered_rates.currency = getvariable('project_currency')::varchar and numbered_rates.rate <> 1
                then ['rate', '1 for the project''s own currency', numbered_rates.told_rate]
            when numbered_rates.record_no <> numbered_rates.first_record_no
                then [
                    'day',
                    'one rate of a currency a day (record ' || numbered_rates.first_record_no || ' tells it)',
                    numbered_rates.told_day
                ]
        end as wrong
    from numbered_rates
)

select
    wrong_rates.record_no,
    wrong_rates.day,
    wrong_rates.currency,
    wrong_rates.rate,
    wrong_rates.wrong[1] as place,
    wrong_rates.wrong[2] as expected,
    if(coalesce(wrong_rates.wrong[3], '') = '', 'nothing', 'another value') as found
from wrong_rates
union all
select
    unparsed.record_no,
    null as day,
    null as currency,
    null as rate,
    null as place,
    'as many fields as the header has' as expected,
    unparsed.reason as found
from unparsed
