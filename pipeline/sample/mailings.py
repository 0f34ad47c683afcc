"""The newsletter that goes to all subscribers every few weeks, and what their mail tools do."""

import numpy as np
import polars as pl

from pipeline.sample.draw import Numbers, words
from pipeline.sample.scenes import CHANNELS, EVENTS
from pipeline.sample.season import SECOND, YEAR_ENDS, Moments, mailing_moments

_LEAVES_AFTER = 1 / 250
_BOUNCES = 0.006
_OPENS = 0.17
_OPENS_BY_MACHINE = 0.9


def send_newsletters(
    played: pl.DataFrame, people: pl.DataFrame, chance: np.random.Generator
) -> pl.DataFrame:
    """Send each newsletter to those who read it by then: touches outside all journeys.

    Who asked for it on the site gets it from then on; who unsubscribes gets no more. Apple's
    mail opens most of its users' mails by itself (`is_machine`), seconds after they arrive.
    """
    sent_at = mailing_moments()
    since = _subscribed_at(played, people)
    last = np.floor(np.log(1 - chance.random(since.size)) / np.log(1 - _LEAVES_AFTER))
    number, reader = np.nonzero(
        (sent_at[:, None] > since) & (np.arange(sent_at.size)[:, None] <= last)
    )
    delivered_at = sent_at[number] + chance.integers(SECOND, 900 * SECOND, number.size)
    bounces = chance.random(number.size) < _BOUNCES
    has_machine = people["has_apple_mail"].to_numpy()[reader] & ~bounces
    opened_by_machine = has_machine & (chance.random(number.size) < _OPENS_BY_MACHINE)
    opened = ~bounces & (chance.random(number.size) < _OPENS)
    leaves = ~bounces & (number == last[reader])
    read_at = delivered_at + (chance.lognormal(9.3, 1.3, number.size) * SECOND).astype(np.int64)
    awhile = chance.integers(2 * SECOND, 40 * SECOND, number.size)

    def log(
        event: str, happens: np.ndarray, at: Moments, *, by_machine: bool = False
    ) -> pl.DataFrame:
        return _log(event, reader[happens], number[happens], at[happens], by_machine=by_machine)

    return (
        pl.concat(
            [
                log("email_bounce", bounces, delivered_at),
                log("email_delivered", ~bounces, delivered_at),
                log("email_open", opened_by_machine, delivered_at + awhile, by_machine=True),
                log("email_open", opened, read_at),
                log("email_unsubscribe", leaves, read_at + awhile),
            ]
        )
        .with_columns(person=pl.col("reader") + people["person"][0])
        .drop("reader")
        .filter(pl.col("occurred_at") < YEAR_ENDS)
    )


def _subscribed_at(played: pl.DataFrame, people: pl.DataFrame) -> Moments:
    asked = (
        played.filter(pl.col("event") == "generate_lead")
        .group_by("person")
        .agg(asked_at=pl.col("occurred_at").min())
    )
    always = pl.when("reads_newsletter").then(0)
    since = people.join(asked, on="person", how="left", maintain_order="left").select(
        pl.coalesce(always, "asked_at", pl.lit(YEAR_ENDS))
    )
    return since.to_series().to_numpy()


def _log(
    event: str, reader: Numbers, mailing: Numbers, at: Moments, *, by_machine: bool
) -> pl.DataFrame:
    of_kind = np.zeros(reader.size, dtype=np.int64)
    return pl.DataFrame(
        {
            "reader": reader,
            "mailing": mailing,
            "channel": words(of_kind + CHANNELS.index("email"), CHANNELS),
            "event": words(of_kind + EVENTS.index(event), EVENTS),
            "occurred_at": at,
        }
    ).with_columns(is_machine=pl.lit(by_machine))
