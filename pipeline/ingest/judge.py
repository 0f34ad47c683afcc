"""Judging what an adapter said: each row under the contract, with a reason where it is refused."""

import re
from collections.abc import Collection, Mapping

from pipeline.contract import CONTRACT, TOLD
from pipeline.vocabulary import STRONG_IDENTIFIERS, WEAK_IDENTIFIERS
from pipeline.warehouse import quoted_name, quoted_text

# The kernels count ten-thousandths in 64 bits.
TOO_LARGE = 90_000_000_000
# When a vendor received or changed a record is not what it tells.
DELIVERY = ("received_at", "updated_at")
# Of its session what the vendor told: touches were named by that before sessions had pseudonyms.
_TOLD_OF_A_TOUCH = tuple(
    "met_session" if name == "session_id" else name
    for name in (*TOLD, "met_order", "met_strong", "met_weak")
    if name not in DELIVERY
)
_UNTOLD = "chr(30)"
# Texts that a careless link or tag, or a column mapped wrongly, may have put a mail address into.
MAY_HOLD_MAIL = (
    "event", "channel", "traffic", "device_type", "utm_source", "utm_medium", "utm_campaign",
    "utm_term", "utm_content", "campaign", "click_id_type", "product", "part", "ad_group",
    "keyword", "network", "referrer_host",
)  # fmt: skip
_CONSENTS = ("consent_analytics", "consent_ads", "consent_email")
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def as_told(columns: dict[str, str], said: Collection[str]) -> str:
    """Write the query that puts an adapter's rows under the contract, with what addresses tell.

    An adapter's own word on campaign and click id goes before the address of the page. `columns`
    are the adapter's, `said` those that any row of the file has. What rows become hangs on the
    former alone: a file may be split, and its parts say less.
    """
    told = f"select {as_contract(columns, CONTRACT, said)} from cleaned"
    if not {"page_url", "referrer"} & set(columns):
        return told
    if not {"page_url", "referrer"} & set(said):
        return f"select * replace (coalesce(campaign, utm_campaign) as campaign) from ({told})"
    from_page = ", ".join(
        f"coalesce({name}, url_parameter(page_url, '{name}')) as {name}" for name in _UTM
    )
    return f"""
        select
            * replace (
                {from_page},
                coalesce(campaign, utm_campaign, url_parameter(page_url, 'utm_campaign'))
                    as campaign,
                coalesce(click_id, click_id_of(page_url)) as click_id,
                coalesce(click_id_type, if(click_id is null, click_id_type_of(page_url), null))
                    as click_id_type,
                bare_url(page_url) as page_url,
                bare_url(referrer) as referrer,
                coalesce(referrer_host, outer_host(referrer, page_url)) as referrer_host
            )
        from ({told})
    """


def may_say(said: Collection[str]) -> frozenset[str]:
    """Name the columns of which a row of `as_told` may say something; of the others all are null.

    To plan what is made of a column takes longer than to load the rows of a small file.
    """
    may = {*said, "campaign", "channel"}
    if "page_url" in may:
        may |= {*_UTM, "click_id", "click_id_type"}
    if may & {"page_url", "referrer"}:
        may.add("referrer_host")
    if may - CONTRACT.keys():  # it goes into the properties
        may.add("props")
    return frozenset(may)


def touchpoint_id(said: Collection[str]) -> str:
    """Write the expression that names a touch: by its source and the vendor's id.

    A touch without one is named by all that is told of it. In: the rows of `judged`.
    """
    made = {"met_session", "met_order", "met_strong", "met_weak"}
    told = ", ".join(
        f"coalesce({name}::varchar, {_UNTOLD})" if name in said or name in made else _UNTOLD
        for name in _TOLD_OF_A_TOUCH
    )
    own = f"concat_ws(chr(31), 'c', {told})"
    named = f"coalesce('n' || native_id, {own})" if "native_id" in said else own
    return f"short_id(concat_ws(chr(31), getvariable('source')::varchar, {named}))"


