-- One row per segment (and all together), stage, kind of touch (channel and event) and outcome of a step:
-- how often it came of steps with such a touch, how often of others, and whether that is beyond chance.
--
-- Source: built_moments, which pipeline.figures makes of marts.moment_counts.
-- `lift` compares steps of like length, after like lengths of journey, within segments; the two plain
-- rates do not. Association, never cause.
select
    is_all,
    segment,
    stage,
    stage_no,
    channel,
    event,
    outcome,
    exposed,
    exposed_with,
    others,
    others_with,
    rate,
    others_rate,
    lift,
    low,
    high,
    p_value,
    q_value,
    is_significant,
    kind
from built_moments
order by is_all desc, segment, stage_no, channel, event, outcome
