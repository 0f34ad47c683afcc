-- Nobody who only passed a stage took time for it, and those who went on took no longer than their
-- bin allows.
--
-- One row per row that breaks this.
select
    stage,
    dimension,
    dimension_value,
    month,
    within_ms,
    went_on,
    passed,
    went_on_ms
from marts.stage_times
where
    passed > went_on
    or (passed > 0 and within_ms > 0)
    or went_on_ms not between 0 and went_on * within_ms
    or (went_on + not_yet = 0)
