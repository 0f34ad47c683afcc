-- Money as the tables hold it, from the kernels' whole ten-thousandths.
create or replace macro money(ten_thousandths) as (
    (ten_thousandths::decimal(18, 0) * 0.0001::decimal(4, 4))::decimal(18, 4)
)