def judged(told: str, identifiers: list[str], said: Collection[str]) -> str:
    """Write the query that judges the rows of `told` and puts pseudonyms for identifiers.

    In: `pseudonyms` of those identifiers; what else a row names was told by none. `said` are the
    columns of which a row may say something.
    """
    strong = [name for name in STRONG_IDENTIFIERS if name in identifiers]
    weak = [name for name in WEAK_IDENTIFIERS if name in identifiers]
    joins = "\n".join(
        f"left join pseudonyms as {name}_as on {name}_as.kind = '{name}' "
        f"and {name}_as.raw = told.{name}"
        for name in identifiers
    )
    may = "true"
    if "consent_analytics" in said:
        may = "coalesce(told.consent_analytics, '') <> 'denied'"

    def met(*names: str) -> str:
        listed = ", ".join(f"{name}_as.pseudonym" for name in names)
        return f"coalesce({listed})" if names else "null::varchar"

    def first_of(*names: str) -> str:
        return f"if({may}, {met(*names)}, null)"

    listed_strong = ", ".join(f"{name}_as.pseudonym" for name in strong)
    named = f"list_filter([{listed_strong}]::varchar[], lambda id: id is not null)"
    all_strong = f"if({may}, {named}, null)" if len(strong) > 1 else "null::varchar[]"
    written = {name: f"without_mail(told.{name})" for name in MAY_HOLD_MAIL}
    written |= {name: f"if(isnan(told.{name}), null, told.{name})" for name in ("rating", "score")}
    written["currency"] = "told_currency(told.currency)"
    written["props"] = "without_mail_in_json(told.props)"
    # A vendor's number of an order, as of a session, is kept only to know it again.
    written["object_id"] = (
        f"if({may} and told.object_id is not null, short_id(told.object_id), null)"
    )
    stands = {name: written[name] if name in said else f"told.{name}" for name in written}
    kept = ", ".join(
        f"{stands.get(name, f'told.{name}')} as {name}"
        for name in TOLD
        if name not in ("channel", "session_id", "traffic")
    )
    consents = [f"consent_of({name}) as {name}" for name in _CONSENTS if name in said]
    if consents:
        told = f"select * replace ({', '.join(consents)}) from ({told})"
    met_session = f"if({may}, without_mail(told.session_id), null)"
    return f"""
        with pseudonymous as (
            select
                told.record_no, told.reject_reason, coalesce(told.is_touch, true) as is_touch,
                short_id(told.basket_id) as basket_id, told.native_id,
                coalesce({stands["channel"]}, getvariable('channel')::varchar) as channel,
                {stands["traffic"]} as traffic,
                {met_session if "session_id" in said else "null::varchar"} as met_session,
                if(met_session is not null, short_id(met_session), null) as session_id,
                {kept},
                {first_of(*(name for name in strong if name == "order_id"))} as order_id,
                {first_of(*strong)} as strong_id,
                {all_strong} as strong_ids,
                {first_of(*weak)} as weak_id,
                {first_of(*(name for name in identifiers if name == "click_id"))} as click_id,
                {may} as is_consented,
                -- Whose denial it is, kept apart from the touch.
                if({may}, null, {named}) as denier_ids,
                -- Only to tell touches apart: two who deny consent did two things.
                {met(*(name for name in strong if name == "order_id"))} as met_order,
                {met(*strong)} as met_strong,
                {met(*weak)} as met_weak
            from ({told}) as told
            {joins}
        )

        select
            * exclude (reject_reason)
                replace (if(len(strong_ids) > 1, strong_ids, null) as strong_ids),
            case
                when reject_reason is not null then reject_reason
                when not is_touch then null
                when event is null then 'unknown_event_shape'
                when abs(value) >= {TOO_LARGE} then 'too_large'
                when occurred_at is null then 'not_a_time'
                when occurred_at < timestamptz '2000-01-01' then 'too_old'
                when occurred_at > getvariable('started_at')::timestamptz + interval 1 day
                    then 'in_future'
                when clock_doubt is not null and getvariable('ambiguous_time')::varchar = 'refuse'
                    then 'ambiguous_time'
                when is_consented and strong_id is null and weak_id is null then 'no_identity'
            end as reject_reason
        from pseudonymous
    """


def as_contract(
    columns: dict[str, str], contract: dict[str, str], said: Collection[str] | None = None
) -> str:
    """List the contract's columns: cast where the adapter has another type, null where none.

    What the contract has no column for goes into props, where it has one. Of columns that are not
    `said`, if that is given, all rows are null.
    """
    told = columns if said is None else said
    extras = [name for name in columns if name not in contract] if "props" in contract else []
    listed = {
        name: _cast(name, columns[name], kind) if name in told else f"null::{kind}"
        for name, kind in contract.items()
    }
    if "reject_reason" in told:  # one of the project's own may quote what it refuses
        listed["reject_reason"] = f"without_mail({listed['reject_reason']})"
    if extras:
        values = {name: quoted_name(name) if name in told else "null" for name in extras}
        listed["props"] = _with_extras(values, has_props="props" in told)
    return ", ".join(f"{told} as {name}" for name, told in listed.items())


def _cast(name: str, type_: str, kind: str) -> str:
    """Cast an adapter's column; a clock time or a day, without a zone, is of its source's."""
    if kind == "timestamptz" and (type_ == "DATE" or re.fullmatch(r"TIMESTAMP(_\w+)?", type_)):
        return f"any_time({name}, null, null, getvariable('timezone')::varchar)"
    return f"{name}::{kind}"


def _with_extras(extras: Mapping[str, str], *, has_props: bool) -> str:
    """Put what the contract has no column for into props, as JSON text without nulls.

    An extra that is null takes a property of its name away.
    """
    pairs = ", ".join(f"{quoted_text(name)}, {value}" for name, value in extras.items())
    base = "coalesce(props, '{}')" if has_props else "'{}'"
    return f"nullif(json_merge_patch({base}, json_object({pairs}))::varchar, '{{}}')"
