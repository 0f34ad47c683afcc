select 1 as record_no, date '2026-11-20' as day, 100::bigint as impressions, 9.5::double as cost
