-- One row per journey and kind of touch: how often the journey met it, and how it felt.
--
-- Source: numbered_touches.
select
    numbered_touches.journey_no,
    numbered_touches.kind_no,
    count(*) as touches,
    count(numbered_touches.sentiment) as known_sentiment,
    count(*) filter (where numbered_touches.sentiment > 0) as positive,
    count(*) filter (where numbered_touches.sentiment < 0) as negative
from numbered_touches
group by numbered_touches.journey_no, numbered_touches.kind_no
