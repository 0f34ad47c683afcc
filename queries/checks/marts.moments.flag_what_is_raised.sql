-- Only what was tested is flagged, at a q-value of at most 0.05, which is never below its p-value; only what
-- is raised has a kind, and the kind fits the outcome. Rates are those of the counts, and a lift lies within
-- its interval.
--
-- One row per comparison where that does not hold.
select * from marts.moments
where
    (p_value is null) != (q_value is null)
    or not (0 <= p_value and p_value <= q_value and q_value <= 1)
    or is_significant is distinct from coalesce(q_value <= 0.05, false)
    or (low is null) != (high is null)
    or (lift is null and low is not null)
    or not (0 < low and low <= lift and lift <= high)
    or lift < 0
    or rate is distinct from (exposed_with / exposed)
    or others_rate is distinct from (others_with / nullif(others, 0))
    or (kind is not null) is distinct from (is_significant and coalesce(lift > 1, true))
    or kind != if(outcome = 'advanced', 'moment of truth', 'pain point')
