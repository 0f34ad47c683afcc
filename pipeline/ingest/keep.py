"""Keeping what an adapter said of a file: in the scratch, judged and without raw identifiers."""

from collections.abc import Iterable

from pipeline.contract import CLICKS, CONTRACT, DENIAL, IDENTIFIERS, PSEUDONYMS, SPEND, TOLD
from pipeline.faults import fault_point
from pipeline.ingest.judge import (
    MAY_HOLD_MAIL,
    TOO_LARGE,
    as_contract,
    as_told,
    judged,
    may_say,
    touchpoint_id,
)
from pipeline.ingest.pseudonyms import keep_identifiers, learn_pseudonyms
from pipeline.warehouse import Warehouse, quoted_name

_OURS = CONTRACT.keys() | SPEND.keys() | CLICKS.keys()
# What is summed of spend.
_SUMMED = ("cost", "impressions", "clicks")
# A record is refused whole, whatever else its rows tell.
_NOT_REFUSED = "record_no not in (select record_no from scratch.refused where load_no = ?)"


def make_scratch(warehouse: Warehouse) -> None:
    """Make the empty tables of tonight's records."""
    landed = {
        "load_no": "integer",
        "record_no": "bigint",
        "reject_reason": "varchar",
        "is_touch": "boolean",
        "touchpoint_id": "varchar",
        "basket_id": "varchar",
        "source": "varchar",
        **PSEUDONYMS,
        **TOLD,
    }
    fault_point("loading: make the tables of tonight's records")
    # Read twice and thrown away: to compress it would take longer than to write it.
    columns = ", ".join(
        f"{name} {kind} using compression uncompressed" for name, kind in landed.items()
    )
    warehouse.run(f"create table scratch.landed ({columns})")
    warehouse.run(
        "create table scratch.refused (load_no integer, record_no bigint, reason varchar, "
        "event varchar, occurred_at timestamptz)"
    )
    warehouse.run(
        "create table scratch.spend (load_no integer, record_no bigint, source varchar, day date, "
        "channel varchar, campaign varchar, part varchar, impressions bigint, clicks bigint, "
        "cost decimal(18,4), currency varchar)"
    )
    warehouse.run(
        "create table scratch.clicks (load_no integer, record_no bigint, click_id varchar, "
        "day date, campaign varchar, ad_group varchar, keyword varchar, network varchar)"
    )
    denial = ", ".join(f"{name} {kind}" for name, kind in DENIAL.items())
    warehouse.run(
        f"create table scratch.told_denials (load_no integer, record_no bigint, {denial})"
    )
    warehouse.run(
        "create table scratch.identifiers (identifier varchar, type varchar, namespace varchar)"
    )


def keep(warehouse: Warehouse, number: int) -> None:
    """Take what the adapter said into the scratch: refused records, and touches or spend."""
    warehouse.run(
        "insert into scratch.refused by name select ? as load_no, record_no, reason from unparsed",
        [number],
    )
    # An adapter that filters would lose records: what it does not tell of is refused and listed.
    warehouse.run(
        "insert into scratch.refused by name "
        "select ? as load_no, record_no, 'left_out' as reason "
        "from file_records anti join cleaned using (record_no)",
        [number],
    )
    columns = _named_as_ours(warehouse)
    if "cost" in columns:
        _keep_spend(warehouse, columns, number)
    elif "click_id" in columns and "occurred_at" not in columns:
        _keep_clicks(warehouse, columns, number)
    else:
        _keep_touches(warehouse, columns, number)


def _named_as_ours(warehouse: Warehouse) -> dict[str, str]:
    """Give the adapter's columns; what it calls VALUE is our value, for SQL knows no difference."""
    columns = {}
    for name, kind in warehouse.columns("cleaned").items():
        ours = name.lower()
        if name != ours and ours in _OURS:
            warehouse.run(f"alter table cleaned rename column {quoted_name(name)} to {ours}")
            name = ours
        columns[name] = kind
    return columns


def forget(warehouse: Warehouse, number: int) -> None:
    """Take out of the scratch what was kept of a file before it was refused."""
    fault_point("loading: forget a refused file")
    for table in ("landed", "refused", "spend", "clicks", "told_denials"):
        warehouse.run(f"delete from scratch.{table} where load_no = ?", [number])


def _said(warehouse: Warehouse, columns: dict[str, str]) -> set[str]:
    """Name the columns of which any row says something: of most files it is a few."""
    listed = ", ".join(f"count({quoted_name(name)})" for name in columns)
    counts = warehouse.rows(f"select {listed} from cleaned")[0]
    return {name for name, count in zip(columns, counts, strict=True) if count}


