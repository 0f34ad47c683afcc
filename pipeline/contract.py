"""The input contract: what a clean query returns, one row per record or touch of it."""

from pipeline.vocabulary import STRONG_IDENTIFIERS, WEAK_IDENTIFIERS

RECORD = {
    "record_no": "bigint",
    "reject_reason": "varchar",
    "is_touch": "boolean",
    "basket_id": "varchar",
    "native_id": "varchar",
}
IDENTIFIERS = dict.fromkeys((*STRONG_IDENTIFIERS, *WEAK_IDENTIFIERS, "click_id"), "varchar")
# What is stored of a touch as it was told; the identifiers are stored as pseudonyms only.
TOLD = {
    "event": "varchar",
    "channel": "varchar",
    "traffic": "varchar",
    "device_type": "varchar",
    "occurred_at": "timestamptz",
    "received_at": "timestamptz",
    "updated_at": "timestamptz",
    "time_precision": "varchar",
    "clock_doubt": "varchar",
    "source_seq": "bigint",
    "session_id": "varchar",
    "object_id": "varchar",
    "utm_source": "varchar",
    "utm_medium": "varchar",
    "utm_campaign": "varchar",
    "utm_term": "varchar",
    "utm_content": "varchar",
    "campaign": "varchar",
    "click_id_type": "varchar",
    "value": "decimal(18,4)",
    "currency": "varchar",
    "product": "varchar",
    "page_url": "varchar",
    "referrer": "varchar",
    "referrer_host": "varchar",
    "rating": "double",
    "score": "double",
    "consent_analytics": "varchar",
    "consent_ads": "varchar",
    "consent_email": "varchar",
    "is_machine": "boolean",
    "is_test": "boolean",
    "is_bot": "boolean",
    "props": "varchar",
}
# What of it no figure needs, and only tells more of the one touch: it may be ended by its age.
DETAILS = ("utm_content", "page_url", "referrer", "props")
# The table's names for what is stored as it was told, where the plain name is for what came of it.
STORED_AS = {
    "session_id": "source_session_id",
    "event": "told_event",
    "channel": "told_channel",
    "traffic": "told_traffic",
    "campaign": "told_campaign",
}
CONTRACT = {**RECORD, **IDENTIFIERS, **TOLD}
# What the door makes of a touch's identifiers and addresses, kept beside what was told of it.
PSEUDONYMS = {
    "order_id": "varchar",
    "strong_id": "varchar",
    "strong_ids": "varchar[]",
    "weak_id": "varchar",
    "click_id": "varchar",
}
# What is kept of a record that denies analytics: whose word it is, and what else it says.
DENIAL = {
    "strong_ids": "varchar[]",
    "occurred_at": "timestamptz",
    "consent_ads": "varchar",
    "consent_email": "varchar",
}
SPEND = {
    "record_no": "bigint",
    "reject_reason": "varchar",
    "day": "date",
    "channel": "varchar",
    "campaign": "varchar",
    "part": "varchar",
    "impressions": "bigint",
    "clicks": "bigint",
    "cost": "decimal(18,4)",
    "currency": "varchar",
}

# A look-up of the ads behind click ids; it tells of no touch.
CLICKS = {
    "record_no": "bigint",
    "reject_reason": "varchar",
    "click_id": "varchar",
    "day": "date",
    "campaign": "varchar",
    "ad_group": "varchar",
    "keyword": "varchar",
    "network": "varchar",
}
