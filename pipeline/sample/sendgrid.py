"""The mail tool's log as SendGrid's event webhook posts it: one JSON object an event."""

import polars as pl

from pipeline.sample.details import SITE
from pipeline.sample.draw import digits
from pipeline.sample.text import bare_member, json_object, member

_EVENTS = {
    "email_sent": "processed",
    "email_delivered": "delivered",
    "email_open": "open",
    "email_click": "click",
    "service_email_open": "open",
    "service_email_click": "click",
    "email_bounce": "bounce",
    "email_unsubscribe": "unsubscribe",
}
# A mail to one person: the newsletter of a number, or the one that a step of a journey brought.
_MAILINGS_EACH = 64


def sendgrid_records(touches: pl.DataFrame) -> pl.DataFrame:
    """Give the mails' touches as records of the webhook.

    Mail about an order is of the category `transactional` and carries the order's id, as an
    argument of the shop's own; one in eight who leave call it spam.
    """
    mails = touches.filter(pl.col("channel") == "email")
    newsletter = pl.col("person") * _MAILINGS_EACH + pl.col("mailing")
    numbers = mails.select(pl.coalesce(-newsletter - 1, "step")).to_series().to_numpy()
    marked = mails.with_columns(
        event_id=digits(mails["touch_no"].to_numpy(), salt=21, places=14, name="event_id"),
        message_id=digits(numbers, salt=22, places=14, name="message_id"),
        clock=pl.col("occurred_at").dt.epoch("s").cast(pl.String),
        spells=_event_name(),
    )
    return marked.select(at="occurred_at", batch="touch_no", record=_event())


def _event_name() -> pl.Expr:
    name = pl.col("event").cast(pl.String).replace_strict(_EVENTS)
    is_spam = (name == "unsubscribe") & (pl.col("touch_no") % 8 == 0)
    return pl.when(is_spam).then(pl.lit("spamreport")).otherwise(name)


def _event() -> pl.Expr:
    is_service = pl.col("order_id").is_not_null()
    is_newsletter = pl.col("mailing").is_not_null()
    category = (
        pl.when(is_service)
        .then(pl.lit("transactional"))
        .when(is_newsletter)
        .then(pl.lit("newsletter"))
        .otherwise(pl.lit("promo"))
    )
    spells = pl.col("spells")
    url = (
        pl.when(is_service).then(pl.lit(f"{SITE}/mis-pedidos")).otherwise(pl.lit(f"{SITE}/ofertas"))
    )
    return json_object(
        member("email", pl.col("email")),
        bare_member("timestamp", pl.col("clock")),
        member("event", spells),
        member("sg_event_id", pl.col("event_id")),
        member("sg_message_id", pl.format("{}.filter0001", "message_id")),
        bare_member("category", pl.format('["{}"]', category)),
        member("marketing_campaign_name", pl.col("campaign")),
        bare_member("sg_machine_open", pl.when(spells == "open").then(pl.col("is_machine"))),
        member("url", pl.when(spells == "click").then(url)),
        pl.when(spells == "bounce").then(
            pl.lit('"type":"bounce","status":"5.1.1","reason":"550 5.1.1 no such mailbox"')
        ),
        member("order_id", pl.col("order_id")),
    )