def _keep_spend(warehouse: Warehouse, columns: dict[str, str], number: int) -> None:
    told = f"select {as_contract(columns, SPEND)} from cleaned"
    is_large = " or ".join(f"abs({name}) >= {TOO_LARGE}" for name in _SUMMED)
    reason = (
        f"coalesce(reject_reason, case when day is null then 'not_a_time' when {is_large} "
        "then 'too_large' end)"
    )
    warehouse.run(
        "create or replace temp view conformed as "
        f"select * replace ({reason} as reject_reason) from ({told})"
    )
    _refuse(warehouse, number)
    names = _as_kept(name for name in SPEND if name not in ("record_no", "reject_reason"))
    warehouse.run(
        "insert into scratch.spend by name "
        f"select ? as load_no, record_no, getvariable('source')::varchar as source, {names} "
        f"from conformed where {_NOT_REFUSED}",
        [number, number],
    )


def _keep_clicks(warehouse: Warehouse, columns: dict[str, str], number: int) -> None:
    """Keep what a network tells of its click ids."""
    warehouse.run(
        f"create or replace temp view told as select {as_contract(columns, CLICKS)} from cleaned"
    )
    learn_pseudonyms(warehouse, "told", ["click_id"])
    keep_identifiers(warehouse)
    reason = "coalesce(told.reject_reason, if(pseudonym is null, 'no_identity', null))"
    warehouse.run(
        "create or replace temp view conformed as "
        "select told.* exclude (click_id, reject_reason), "
        f"pseudonym as click_id, {reason} as reject_reason "
        "from told left join pseudonyms on told.click_id = pseudonyms.raw"
    )
    _refuse(warehouse, number)
    names = _as_kept(name for name in CLICKS if name not in ("record_no", "reject_reason"))
    warehouse.run(
        f"insert into scratch.clicks by name select ? as load_no, record_no, {names} "
        f"from conformed where {_NOT_REFUSED}",
        [number, number],
    )


def _refuse(warehouse: Warehouse, number: int) -> None:
    """Refuse the records of `conformed` of which any row has a reason."""
    warehouse.run(
        "insert into scratch.refused by name "
        "select ? as load_no, record_no, min(reject_reason) as reason from conformed "
        "where reject_reason is not null group by record_no",
        [number],
    )


def _as_kept(names: Iterable[str]) -> str:
    """List columns, without mail addresses where a careless tag may have put one.

    Whoever tells no channel means the one that the config gives the source.
    """
    written = {name: f"without_mail({name})" for name in MAY_HOLD_MAIL}
    written["channel"] = f"coalesce({written['channel']}, getvariable('channel')::varchar)"
    written["currency"] = "told_currency(currency)"
    return ", ".join(f"{written.get(name, name)} as {name}" for name in names)


def _keep_touches(warehouse: Warehouse, columns: dict[str, str], number: int) -> None:
    said = _said(warehouse, columns)
    told = as_told(columns, said)
    has = may_say(said)
    fault_point("loading: learn a file's pseudonyms")
    identifiers = [name for name in IDENTIFIERS if name in has]
    conformed = judged(told, learn_pseudonyms(warehouse, f"({told})", identifiers), has)
    keep_identifiers(warehouse)
    kept = ", ".join((*PSEUDONYMS, *TOLD))
    warehouse.run(
        f"""
        insert into scratch.landed
        select
            ? as load_no, record_no, reject_reason,
            is_touch and reject_reason is null as is_touch,
            {touchpoint_id(has)} as touchpoint_id, basket_id,
            getvariable('source')::varchar as source,
            {kept}
        from ({conformed})
        """,
        [number],
    )
    warehouse.run(
        "insert into scratch.refused "
        "select load_no, record_no, min(reject_reason), any_value(event), any_value(occurred_at) "
        "from scratch.landed "
        "where load_no = ? and reject_reason is not null group by load_no, record_no",
        [number],
    )
    if "consent_analytics" in said and _is_any_denied(warehouse):
        _keep_denials(warehouse, conformed, number)
    # A record is refused whole: what else it tells may lean on what was refused.
    warehouse.run(
        """
        update scratch.landed as landed
        set is_touch = false, reject_reason = refused.reason
        from scratch.refused as refused
        where landed.load_no = ? and landed.reject_reason is null
            and refused.load_no = landed.load_no and refused.record_no = landed.record_no
        """,
        [number],
    )


def _is_any_denied(warehouse: Warehouse) -> bool:
    return bool(
        warehouse.value(
            "select exists (from cleaned where consent_of(consent_analytics::varchar) = 'denied')"
        )
    )


def _keep_denials(warehouse: Warehouse, conformed: str, number: int) -> None:
    """Keep whose word it is where a record denies analytics: its touch is nobody's.

    What a robot, a machine or a test says grants nothing.
    """

    def told(consent: str) -> str:
        is_no_person = "coalesce(is_machine or is_test or is_bot, false)"
        return f"if({is_no_person}, nullif({consent}, 'granted'), {consent})"

    warehouse.run(
        f"""
        insert into scratch.told_denials
        select
            ? as load_no, record_no, denier_ids, occurred_at, {told("consent_ads")},
            if(
                list_contains(getvariable('unsubscribes')::varchar[], event),
                'denied', {told("consent_email")}
            )
        from ({conformed})
        -- The first is asked before anything is joined, and few rows are left.
        where not is_consented and len(denier_ids) > 0 and occurred_at is not null
            and {_NOT_REFUSED}
        """,
        [number, number],
    )
