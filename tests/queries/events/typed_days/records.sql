select 1 as record_no, date '2026-11-20' as occurred_at, 'store_visit' as event
