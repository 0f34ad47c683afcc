select
    1 as record_no,
    timestamp '2026-04-04 23:30:00' as occurred_at,
    'purchase' as event,
    7 as user_id,
    19.99::double as value,
    timestamptz '2026-11-20 10:00:00+00' as received_at,
    true as is_test,
    3::smallint as source_seq
