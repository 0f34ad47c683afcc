"""Judging what an adapter said: each row under the contract, with a reason where it is refused."""

from pipeline.contract import CONTRACT, TOLD
from pipeline.vocabulary import STRONG_IDENTIFIERS, WEAK_IDENTIFIERS
from pipeline.warehouse import quoted_name, quoted_text

_TOLD_OF_A_TOUCH = ", ".join(
    f"coalesce({name}::varchar, chr(30))"
    for name in (*TOLD, "order_id", "strong_id", "weak_id")
    if name != "received_at"
)
# A touch is named by its source and the vendor's id, or by all that is told of it.
TOUCHPOINT_ID = (
    "short_id(concat_ws(chr(31), getvariable('source')::varchar, "
    f"coalesce('n' || native_id, concat_ws(chr(31), 'c', {_TOLD_OF_A_TOUCH}))))"
)


def conformed(columns: dict[str, str], identifiers: list[str]) -> str:
    """Write the query that judges each cleaned row and puts pseudonyms for its identifiers."""
    strong = [name for name in STRONG_IDENTIFIERS if name in identifiers]
    weak = [name for name in WEAK_IDENTIFIERS if name in identifiers]
    joins = "\n".join(
        f"left join pseudonyms as {name}_as on {name}_as.kind = '{name}' "
        f"and {name}_as.raw = told.{name}"
        for name in identifiers
    )
    may = "coalesce(told.consent_analytics, '') <> 'denied'"

    def first_of(names: list[str]) -> str:
        listed = ", ".join(f"{name}_as.pseudonym" for name in names)
        return f"if({may}, coalesce({listed}), null)" if names else "null::varchar"

    listed_strong = ", ".join(f"{name}_as.pseudonym" for name in strong)
    told = [name for name in TOLD if name not in ("channel", "session_id")]
    return f"""
        with told as (
            select {as_contract(columns, CONTRACT)} from cleaned
        ),

        pseudonymous as (
            select
                told.record_no, told.reject_reason, coalesce(told.is_touch, true) as is_touch,
                told.basket_id, told.native_id, told.updated_at,
                coalesce(told.channel, getvariable('channel')::varchar) as channel,
                if({may}, told.session_id, null) as session_id,
                {", ".join(f"told.{name}" for name in told)},
                {first_of(["order_id"] if "order_id" in strong else [])} as order_id,
                {first_of(strong)} as strong_id,
                {first_of(weak)} as weak_id,
                {
        f"if({may}, list_filter([{listed_strong}], lambda id: id is not null), [])"
        if strong
        else "[]::varchar[]"
    } as strong_ids,
                {may} as is_consented
            from told
            {joins}
        )

        select
            * exclude (reject_reason),
            case
                when reject_reason is not null then reject_reason
                when not is_touch then null
                when event is null then 'unknown_event_shape'
                when abs(value) >= 100000000000 then 'too_large'
                when occurred_at is null then 'not_a_time'
                when occurred_at < timestamptz '2000-01-01' then 'too_old'
                when occurred_at > getvariable('started_at')::timestamptz + interval 1 day
                    then 'in_future'
                when is_consented and strong_id is null and weak_id is null then 'no_identity'
            end as reject_reason
        from pseudonymous
    """


def as_contract(columns: dict[str, str], contract: dict[str, str]) -> str:
    """List the contract's columns: cast where the adapter has another type, null where none."""
    listed = []
    for name, kind in contract.items():
        if name not in columns:
            listed.append(f"null::{kind} as {name}")
        elif name == "props" and (extras := [one for one in columns if one not in contract]):
            listed.append(f"{_with_extras(extras, has_props=True)} as props")
        else:
            listed.append(f"{name}::{kind} as {name}")
    if "props" in contract and "props" not in columns:
        extras = [one for one in columns if one not in contract]
        if extras:
            listed.remove("null::varchar as props")
            listed.append(f"{_with_extras(extras, has_props=False)} as props")
    return ", ".join(listed)


def _with_extras(extras: list[str], *, has_props: bool) -> str:
    """Put what the contract has no column for into props, as JSON text."""
    pairs = ", ".join(f"{quoted_text(name)}, {quoted_name(name)}" for name in extras)
    told = f"json_object({pairs})"
    return (
        f"json_merge_patch(coalesce(props, '{{}}'), {told})::varchar"
        if has_props
        else (f"{told}::varchar")
    )
