-- One row per step and kind of touch in it: when it came first, how often, and what answered it.
--
-- Source: numbered_touches, touch_kinds. Passing touches have no mind of their own, and nobody who has
-- bought is lost: neither passing touches nor purchases are kinds.
-- The answer is the next touch of the journey with a known sentiment after the first touch of the kind.
with

kinds as (
    select kind_no
    from touch_kinds
    where
        event not in (
            'page_view', 'session_start', 'first_visit', 'scroll', 'user_engagement', 'login', 'purchase'
        )
),

events as (
    select
        numbered_touches.journey_no,
        numbered_touches.step_no,
        numbered_touches.kind_no,
        min(numbered_touches.touch_no) as touch_no,
        count(*) as touches
    from numbered_touches
    semi join kinds on numbered_touches.kind_no = kinds.kind_no
    group by numbered_touches.journey_no, numbered_touches.step_no, numbered_touches.kind_no
),

answers as (
    select
        journey_no,
        touch_no,
        sentiment < 0 as is_negative
    from numbered_touches
    where sentiment is not null
)

select
    events.journey_no,
    events.step_no,
    events.kind_no,
    events.touches,
    events.touch_no,
    answers.touch_no as answer_no,
    answers.is_negative
from events
asof left join answers
    on events.journey_no = answers.journey_no and events.touch_no < answers.touch_no
