"""Telling repeats from new records against histories of several lengths.

Tonight has 200,000 records, one in a hundred of them told before, among the last million. What is
timed is all that a night does to settle duplicates; the slope over the length of the history is
what its search costs.
"""

import argparse
import time
from pathlib import Path

from pipeline.contract import PSEUDONYMS, TOLD
from pipeline.ingest.duplicates import settle_duplicates
from pipeline.ingest.keep import make_scratch
from pipeline.night import tonight
from pipeline.stored import recall
from pipeline.warehouse import LAYOUT, Warehouse

_BUILD = Path(__file__).parent.parent / "build" / "bench" / "duplicates"
_TONIGHT = 200_000
_ID = "left(to_base64(unhex(md5(({number})::varchar))), 12)"


def main() -> None:
    """Measure, and print what was measured."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--millions", type=int, nargs="+", default=[5, 20])
    wanted.add_argument("--runs", type=int, default=3)
    arguments = wanted.parse_args()
    best = {}
    for millions in arguments.millions:
        history = _history(millions)
        seconds = [_settle(history, millions) for _ in range(arguments.runs)]
        best[millions] = min(seconds)
        told = ", ".join(f"{second:.2f}" for second in seconds)
        print(f"{millions} million touches of history: {told} s")
    shortest, longest = min(best), max(best)
    if longest > shortest:
        slope = (best[longest] - best[shortest]) / (longest - shortest)
        print(f"{slope:.4f} s per million touches of history")


def _history(millions: int) -> Path:
    """Publish a history."""
    file = _BUILD / f"history-{millions}" / "journeys.duckdb"
    file.unlink(missing_ok=True)
    with tonight(file, 4 * 10**9) as night:
        recall(night, ())
        night.open_shadow(copied=False)
        night.warehouse.run(f"create table ops.project as select {LAYOUT} as layout")
        for name, view in (
            ("ops.loads", "stored_loads"),
            ("ops.rejects", "stored_rejects"),
            ("core.spend", "stored_spend"),
            ("core.ad_clicks", "stored_clicks"),
            ("core.identity_links", "stored_links"),
            ("core.identities", "stored_identities"),
            ("core.withdrawals", "stored_withdrawals"),
            ("ops.rates", "stored_rates"),
        ):
            night.warehouse.run(f"create table {name} as select * from {view}")
        night.warehouse.run(
            f"""
            create table core.touchpoints as
            select
                {_ID.format(number="number")} as touchpoint_id, 'web' as source,
                stored.* exclude (
                    touchpoint_id, source, stored_row, session_id, event, channel, traffic, campaign
                ),
                stored.session_id as source_session_id, stored.event as told_event,
                stored.channel as told_channel, stored.traffic as told_traffic,
                stored.campaign as told_campaign
            from range({millions} * 1000000) as numbers (number)
            left join stored_touches as stored on false
            order by number
            """
        )
        night.publish()
    return file


def _settle(history: Path, millions: int) -> float:
    with tonight(history, 4 * 10**9) as night:
        warehouse = night.warehouse
        recall(night, ())
        make_scratch(warehouse)
        warehouse.set_variable("mutable_sources", [])
        _invent(warehouse, millions)
        started = time.perf_counter()
        settle_duplicates(warehouse)
        return time.perf_counter() - started


def _invent(warehouse: Warehouse, millions: int) -> None:
    """Make tonight's records: numbers below nought are new, the others were told before."""
    number = f"if(number % 100 = 0, {millions * 10**6 - 1} - number, -1 - number)"
    kept = ", ".join(f"null as {name}" for name in (*PSEUDONYMS, *TOLD))
    warehouse.run(
        f"""
        insert into scratch.landed by name
        select
            0 as load_no, number as record_no, true as is_touch,
            {_ID.format(number=number)} as touchpoint_id, 'web' as source, {kept}
        from range({_TONIGHT}) as numbers (number)
        """
    )


if __name__ == "__main__":
    main()
