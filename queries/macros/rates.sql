-- An amount in the project's currency at a rate; null without a rate, and where an amount told so would be
-- refused as too large. What lies halfway between two ten-thousandths goes away from zero, so that what is
-- given back undoes what was paid. Left to itself, DuckDB keeps 18 digits of a product.
create or replace macro at_rate(amount, rate) as
    case
        when abs(amount::decimal(28, 4) * rate) < 90000000000
            then (amount::decimal(28, 4) * rate)::decimal(18, 4)
    end
