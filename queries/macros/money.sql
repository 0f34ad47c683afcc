-- Money as the tables hold it, from the kernels' whole ten-thousandths.
create or replace macro money(ten_thousandths) as (
    (ten_thousandths::decimal(18, 0) * 0.0001::decimal(4, 4))::decimal(18, 4)
)
;

-- A currency as it was told, three letters in any case, or null for a blank; what is no such word is told as unknown,
-- which has no rate, for a column that is mapped wrongly may hold a name or a mail address.
create or replace macro told_currency(told) as
    case
        when regexp_full_match(trim(told), '[A-Za-z]{3}') then told
        when trim(told) <> '' then 'unknown'
    end;

-- The same in capitals, by which one knows a currency in whatever letters it was told.
create or replace macro currency_code(told) as
    if(told_currency(told) = 'unknown', 'unknown', upper(trim(told_currency(told))));

-- An amount that a vendor tells in a currency's smallest unit (ISO 4217), as money.
create or replace macro minor_units(amount, currency) as
    try_cast(
        try_cast(amount as decimal(18, 0))
        * case
            when
                upper(currency) in (
                    'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND',
                    'VUV', 'XAF', 'XOF', 'XPF'
                )
                then 1::decimal(5, 4)
            when upper(currency) in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
                then 0.001::decimal(5, 4)
            else 0.01::decimal(5, 4)
        end as decimal(18, 4)
    );

-- An amount as whole ten-thousandths, which is what the kernels count. A product of decimals of 18 digits
-- overflows from ten thousand million on, so the whole part is taken by itself.
create or replace macro ten_thousandths(amount) as
    trunc(amount)::bigint * 10000 + ((amount - trunc(amount)) * 10000)::bigint
